"""The table [model] of a recipe: what network is trained, and the network at its starting point."""

from dataclasses import dataclass, replace

from linnet.nn.bands import BandLayout
from linnet.nn.layers import Linear, NoNorm
from linnet.nn.network import LAYERS_WITH_BANDS, Network, Recurrence, hidden_features
from linnet.tasks.contract import Task

LARGEST_MODEL = 64
"""Widths and layers; the largest that ships has 1 and 3."""


@dataclass(frozen=True)
class ModelSettings:
    """Size of the denoiser: `width` 1 has 192 features and 128 complex states in each of `layers` layers."""

    width: float = 1.0
    layers: int = 3
    recurrence: Recurrence = "s5"
    """S5, or gated: as many real states as features, each forgetting as its input says (nn/gated.py)."""
    bands: int = 0
    """Bands of bins around the layers in the middle (nn/bands.py): the first and the last layer then work on every
    band alike, with one set of weights, and `width` counts the features between them. 0 has none; 32 are usual."""
    band_channels: int = 12
    """Features of each band."""
    normalises: bool = True
    """Whether the features are brought to mean 0 and variance 1 by what was heard. False where they are one input of 1
    among zeros, of which the encoder then reads one column, an embedding."""

    def bands_of(self, task: Task) -> BandLayout | None:
        """Where the bands of the bins lie that a task shows the model and asks of it; None where there are none.

        Raises:
            ValueError: the bins cannot be divided so, or the task has no bins on both sides.
        """
        if not self.bands:
            return None
        front_end = task.front_end
        both = (front_end.feature_count, front_end.gain_count) if front_end else None
        if front_end is None or front_end.band_ratio or (task.inputs, task.outputs) != both:
            ratio = "no front end" if front_end is None else f"band_ratio={front_end.band_ratio}"
            raise ValueError(
                f"bands={self.bands} are of bins, and task={task.name!r} with {ratio} shows "
                "the model, or asks of it, something else; choose bands=0, or band_ratio=0 where that is the reason."
            )
        return BandLayout(self.bands, self.band_channels, front_end.bins, front_end.phase_bins)

    def __post_init__(self) -> None:
        if not 0 < self.width <= LARGEST_MODEL or self.layers > LARGEST_MODEL:
            raise ValueError(
                f"width={self.width} and layers={self.layers} make no model that a machine could hold; choose a width "
                f"above 0, and both up to {LARGEST_MODEL}."
            )
        hidden_features(self.width)  # refuses what is no whole number of blocks
        if self.bands and (self.recurrence != "gated" or self.layers < LAYERS_WITH_BANDS):
            raise ValueError(
                f"bands={self.bands} go with recurrence='gated' and {LAYERS_WITH_BANDS} layers or more, and here are "
                f"recurrence={self.recurrence!r} and layers={self.layers}; change those, or choose bands=0."
            )
        if self.bands and not self.normalises:
            raise ValueError(
                f"bands={self.bands} share weights behind a norm of their bins, and normalises=false leaves it out; "
                "choose normalises=true, or bands=0."
            )
        if self.layers < 0:
            raise ValueError(f"layers={self.layers} make no model; choose 1 or more (0 has no memory).")

    def create(self, seed: int, task: Task) -> Network:
        """The model of a task at its starting point; the same seed gives the same weights."""
        bands = self.bands_of(task)
        if bands is not None:
            return Network.with_bands(seed, bands, width=self.width, layers=self.layers)
        model = Network.create(
            seed,
            features=task.inputs,
            outputs=task.outputs,
            width=self.width,
            layers=self.layers,
            recurrence=self.recurrence,
        )
        return model if self.normalises else _embedding(model)


def _embedding(model: Network) -> Network:
    """The model without a norm of its features, and columns of the encoder so large that one of them is enough."""
    encoder = model.encoder
    assert isinstance(encoder, Linear)
    columns = replace(encoder, weight=encoder.weight * encoder.inputs**0.5)
    return replace(model, norm=NoNorm.create(encoder.inputs), encoder=columns)

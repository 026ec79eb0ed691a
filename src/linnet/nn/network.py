"""A network that knows no task: encoder, recurrent layers (S5 or gated), decoder; features in, outputs in (0, 1) out.

With bands (bands.py) the first and the last layer work on every band alike, by one set of weights, and those between on
few features squeezed out of all bands.

`Network` holds parameters. `Network.fold` puts every norm into the matrix behind it and gives `FoldedNetwork`,
whose `apply` (a whole clip) and `step` (one frame) are what is trained, rounded and lowered. Features and sound are
the business of audio/ and train/. Source: Pierro et al., arXiv:2502.01330, with ReLU everywhere unless told otherwise.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.activations import Activations
from linnet.nn.bands import Banded, BandLayout, Squeeze
from linnet.nn.gated import Gated
from linnet.nn.layer import AnyForm, FoldedLayer, Layer, in_groups
from linnet.nn.layers import Average, Linear, Moments, Norm, moments, of_one_device
from linnet.nn.ssm import S5
from linnet.nn.taps import Tap, passthrough, within

BLOCKS_PER_WIDTH = 16  # J = 16 k blocks, H = 12 J features, P = 8 J states (Pierro et al., arXiv:2502.01330)
FEATURES_PER_BLOCK = 12
BLOCK_STATES = 16
LAYERS_WITH_BANDS = 3  # one before the squeeze, one after it, one between

Recurrence = Literal["s5", "gated"]
"""What remembers in a layer: complex states that decay at fixed rates (ssm.py), or as many real states as features,
each replaced by the share that its gate says (gated.py)."""


class Statistics(NamedTuple):
    """Moments of what each norm sees: the input features [features], and the input of every layer [H]."""

    features: Moments
    layers: tuple[Moments, ...]


class FoldedNetwork(eqx.Module):
    """The network without norms: features [features] -> outputs [outputs] in (0, 1) per frame, by a state per layer."""

    encoder: Linear | Banded
    layers: tuple[FoldedLayer, ...]
    decoder: Linear | Banded
    activations: Activations = eqx.field(static=True, default=Activations())
    squeeze: Squeeze | None = None
    """Between the first and the last layer, where there are bands."""

    def apply(self, features: Array, *, tap: Tap = passthrough, form: AnyForm | None = None) -> Array:
        """Whole clips from a zero state: features [frames, ..., features] to outputs [frames, ..., outputs]."""

        def through(i: int, u: Array) -> Array:
            return self.layers[i].apply(u, tap=within(f"layers.{i}", tap), form=form)

        return self._decoded(self._layered(self._encoded(features, tap), through, tap), tap)

    def statistics(self, features: Array) -> Statistics:
        """Moments of the features, and of what reaches every layer: features [frames, batch, features]."""
        seen: list[Moments] = []

        def through(i: int, u: Array) -> Array:
            seen.append(moments(in_groups(u, self.layers[i].groups)))
            return self.layers[i].apply(u)

        self._layered(self._encoded(features, passthrough), through, passthrough)
        return Statistics(moments(features), tuple(seen))

    def initial_state(self) -> tuple[Array, ...]:
        """One zero state per layer: [2P] of S5, [P] where it is gated; of several groups [groups, P]."""
        return tuple(layer.initial_state() for layer in self.layers)

    def step(
        self, state: tuple[Array, ...], features: Array, *, tap: Tap = passthrough
    ) -> tuple[tuple[Array, ...], Array]:
        """One frame: states and features [..., features] to the next states and outputs [..., outputs]."""
        following: list[Array] = []

        def through(i: int, u: Array) -> Array:
            x, u = self.layers[i].step(state[i], u, tap=within(f"layers.{i}", tap))
            following.append(x)
            return u

        outputs = self._decoded(self._layered(self._encoded(features, tap), through, tap), tap)
        return tuple(following), outputs

    def _layered(self, u: Array, through: Callable[[int, Array], Array], tap: Tap) -> Array:
        """What leaves the last layer; `through(i, u)` is what layer i makes of u."""
        wide, last = u, len(self.layers) - 1
        for i in range(len(self.layers)):
            if self.squeeze is not None and i == 1:
                wide, u = u, self._narrowed(self.squeeze, u, within("squeeze", tap))
            if self.squeeze is not None and i == last:
                u = self._joined(self.squeeze, wide, u, within("squeeze", tap))
            u = through(i, u)
        return u

    def _narrowed(self, squeeze: Squeeze, wide: Array, tap: Tap) -> Array:
        u = squeeze.down(wide, tap=within("down", tap))
        return tap("narrowed", self.activations("encoded", u))

    def _joined(self, squeeze: Squeeze, wide: Array, u: Array, tap: Tap) -> Array:
        widened = tap("widened", squeeze.up(u, tap=within("up", tap)))
        return tap("joined", self.activations("output", wide + widened))

    def _encoded(self, features: Array, tap: Tap) -> Array:
        u = self.encoder(tap("features", features), tap=within("encoder", tap))
        return tap("encoded", self.activations("encoded", u))

    def _decoded(self, u: Array, tap: Tap) -> Array:
        return tap("gain", jax.nn.sigmoid(tap("logit", self.decoder(u, tap=within("decoder", tap)))))


def hidden_features(width: float) -> int:
    """The features of a layer of this width, of which width 1 has 192; ValueError where they are no whole blocks."""
    blocks = round(BLOCKS_PER_WIDTH * width)
    if blocks < 1 or abs(blocks - BLOCKS_PER_WIDTH * width) > 1e-9:
        raise ValueError(
            f"width={width} is not a whole number of blocks, of which width 1 has {BLOCKS_PER_WIDTH}; "
            f"choose a multiple of 1/{BLOCKS_PER_WIDTH}, e.g. 0.5."
        )
    return FEATURES_PER_BLOCK * blocks


def _layer(rng: np.random.Generator, hidden: int, recurrence: Recurrence, groups: int = 1) -> Layer:
    """A layer of `hidden` features at its starting point: S5 of a block per 12 features, or `hidden` gated states."""
    norm = Norm.create(hidden)
    if recurrence == "gated":
        return Layer(norm, Gated.create(rng, hidden, hidden), Linear.create(rng, hidden, hidden), groups)
    ssm = S5.create(rng, hidden, max(1, hidden // FEATURES_PER_BLOCK), BLOCK_STATES)
    return Layer(norm, ssm, Linear.create(rng, hidden, hidden), groups)


class Network(eqx.Module):
    """Parameters of the whole model; `width` = 1 gives 192 features and 128 complex states per layer."""

    norm: Norm
    encoder: Linear | Banded
    layers: tuple[Layer, ...]
    decoder: Linear | Banded
    activations: Activations = eqx.field(static=True, default=Activations())
    squeeze: Squeeze | None = None

    @classmethod
    def create(
        cls,
        seed: int,
        *,
        features: int,
        outputs: int,
        width: float,
        layers: int = 3,
        recurrence: Recurrence = "s5",
    ) -> "Network":
        """A model at its starting point; the same seed gives the same weights."""
        rng, hidden = np.random.default_rng(seed), hidden_features(width)
        body = tuple(_layer(rng, hidden, recurrence) for _ in range(layers))
        return cls(
            Norm.create(features),
            Linear.create(rng, features, hidden),
            body,
            Linear.create(rng, hidden, outputs),
        )

    @classmethod
    def with_bands(cls, seed: int, bands: BandLayout, *, width: float, layers: int = 4) -> "Network":
        """A gated model: its first and last layer work on every band alike, those between on `width` * 192 features.

        Raises:
            ValueError: no layer is left between the two, or the width is no whole number of blocks.
        """
        if layers < LAYERS_WITH_BANDS:
            raise ValueError(
                f"layers={layers} leave none between the first and the last, which work on every band alike; choose "
                f"{LAYERS_WITH_BANDS} or more, or bands=0."
            )
        rng, hidden = np.random.default_rng(seed), hidden_features(width)

        def shared() -> Layer:
            return _layer(rng, bands.channels, "gated", bands.bands)

        encoder = Banded.create(rng, bands, decodes=False)
        inner = tuple(_layer(rng, hidden, "gated") for _ in range(layers - 2))
        body = (shared(), *inner, shared())
        decoder = Banded.create(rng, bands, decodes=True)
        squeeze = Squeeze.create(rng, bands.width, hidden)
        return cls(Norm.create(encoder.inputs), encoder, body, decoder, squeeze=squeeze)

    def initial_statistics(self) -> Statistics:
        """Mean 0 and variance 1 everywhere, before anything was heard."""

        def unit(norm: Norm) -> Moments:
            return Moments(jnp.zeros_like(norm.scale), jnp.ones_like(norm.scale))

        return Statistics(unit(self.norm), tuple(unit(layer.norm) for layer in self.layers))

    def fold(self, statistics: Statistics) -> FoldedNetwork:
        """The model that normalises by these statistics, with every norm inside the matrix that follows it."""
        encoder = self.encoder.folded(*self.norm.affine(statistics.features))
        layers = (
            layer.fold(given, self.activations)
            for layer, given in zip(self.layers, statistics.layers, strict=True)
        )
        return FoldedNetwork(encoder, tuple(layers), self.decoder, self.activations, self.squeeze)

    def apply_normalised(
        self,
        features: Array,
        *,
        tap: Tap = passthrough,
        form: AnyForm | None = None,
        average: Average = of_one_device,
    ) -> tuple[Array, Statistics]:
        """Training's form: normalise by the batch itself, and say by what.

        features [frames, batch, features] to outputs [frames, batch, outputs] and the batch's statistics; equal to
        `fold(statistics).apply(features)` for the statistics returned. Where several devices share a batch, `average`
        makes their means one.
        """
        seen = moments(features, average)
        encoder = self.encoder.folded(*self.norm.affine(seen))
        # its layers are exchanged for those that normalise by what reaches them
        head = FoldedNetwork(encoder, self.layers, self.decoder, self.activations, self.squeeze)  # type: ignore[arg-type]
        seen_by_layers: list[Moments] = []

        def through(i: int, u: Array) -> Array:
            layer = self.layers[i]
            seen_by_layers.append(moments(in_groups(u, layer.groups), average))
            by_batch = layer.fold(seen_by_layers[-1], self.activations)
            return by_batch.apply(u, tap=within(f"layers.{i}", tap), form=form)

        u = head._layered(head._encoded(features, tap), through, tap)
        return head._decoded(u, tap), Statistics(seen, tuple(seen_by_layers))

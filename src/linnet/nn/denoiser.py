"""The denoiser: encoder, recurrent layers (S5 or gated), decoder; spectral features in, one gain per frequency bin out.

`Denoiser` holds parameters. `Denoiser.fold` puts every norm into the matrix behind it and gives `FoldedDenoiser`,
whose `apply` (a whole clip) and `step` (one frame) are what is trained, rounded and lowered. Features and sound are
the business of audio/ and train/. Source: Pierro et al., arXiv:2502.01330, with ReLU everywhere unless told otherwise.
"""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.activations import Activations
from linnet.nn.gated import FoldedGated, Gated
from linnet.nn.gated_scan import GatedForm
from linnet.nn.layers import Average, Linear, Moments, Norm, folded, moments, of_one_device
from linnet.nn.scan import Form
from linnet.nn.ssm import S5, FoldedS5
from linnet.nn.taps import Tap, passthrough, within

BLOCKS_PER_WIDTH = 16  # J = 16 k blocks, H = 12 J features, P = 8 J states (Pierro et al., arXiv:2502.01330)
FEATURES_PER_BLOCK = 12
BLOCK_STATES = 16

Recurrence = Literal["s5", "gated"]
"""What remembers in a layer: complex states that decay at fixed rates (ssm.py), or as many real states as features,
each replaced by the share that its gate says (gated.py)."""

AnyForm = Form | GatedForm
"""A form of the recurrence that the model has: of scan.py for S5, of gated_scan.py where it is gated."""


class Statistics(NamedTuple):
    """Moments of what each norm sees: the input features [features], and the input of every layer [H]."""

    features: Moments
    layers: tuple[Moments, ...]


class FoldedLayer(eqx.Module):
    """u -> relu(u + y sigmoid(W y + b)) with y = relu(recurrence(u)); the norm before it is folded in."""

    ssm: FoldedS5 | FoldedGated
    gate: Linear
    activations: Activations = eqx.field(static=True, default=Activations())

    def apply(self, u: Array, *, tap: Tap = passthrough, form: AnyForm | None = None) -> Array:
        """Whole clip: u [frames, ..., H] to the same shape; `form` as in `scan_clip`."""
        y = self.ssm.apply(u, tap=within("ssm", tap), form=form)  # type: ignore[arg-type]  # of its own kind
        return self._gated(u, y, tap)

    def step(self, x: Array, u: Array, *, tap: Tap = passthrough) -> tuple[Array, Array]:
        """One frame: state and u [..., H] to the next state and the output [..., H]."""
        x, y = self.ssm.step(x, u, tap=within("ssm", tap))
        return x, self._gated(u, y, tap)

    def _gated(self, u: Array, y: Array, tap: Tap) -> Array:
        y = tap("activation", self.activations("activation", y))
        control = tap("control", self.gate(y, tap=within("gate", tap)))
        sum_of_both = u + tap("gated", y * jax.nn.sigmoid(control))
        return tap("output", self.activations("output", sum_of_both))


class FoldedDenoiser(eqx.Module):
    """The denoiser without norms: features [features] -> gains [gains] in (0, 1) per frame, by a state per layer."""

    encoder: Linear
    layers: tuple[FoldedLayer, ...]
    decoder: Linear
    activations: Activations = eqx.field(static=True, default=Activations())

    def apply(self, features: Array, *, tap: Tap = passthrough, form: AnyForm | None = None) -> Array:
        """Whole clips from a zero state: features [frames, ..., features] to gains [frames, ..., gains]."""
        u = self._encoded(features, tap)
        for i, layer in enumerate(self.layers):
            u = layer.apply(u, tap=within(f"layers.{i}", tap), form=form)
        return self._decoded(u, tap)

    def initial_state(self) -> tuple[Array, ...]:
        """One zero state per layer: [2P] of S5, [P] where it is gated."""
        return tuple(layer.ssm.initial_state() for layer in self.layers)

    def step(
        self, state: tuple[Array, ...], features: Array, *, tap: Tap = passthrough
    ) -> tuple[tuple[Array, ...], Array]:
        """One frame: states and features [..., features] to the next states and gains [..., gains]."""
        u, following = self._encoded(features, tap), []
        for i, (layer, x) in enumerate(zip(self.layers, state, strict=True)):
            x, u = layer.step(x, u, tap=within(f"layers.{i}", tap))
            following.append(x)
        return tuple(following), self._decoded(u, tap)

    def _encoded(self, features: Array, tap: Tap) -> Array:
        u = self.encoder(tap("features", features), tap=within("encoder", tap))
        return tap("encoded", self.activations("encoded", u))

    def _decoded(self, u: Array, tap: Tap) -> Array:
        return tap("gain", jax.nn.sigmoid(tap("logit", self.decoder(u, tap=within("decoder", tap)))))


class Layer(eqx.Module):
    """Parameters of one layer: norm, recurrence, output gate."""

    norm: Norm
    ssm: S5 | Gated
    gate: Linear

    def fold(self, given: Moments, activations: Activations) -> FoldedLayer:
        """The layer that normalises by these moments, with the norm inside the recurrence."""
        ssm = self.ssm.fold(*self.norm.affine(given), rectified=activations.state == "relu")
        return FoldedLayer(ssm, self.gate, activations)


def _layer(rng: np.random.Generator, hidden: int, blocks: int, recurrence: Recurrence) -> Layer:
    """A layer of `hidden` features at its starting point: S5 of `blocks` blocks, or `hidden` gated states."""
    norm = Norm.create(hidden)
    if recurrence == "gated":
        return Layer(norm, Gated.create(rng, hidden, hidden), Linear.create(rng, hidden, hidden))
    ssm = S5.create(rng, hidden, blocks, BLOCK_STATES)
    return Layer(norm, ssm, Linear.create(rng, hidden, hidden))


class Denoiser(eqx.Module):
    """Parameters of the whole model; `width` = 1 gives 192 features and 128 complex states per layer."""

    norm: Norm
    encoder: Linear
    layers: tuple[Layer, ...]
    decoder: Linear
    activations: Activations = eqx.field(static=True, default=Activations())

    @classmethod
    def create(
        cls,
        seed: int,
        *,
        features: int,
        gains: int,
        width: float,
        layers: int = 3,
        recurrence: Recurrence = "s5",
    ) -> "Denoiser":
        """A model at its starting point; the same seed gives the same weights."""
        blocks = round(BLOCKS_PER_WIDTH * width)
        if blocks < 1 or abs(blocks - BLOCKS_PER_WIDTH * width) > 1e-9:
            raise ValueError(
                f"width={width} is not a whole number of blocks, of which width 1 has {BLOCKS_PER_WIDTH}; "
                f"choose a multiple of 1/{BLOCKS_PER_WIDTH}, e.g. 0.5."
            )
        rng, hidden = np.random.default_rng(seed), FEATURES_PER_BLOCK * blocks
        body = tuple(_layer(rng, hidden, blocks, recurrence) for _ in range(layers))
        return cls(
            Norm.create(features),
            Linear.create(rng, features, hidden),
            body,
            Linear.create(rng, hidden, gains),
        )

    def initial_statistics(self) -> Statistics:
        """Mean 0 and variance 1 everywhere, before anything was heard."""

        def unit(norm: Norm) -> Moments:
            return Moments(jnp.zeros_like(norm.scale), jnp.ones_like(norm.scale))

        return Statistics(unit(self.norm), tuple(unit(layer.norm) for layer in self.layers))

    def fold(self, statistics: Statistics) -> FoldedDenoiser:
        """The model that normalises by these statistics, with every norm inside the matrix that follows it."""
        encoder = folded(self.encoder, *self.norm.affine(statistics.features))
        layers = (
            layer.fold(given, self.activations)
            for layer, given in zip(self.layers, statistics.layers, strict=True)
        )
        return FoldedDenoiser(encoder, tuple(layers), self.decoder, self.activations)

    def apply_normalised(
        self,
        features: Array,
        *,
        tap: Tap = passthrough,
        form: AnyForm | None = None,
        average: Average = of_one_device,
    ) -> tuple[Array, Statistics]:
        """Training's form: normalise by the batch itself, and say by what.

        features [frames, batch, features] to gains [frames, batch, gains] and the batch's statistics; equal to
        `fold(statistics).apply(features)` for the statistics returned. Where several devices share a batch, `average`
        makes their means one.
        """
        seen = moments(features, average)
        encoder = folded(self.encoder, *self.norm.affine(seen))
        head = FoldedDenoiser(encoder, (), self.decoder, self.activations)
        u, seen_by_layers = head._encoded(features, tap), []
        for i, layer in enumerate(self.layers):
            seen_by_layers.append(moments(u, average))
            by_batch = layer.fold(seen_by_layers[-1], self.activations)
            u = by_batch.apply(u, tap=within(f"layers.{i}", tap), form=form)
        return head._decoded(u, tap), Statistics(seen, tuple(seen_by_layers))

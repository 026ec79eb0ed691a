"""The S5 layer worked out as its authors publish it, to measure ours against: same model, same numbers, other work.

`PublishedS5`: complex products with real inputs, `jax.lax.associative_scan` on pairs (Lambda_bar, B u), a sequence at
a time, derivatives by JAX. `AssociativeS5`: our real products, only the scan and its derivative as there. Both are
made from a folded layer, so everything around them is ours. Source: Smith et al., arXiv:2208.04933, appendix A.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn.activations import Activations
from linnet.nn.layer import FoldedLayer, Layer
from linnet.nn.layers import Linear, Moments, Norm
from linnet.nn.network import Network
from linnet.nn.scan import Form, joined, parted
from linnet.nn.ssm import S5, FoldedS5
from linnet.nn.taps import Tap, passthrough

Pair = tuple[Array, Array]


def combined(first: Pair, second: Pair) -> Pair:
    """Two steps x -> a x + b in one, the operator of the scan: a [..., P] and b [..., P], complex."""
    return second[0] * first[0], second[0] * first[1] + second[1]


def complex_scan(Lambda_bar: Array, drive: Array) -> Array:
    """All states of a sequence: complex [P] and [frames, ..., P] to [frames, ..., P]."""
    decays = jnp.broadcast_to(Lambda_bar, drive.shape)
    states: Array = jax.lax.associative_scan(combined, (decays, drive))[1]
    return states


class PublishedS5(eqx.Module):
    """A FoldedS5 with complex matrices, a sequence at a time."""

    folded: FoldedS5

    def apply(self, u: Array, *, tap: Tap = passthrough, form: Form | None = None) -> Array:
        """Whole clip from a zero state: u [frames, clips, H] to y of the same shape, without taps or forms."""
        del tap, form
        ssm = self.folded
        Lambda_bar, bias = jax.lax.complex(*ssm.Lambda_bar), jax.lax.complex(*parted(ssm.drive_bias))
        B = jax.lax.complex(*jnp.split(ssm.B, 2, axis=0))
        C_re, minus_C_im = jnp.split(ssm.C, 2, axis=1)
        C = jax.lax.complex(C_re, -minus_C_im) / 2

        def one_sequence(sequence: Array) -> Array:
            drive = jax.vmap(lambda frame: B @ frame)(sequence) + bias
            x = complex_scan(Lambda_bar, drive)
            x = jnp.where(x.real > 0, x, 0)
            return jax.vmap(lambda state: 2 * (C @ state).real)(x)

        of_state = jax.vmap(one_sequence, in_axes=1, out_axes=1)(u)
        return of_state + ssm.D * u + ssm.D_bias


class AssociativeS5(eqx.Module):
    """A FoldedS5 that differs from ours in the scan alone."""

    folded: FoldedS5

    def apply(self, u: Array, *, tap: Tap = passthrough, form: Form | None = None) -> Array:
        """Whole clip from a zero state: u [frames, clips, H] to y of the same shape."""
        del form
        Lambda_bar = jax.lax.complex(*self.folded.Lambda_bar)
        x = complex_scan(Lambda_bar, jax.lax.complex(*parted(self.folded.drive(u, tap))))
        return self.folded.read_out(joined(x.real, x.imag), u, tap)


class ReferenceLayer(eqx.Module):
    """A layer that folds to one of the two above; the parameters are those of our layer."""

    norm: Norm
    ssm: S5
    gate: Linear
    kind: type = eqx.field(static=True)
    groups: int = eqx.field(static=True, default=1)

    def fold(self, given: Moments, activations: Activations) -> FoldedLayer:
        """The layer that normalises by these moments."""
        return FoldedLayer(self.kind(self.ssm.fold(*self.norm.affine(given))), self.gate, activations)


def as_reference(model: Network, kind: type) -> Network:
    """The same model, its layers worked out as `kind` does, PublishedS5 or AssociativeS5."""

    def exchanged(layer: Layer) -> ReferenceLayer:
        if not isinstance(layer.ssm, S5):
            raise TypeError(
                f"a layer has a {type(layer.ssm).__name__}, and only S5 is published so; compare S5."
            )
        return ReferenceLayer(layer.norm, layer.ssm, layer.gate, kind)

    return eqx.tree_at(lambda m: m.layers, model, tuple(map(exchanged, model.layers)))

"""A layer of the network: norm, recurrence, output gate; one matrix each for all bands where it has groups.

`Layer` holds parameters, `FoldedLayer` what is left when the norm is part of the recurrence's matrices.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn.activations import Activations
from linnet.nn.gated import FoldedGated, Gated
from linnet.nn.gated_scan import GatedForm
from linnet.nn.layers import Linear, Moments, Norm
from linnet.nn.scan import Form
from linnet.nn.ssm import S5, FoldedS5
from linnet.nn.taps import Tap, leaves_wires, passthrough, within
from linnet.nn.whole_layer import Weights, takes, whole_layer

AnyForm = Form | GatedForm
"""A form of the recurrence that the model has: of scan.py for S5, of gated_scan.py where it is gated."""


GROUPED = 3  # dimensions: frames, sequences, features


def in_groups(u: Array, groups: int) -> Array:
    """u [frames, clips, groups * H] as [frames, clips * groups, H]; as it is where there is one group."""
    return u if groups == 1 else u.reshape(u.shape[0], -1, u.shape[-1] // groups)


class FoldedLayer(eqx.Module):
    """u -> relu(u + y sigmoid(W y + b)) with y = relu(recurrence(u)); the norm before it is folded in.

    Where there are several `groups` of H features, one behind the other, each goes through the same layer with a state
    of its own; taps then see groups as further clips.
    """

    ssm: FoldedS5 | FoldedGated
    gate: Linear
    activations: Activations = eqx.field(static=True, default=Activations())
    groups: int = eqx.field(static=True, default=1)

    def apply(self, u: Array, *, tap: Tap = passthrough, form: AnyForm | None = None) -> Array:
        """Whole clip: u [frames, ..., groups * H] to the same shape; `form` as in `scan_clip`."""
        apart = in_groups(u, self.groups)
        weights = self._as_a_whole(apart, tap, form)
        if weights is not None:
            return whole_layer(apart, weights).reshape(u.shape)
        y = self.ssm.apply(apart, tap=within("ssm", tap), form=form)  # type: ignore[arg-type]  # of its own kind
        return self._gated(apart, y, tap).reshape(u.shape)

    def initial_state(self) -> Array:
        """Zeros: [states], or [groups, states] of several groups."""
        one = self.ssm.initial_state()
        return one if self.groups == 1 else jnp.zeros((self.groups, *one.shape), one.dtype)

    def step(self, x: Array, u: Array, *, tap: Tap = passthrough) -> tuple[Array, Array]:
        """One frame: state and u [..., groups * H] to the next state and the output of u's shape."""
        apart = u if self.groups == 1 else u.reshape(*u.shape[:-1], self.groups, -1)
        x, y = self.ssm.step(x, apart, tap=within("ssm", tap))
        return x, self._gated(apart, y, tap).reshape(u.shape)

    def _gated(self, u: Array, y: Array, tap: Tap) -> Array:
        y = tap("activation", self.activations("activation", y))
        control = tap("control", self.gate(y, tap=within("gate", tap)))
        sum_of_both = u + tap("gated", y * jax.nn.sigmoid(control))
        return tap("output", self.activations("output", sum_of_both))

    def _as_a_whole(self, apart: Array, tap: Tap, form: AnyForm | None) -> Weights | None:
        """The weights for whole_layer.py, which looks at no wire; None where it is not made for this layer."""
        ssm, bends = self.ssm, self.activations
        if not (
            isinstance(ssm, FoldedGated) and form is None and leaves_wires(tap) and apart.ndim == GROUPED
        ):
            return None
        if ssm.V.shape[0] != ssm.V.shape[1] or (bends.activation, bends.output, bends.top) != (
            "relu",
            "relu",
            1,
        ):
            return None
        V, G, C = (tap(f"ssm.{name}", getattr(ssm, name)) for name in ("V", "G", "C"))
        names = ("V_bias", "G_bias", "D", "D_bias")
        vectors = [tap(f"ssm.{name}", getattr(ssm, name)) for name in names]
        W, bias = (tap(f"gate.{name}", getattr(self.gate, name)) for name in ("weight", "bias"))
        floor = jnp.full_like(bias, 0 if ssm.rectified else -jnp.inf)
        if len({each.dtype for each in (V, G, C, W)}) != 1:
            return None
        weights = Weights(jnp.stack([V, G, C, W]), jnp.stack([*vectors, bias, floor]))
        return weights if takes(apart, weights) else None


class Layer(eqx.Module):
    """Parameters of one layer: norm, recurrence, output gate."""

    norm: Norm
    ssm: S5 | Gated
    gate: Linear
    groups: int = eqx.field(static=True, default=1)
    """How many groups of features go through the layer alike."""

    def fold(self, given: Moments, activations: Activations) -> FoldedLayer:
        """The layer that normalises by these moments, with the norm inside the recurrence."""
        ssm = self.ssm.fold(*self.norm.affine(given), rectified=activations.state == "relu")
        return FoldedLayer(ssm, self.gate, activations, self.groups)

"""A gated linear recurrence: how much of the past is kept depends on the input, not on the state.

h_t = h_{t-1} + g_t (v_t - h_{t-1}) with g_t = sigmoid(G u_t + b) and v_t = V u_t + c: linear in the state, which is a
running mean of the candidates v and never leaves their range. S5 forgets at one fixed rate per state; this one can
learn noise in pauses and hold it through speech. Source: minGRU, Feng et al., "Were RNNs All We Needed?",
arXiv:2410.01201; the read-out is that of our S5 layer (ssm.py), which this one stands in for.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.affine import affine
from linnet.nn.gated_scan import GatedForm, gated_scan_clip, gated_scan_step
from linnet.nn.init import gate_biases, lecun_normal
from linnet.nn.read_out import read_out
from linnet.nn.taps import Tap, passthrough

GATE_SCALE = 0.25  # of G at the start: time constants first, then what they depend on


class FoldedGated(eqx.Module):
    """h_t = h_{t-1} + sigmoid(G u_t + G_bias) (V u_t + V_bias - h_{t-1});  y_t = C relu(h_t) + D u_t + D_bias.

    V, G [P, H] with V_bias, G_bias [P]; C [H, P]; D, D_bias [H]. The states are real.
    """

    V: Array
    V_bias: Array
    G: Array
    G_bias: Array
    C: Array
    D: Array
    D_bias: Array
    rectified: bool = eqx.field(static=True, default=True)
    """Whether the ReLU on the state is there; h itself where not."""

    def apply(self, u: Array, *, tap: Tap = passthrough, form: GatedForm | None = None) -> Array:
        """Whole clip from a zero state: u [frames, ..., H] to y of the same shape; `form` as in `gated_scan_clip`."""
        h = gated_scan_clip(self.gate(u, tap), self.candidate(u, tap), form=form)
        return self.read_out(h, u, tap)

    def step(self, h: Array, u: Array, *, tap: Tap = passthrough) -> tuple[Array, Array]:
        """One frame: state [..., P] and u [..., H] to the next state and y [..., H]."""
        h = gated_scan_step(self.gate(u, tap), h, self.candidate(u, tap))
        return h, self.read_out(h, u, tap)

    def initial_state(self) -> Array:
        """The state before the first frame: zeros [P]."""
        return jnp.zeros_like(self.V_bias)

    def gate(self, u: Array, tap: Tap) -> Array:
        """The share of the state that is replaced: u [..., H] to [..., P] in 0..1."""
        return jax.nn.sigmoid(tap("control", affine(u, tap("G", self.G), tap("G_bias", self.G_bias))))

    def candidate(self, u: Array, tap: Tap) -> Array:
        """What replaces it: u [..., H] to [..., P]."""
        return tap("candidate", affine(u, tap("V", self.V), tap("V_bias", self.V_bias)))

    def read_out(self, h: Array, u: Array, tap: Tap) -> Array:
        """What leaves: states and input u [..., H] to y [..., H]."""
        return read_out(self, h, u, jax.nn.relu, tap)


class Gated(eqx.Module):
    """Parameters: V, G [P, H], V_bias, G_bias [P] (of G in logits), C [H, P], D, D_bias [H]; P states, H features."""

    V: Array
    V_bias: Array
    G: Array
    G_bias: Array
    C: Array
    D: Array
    D_bias: Array

    @classmethod
    def create(cls, rng: np.random.Generator, features: int, states: int) -> "Gated":
        """Random matrices that keep the variance of their input; gates that start at the time constants of init.py."""
        V, G = (lecun_normal(rng, states, features) for _ in range(2))
        C = lecun_normal(rng, features, states)
        G *= GATE_SCALE
        biases = gate_biases(rng, states)
        D = rng.standard_normal(features)
        values = (V, np.zeros(states), G, biases, C, D, np.zeros(features))
        return cls(*(jnp.asarray(v, jnp.float32) for v in values))

    def fold(self, multiplier: Array, addend: Array, *, rectified: bool = True) -> FoldedGated:
        """The recurrence of u that equals this one of multiplier * u + addend (the norm before it, both [H])."""
        return FoldedGated(
            self.V * multiplier,
            self.V_bias + self.V @ addend,
            self.G * multiplier,
            self.G_bias + self.G @ addend,
            self.C,
            self.D * multiplier,
            self.D_bias + self.D * addend,
            rectified,
        )

    @classmethod
    def unfolded(cls, folded: FoldedGated) -> "Gated":
        """The parameters that fold to `folded` with a norm that changes nothing."""
        return cls(folded.V, folded.V_bias, folded.G, folded.G_bias, folded.C, folded.D, folded.D_bias)

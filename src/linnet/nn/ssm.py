"""S5: a diagonal linear state space, discretized, with the norm before it folded in.

`S5` holds the parameters; `S5.fold` gives `FoldedS5`, the matrices that are really multiplied, trained on, pruned,
rounded and deployed. Its `apply` (whole clip) and `step` (one frame) are one definition around scan.py.
Source: Smith et al., arXiv:2208.04933; the ReLU on the state follows Pierro et al., arXiv:2502.01330.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.affine import affine
from linnet.nn.init import input_matrix, log_timescales, output_matrix, upper_half
from linnet.nn.read_out import read_out
from linnet.nn.scan import Form, joined, scan_clip, scan_step
from linnet.nn.taps import Tap, passthrough

LARGEST_REAL = -1e-4  # keeps |Lambda_bar| < 1, so the state cannot grow (S4D, arXiv:2206.11893)


Complex = tuple[Array, Array]
"""Real and imaginary part, of one shape."""


def complex_relu(x: Array) -> Array:
    """Keep the whole complex value where its real part is positive, else zero: [..., 2 states], real parts first."""
    parts = x.reshape(*x.shape[:-1], 2, -1)
    return jnp.where(parts[..., :1, :] > 0, parts, 0).reshape(x.shape)


class FoldedS5(eqx.Module):
    """x_t = Lambda_bar x_{t-1} + B u_t + drive_bias;  y_t = C relu(x_t) + D u_t + D_bias, everything real.

    Lambda_bar: pair [P]. B [2P, H] and drive_bias [2P] give real parts, then imaginary parts. C [H, 2P] takes them
    (2 Re(C~ x) = 2 C_re x_re - 2 C_im x_im). D, D_bias [H].
    """

    Lambda_bar: Complex
    B: Array
    drive_bias: Array
    C: Array
    D: Array
    D_bias: Array
    rectified: bool = eqx.field(static=True, default=True)
    """Whether the ReLU on the state is there; x itself where not."""

    def apply(self, u: Array, *, tap: Tap = passthrough, form: Form | None = None) -> Array:
        """Whole clip from a zero state: u [frames, ..., H] to y of the same shape; `form` as in `scan_clip`."""
        x = scan_clip(self.decay(tap), self.drive(u, tap), form=form)
        return self.read_out(x, u, tap)

    def step(self, x: Array, u: Array, *, tap: Tap = passthrough) -> tuple[Array, Array]:
        """One frame: state [..., 2P] and u [..., H] to the next state and y [..., H]."""
        x = scan_step(self.decay(tap), x, self.drive(u, tap))
        return x, self.read_out(x, u, tap)

    def initial_state(self) -> Array:
        """The state before the first frame: zeros [2P]."""
        return jnp.zeros_like(self.drive_bias)

    def decay(self, tap: Tap) -> Array:
        """Lambda_bar as the tap leaves it: [2P]."""
        return joined(tap("Lambda_bar_re", self.Lambda_bar[0]), tap("Lambda_bar_im", self.Lambda_bar[1]))

    def drive(self, u: Array, tap: Tap) -> Array:
        """What enters the states: u [..., H] to [..., 2P]."""
        return tap("drive", affine(u, tap("B", self.B), tap("drive_bias", self.drive_bias)))

    def read_out(self, x: Array, u: Array, tap: Tap) -> Array:
        """What leaves: states and input u [..., H] to y [..., H]."""
        return read_out(self, x, u, complex_relu, tap)


class S5(eqx.Module):
    """Parameters of the continuous system; P states (half of each conjugate pair), H features.

    Lambda_re, Lambda_im, log_timescale: [P]; B_re, B_im: [P, H]; C_re, C_im: [H, P]; D: [H].
    """

    Lambda_re: Array
    Lambda_im: Array
    log_timescale: Array
    B_re: Array
    B_im: Array
    C_re: Array
    C_im: Array
    D: Array

    @classmethod
    def create(cls, rng: np.random.Generator, features: int, blocks: int, block_states: int = 16) -> "S5":
        """The start of init.py: `blocks` HiPPO-LegS blocks of `block_states` states, P = blocks * block_states / 2."""
        Lambda = np.tile(upper_half(block_states)[0], blocks)
        B = input_matrix(rng, blocks, block_states, features)
        C = output_matrix(rng, blocks, block_states, features)
        values = (Lambda.real, Lambda.imag, log_timescales(rng, Lambda.size), B.real, B.imag, C.real, C.imag)
        return cls(*(jnp.asarray(v, jnp.float32) for v in (*values, rng.standard_normal(features))))

    def discretize(self) -> tuple[Complex, Complex]:
        """Zero-order hold: Lambda_bar = exp(Lambda Delta) and the factor (Lambda_bar - 1) / Lambda of B; pairs [P]."""
        real, timescale = jnp.minimum(self.Lambda_re, LARGEST_REAL), jnp.exp(self.log_timescale)
        radius, angle = jnp.exp(real * timescale), self.Lambda_im * timescale
        bar_re, bar_im = radius * jnp.cos(angle), radius * jnp.sin(angle)
        # Re(Lambda_bar) - 1 without the cancellation that a slow state (Lambda_bar near 1) would suffer
        less_one = jnp.expm1(real * timescale) * jnp.cos(angle) - 2 * jnp.sin(angle / 2) ** 2
        below = real * real + self.Lambda_im * self.Lambda_im
        factor_re = (less_one * real + bar_im * self.Lambda_im) / below
        factor_im = (bar_im * real - less_one * self.Lambda_im) / below
        return (bar_re, bar_im), (factor_re, factor_im)

    def fold(self, multiplier: Array, addend: Array, *, rectified: bool = True) -> FoldedS5:
        """The system of u that equals this one of multiplier * u + addend (the norm before it, both [H])."""
        Lambda_bar, (factor_re, factor_im) = self.discretize()
        B_re = factor_re[:, None] * self.B_re - factor_im[:, None] * self.B_im
        B_im = factor_re[:, None] * self.B_im + factor_im[:, None] * self.B_re
        B_bar = jnp.concatenate([B_re, B_im], axis=0)
        C = jnp.concatenate([2 * self.C_re, -2 * self.C_im], axis=1)
        return FoldedS5(
            Lambda_bar, B_bar * multiplier, B_bar @ addend, C, self.D * multiplier, self.D * addend, rectified
        )

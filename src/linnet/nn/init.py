"""Where the weights of an S5 model start: HiPPO-LegS eigenvalues, timescales, input and output matrices.

NumPy in float64, so that the start is exact and the same everywhere; the model casts. Sources: HiPPO (Gu et al.,
arXiv:2008.07669), its normal part S4-LegS (Gu et al., arXiv:2111.00396), S5 (Smith et al., arXiv:2208.04933).
"""

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


def hippo_legs(states: int) -> Real:
    """The HiPPO-LegS matrix A [states, states]: -sqrt((2n+1)(2k+1)) below the diagonal, -(n+1) on it, 0 above."""
    root = np.sqrt(1.0 + 2.0 * np.arange(states))
    return np.diag(np.arange(states, dtype=np.float64)) - np.tril(np.outer(root, root))


def hippo_normal_eigenpairs(states: int) -> tuple[Complex, Complex]:
    """Eigenvalues [states] and unitary eigenvectors [states, states] of the normal part A + p p^T, p_n = sqrt(n + 1/2).

    That matrix is -1/2 on its diagonal plus a skew-symmetric one, hence Re(Lambda) = -1/2 exactly, in conjugate pairs.
    """
    p = np.sqrt(np.arange(states) + 0.5)
    normal = hippo_legs(states) + np.outer(p, p)
    skew = normal - np.diag(np.diag(normal))
    imaginary, vectors = np.linalg.eigh(-1j * skew)
    return np.mean(np.diag(normal)) + 1j * imaginary, vectors


def upper_half(block_states: int) -> tuple[Complex, Complex]:
    """The eigenpairs with positive imaginary part: half of each conjugate pair is enough for a real signal.

    Returns Lambda [block_states / 2] and V [block_states, block_states / 2].
    """
    if block_states % 2:
        raise ValueError(
            f"block_states={block_states} is odd, so its eigenvalues do not pair up; choose an even number."
        )
    eigenvalues, vectors = hippo_normal_eigenpairs(block_states)
    half = np.argsort(eigenvalues.imag)[block_states // 2 :]
    return eigenvalues[half], vectors[:, half]


def lecun_normal(rng: np.random.Generator, out_features: int, in_features: int) -> Real:
    """Normal weights [out, in] of variance 1 / in: the output keeps the input's variance."""
    return rng.standard_normal((out_features, in_features)) / np.sqrt(in_features)


def log_timescales(rng: np.random.Generator, states: int, low: float = 1e-3, high: float = 1e-1) -> Real:
    """Natural logarithm of one timescale per state, uniform in the logarithm between `low` and `high`: [states]."""
    return rng.uniform(np.log(low), np.log(high), states)


def gate_biases(rng: np.random.Generator, states: int, low: float = 1.5, high: float = 150.0) -> Real:
    """Logits of gates 1 / tau, one per state, tau uniform in the logarithm between `low` and `high` frames: [states].

    A gate g replaces the share g of its state in every frame: a running mean over about 1 / g of them.
    """
    tau = np.exp(rng.uniform(np.log(low), np.log(high), states))
    return -np.log(tau - 1)


def input_matrix(rng: np.random.Generator, blocks: int, block_states: int, features: int) -> Complex:
    """B~ = V^-1 B in the eigenbasis of every block, B real with variance 1 / features: [blocks * half, features]."""
    _, vectors = upper_half(block_states)
    dense = lecun_normal(rng, blocks * block_states, features).reshape(blocks, block_states, features)
    return np.einsum("nh,bnf->bhf", vectors.conj(), dense).reshape(-1, features)


def output_matrix(rng: np.random.Generator, blocks: int, block_states: int, features: int) -> Complex:
    """C~ = C V in the eigenbasis of every block, C complex with variance 2 / states: [features, blocks * half]."""
    _, vectors = upper_half(block_states)
    states = blocks * block_states
    real, imaginary = rng.standard_normal((2, features, states)) / np.sqrt(states)
    dense = (real + 1j * imaginary).reshape(features, blocks, block_states)
    return np.einsum("fbn,nh->fbh", dense, vectors).reshape(features, -1)

"""Where the weights start, against the textbook matrices in float64."""

import numpy as np
import pytest

pytest.importorskip("jax")

from linnet.nn.init import (
    hippo_legs,
    hippo_normal_eigenpairs,
    input_matrix,
    lecun_normal,
    log_timescales,
    output_matrix,
    upper_half,
)

SIZES = [2, 8, 16, 64]


def tolerance(states: int) -> float:
    """Backward error of a symmetric eigensolver and of one product: a few units times size and norm."""
    return 8 * states * 2.0**-53 * float(np.linalg.norm(hippo_legs(states), 2))


def normal_part(states: int) -> np.ndarray:
    """A + p p^T of S4-LegS, entry by entry: -1/2 on the diagonal, skew-symmetric off it."""
    matrix = np.zeros((states, states))
    for n in range(states):
        for k in range(states):
            half_product = np.sqrt((n + 0.5) * (k + 0.5))
            matrix[n, k] = -0.5 if n == k else (-half_product if n > k else half_product)
    return matrix


@pytest.mark.parametrize("states", SIZES)
def test_hippo_legs_is_the_textbook_matrix(states):
    expected = np.zeros((states, states))
    for n in range(states):
        for k in range(n):
            expected[n, k] = -np.sqrt((2 * n + 1) * (2 * k + 1))
        expected[n, n] = -(n + 1)
    np.testing.assert_allclose(hippo_legs(states), expected, rtol=1e-15)


def test_hippo_legs_is_what_projecting_on_legendre_polynomials_gives():
    # c_n(t) = <f, g_n> on [0, t] with g_n = sqrt(2n+1) P_n obeys t c' = A c + B f with A = -(1 + <x g_n', g_k>)
    states = 8
    points, weights = np.polynomial.legendre.leggauss(2 * states)
    values, slopes = [], []
    for n in range(states):
        polynomial = np.polynomial.legendre.Legendre.basis(n, domain=[0, 1]) * np.sqrt(2 * n + 1)
        values.append(polynomial((points + 1) / 2))
        slopes.append(polynomial.deriv()((points + 1) / 2))
    moved = np.asarray(slopes) * (points + 1) / 2 * weights / 2
    projected = -(np.eye(states) + moved @ np.asarray(values).T)
    np.testing.assert_allclose(hippo_legs(states), projected, atol=1e-11)


@pytest.mark.parametrize("states", SIZES)
def test_eigenvalues_have_real_part_minus_one_half_and_come_in_conjugate_pairs(states):
    eigenvalues, vectors = hippo_normal_eigenpairs(states)
    np.testing.assert_allclose(eigenvalues.real, -0.5, atol=states * 2.0**-52)
    np.testing.assert_allclose(np.sort(eigenvalues.imag), np.sort(-eigenvalues.imag), atol=tolerance(states))
    np.testing.assert_allclose(vectors.conj().T @ vectors, np.eye(states), atol=8 * states * 2.0**-53)


@pytest.mark.parametrize("states", SIZES)
def test_eigenpairs_rebuild_the_normal_matrix(states):
    eigenvalues, vectors = hippo_normal_eigenpairs(states)
    rebuilt = (vectors * eigenvalues) @ vectors.conj().T
    np.testing.assert_allclose(rebuilt, normal_part(states), atol=tolerance(states))


@pytest.mark.parametrize("states", SIZES)
def test_the_upper_half_with_its_conjugate_is_the_whole(states):
    eigenvalues, vectors = upper_half(states)
    assert eigenvalues.shape == (states // 2,)
    assert vectors.shape == (states, states // 2)
    assert (eigenvalues.imag > 0).all()
    rebuilt = 2 * np.real((vectors * eigenvalues) @ vectors.conj().T)
    np.testing.assert_allclose(rebuilt, normal_part(states), atol=tolerance(states))


def test_an_odd_number_of_states_is_refused():
    with pytest.raises(ValueError, match="block_states=7 is odd"):
        upper_half(7)


def test_input_and_output_matrices_are_dense_ones_in_the_eigenbasis():
    blocks, block_states, features = 3, 16, 40
    _, vectors = upper_half(block_states)
    B = input_matrix(np.random.default_rng(0), blocks, block_states, features)
    dense = lecun_normal(np.random.default_rng(0), blocks * block_states, features)
    for b in range(blocks):
        of_block = B[b * 8 : (b + 1) * 8]
        original = dense[b * block_states : (b + 1) * block_states]
        np.testing.assert_allclose(2 * np.real(vectors @ of_block), original, atol=1e-14)

    C = output_matrix(np.random.default_rng(0), blocks, block_states, features)
    assert C.shape == (features, blocks * block_states // 2)
    assert B.shape == C.shape[::-1]


def test_variances_are_as_stated():
    rng = np.random.default_rng(1)
    # a sample variance of n normal values is off by sqrt(2 / n); five of those
    assert lecun_normal(rng, 200, 50).var() * 50 == pytest.approx(1, abs=5 * np.sqrt(2 / 10000))
    C = output_matrix(rng, 8, 16, 100)
    assert np.mean(np.abs(C) ** 2) * 128 / 2 == pytest.approx(1, abs=5 * np.sqrt(2 / C.size))


def test_timescales_lie_between_their_limits_and_fill_them_evenly():
    drawn = log_timescales(np.random.default_rng(2), 4000)
    assert np.log(1e-3) <= drawn.min() < drawn.max() <= np.log(1e-1)
    counts, _ = np.histogram(drawn, bins=4, range=(np.log(1e-3), np.log(1e-1)))
    assert (np.abs(counts - 1000) < 5 * np.sqrt(750)).all()

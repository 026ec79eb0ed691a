"""Which wires are rectified, and how much of them passes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")
import dataclasses

import jax
import jax.numpy as jnp

from linnet.nn.activations import Activations, keep_largest
from linnet.nn.network import Network
from tests.nn.test_network import BINS, heard


def test_every_wire_has_the_function_that_is_named():
    x = jnp.array([-1.0, 0.5])
    assert list(Activations()("encoded", x)) == [0.0, 0.5]
    assert list(Activations(output="identity")("output", x)) == [-1.0, 0.5]
    assert np.array_equal(Activations(activation="gelu")("activation", x), jax.nn.gelu(x))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 8))
def test_the_largest_of_every_frame_pass_and_the_rest_are_zero(seed, count):
    x = np.random.default_rng(seed).standard_normal((3, 8)).astype(np.float32)
    kept = np.asarray(keep_largest(jnp.asarray(x), count / 8))
    ranks = np.argsort(np.argsort(-x, axis=-1), axis=-1)
    assert np.array_equal(kept, np.where(ranks < count, x, 0))


@pytest.mark.long
@pytest.mark.parametrize(
    ("activations", "wire", "negative"),
    [
        (Activations(), "encoded", False),
        (Activations(encoded="identity"), "encoded", True),
        (Activations(), "layers.0.ssm.state_relu", False),
        (Activations(state="identity"), "layers.0.ssm.state_relu", True),
        (Activations(), "layers.0.output", False),
        (Activations(encoded="identity", output="identity"), "layers.0.output", True),
        (Activations(activation="gelu"), "layers.0.activation", True),
    ],
)
def test_a_folded_model_and_training_bend_alike_where_they_are_told_to(activations, wire, negative):
    model = dataclasses.replace(
        Network.create(0, features=BINS, outputs=BINS, width=1 / 16, layers=1), activations=activations
    )
    features = jnp.asarray(heard(1, 5, 2), jnp.float32) - 0.5
    seen = {}

    def tap(name, value):
        seen[name] = value
        return value

    trained, statistics = model.apply_normalised(features)
    assert np.allclose(model.fold(statistics).apply(features, tap=tap), trained, atol=1e-5)
    parts = seen[wire]
    real = parts[..., : parts.shape[-1] // 2] if wire.endswith("state_relu") else parts
    assert bool(jnp.any(real < 0)) == negative

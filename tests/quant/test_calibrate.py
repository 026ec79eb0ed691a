"""Calibration sees every wire, and of several batches the largest values."""

import numpy as np
import pytest

pytest.importorskip("jax")
import equinox as eqx
import jax
import jax.numpy as jnp

from linnet.nn.network import FoldedNetwork, Network
from linnet.quant.calibrate import calibrate

BINS = 5


@pytest.fixture(scope="module")
def model() -> FoldedNetwork:
    whole = Network.create(0, features=BINS, outputs=BINS, width=1 / 16, layers=1)
    return jax.jit(lambda: whole.fold(whole.initial_statistics()))()


def batches(*scales: float) -> list[jax.Array]:
    rng = np.random.default_rng(1)
    return [jnp.asarray(scale * np.abs(rng.standard_normal((6, 2, BINS))), jnp.float32) for scale in scales]


def test_ranges_are_the_largest_of_every_feature_of_every_wire_over_all_batches(model):
    heard = batches(1.0, 3.0, 0.5)
    ranges = calibrate(model, iter(heard))
    values: dict[str, list] = {}

    @jax.jit
    def wires(features):
        seen = {}

        def tap(name, value):
            seen[name] = value
            return value

        model.apply(features, tap=tap)
        return {name: value for name, value in seen.items() if value.ndim == 3}

    for features in heard:
        for name, value in wires(features).items():
            values.setdefault(name, []).append(np.abs(value).max((0, 1)))
    assert ranges.keys() == values.keys()
    for name, sizes in values.items():
        np.testing.assert_allclose(ranges[name], np.max(sizes, axis=0), rtol=1e-5, err_msg=name)
    assert not any(name.endswith("weight") for name in ranges)


def test_no_batch_is_refused(model):
    with pytest.raises(ValueError, match="no clips came"):
        calibrate(model, [])


def test_a_wire_that_is_not_finite_is_refused_by_name(model):
    broken = eqx.tree_at(lambda m: m.encoder.bias, model, model.encoder.bias.at[0].set(jnp.inf))
    with pytest.raises(ValueError, match="is not finite on the calibration clips"):
        calibrate(broken, batches(1.0))

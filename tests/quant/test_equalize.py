"""Equalization leaves every bit of the gains, brings features to one size, and so makes coarse rounding finer."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.denoiser import FoldedDenoiser
from linnet.quant.calibrate import calibrate
from linnet.quant.equalize import can_be_equalized, equalized
from linnet.quant.plan import make_plan
from linnet.quant.rounded import rounded_model, rounding
from linnet.quant.scheme import SCHEMES
from tests.compiler.small import bent, small

HIDDEN = 12  # features of the stream of the small model
LOUDNESS = 2.0 ** np.random.default_rng(0).integers(-5, 5, HIDDEN)


def with_stream(model: FoldedDenoiser, loudness: np.ndarray) -> FoldedDenoiser:
    """The same function, feature i of the stream so many times as loud: all of it written out by hand."""
    s = jnp.asarray(loudness, jnp.float32)
    layers = []
    for layer in model.layers:
        ssm = replace(layer.ssm, B=layer.ssm.B / s, C=(layer.ssm.C.T * s).T, D_bias=layer.ssm.D_bias * s)
        layers.append(replace(layer, ssm=ssm, gate=replace(layer.gate, weight=layer.gate.weight / s)))
    encoder = replace(model.encoder, weight=(model.encoder.weight.T * s).T, bias=model.encoder.bias * s)
    decoder = replace(model.decoder, weight=model.decoder.weight / s)
    return replace(model, encoder=encoder, layers=tuple(layers), decoder=decoder)


gains = jax.jit(lambda model: model.apply(small().features))


def column_sizes(model: FoldedDenoiser) -> np.ndarray:
    """Root mean square of what reads each feature, in rows of equal size."""
    read = [model.decoder.weight, *(w for layer in model.layers for w in (layer.ssm.B, layer.gate.weight))]
    rows = np.concatenate([np.asarray(w, np.float64) for w in read])
    rows /= np.sqrt(np.mean(rows**2, axis=1, keepdims=True))
    return np.sqrt(np.mean(rows**2, axis=0))


def error_of(model: FoldedDenoiser, scheme: str) -> float:
    """Root mean square of what the rounding changes of the gains."""
    plan = make_plan(calibrate(model, [small().features]), SCHEMES[scheme])
    twin, tap = rounded_model(model, plan), rounding(plan)
    rounded = np.asarray(jax.jit(lambda given: given.apply(small().features, tap=tap))(twin))
    return float(np.sqrt(np.mean((rounded - gains(model)) ** 2)))


@pytest.mark.parametrize("wires", [{}, {"state": "identity"}, {"encoded": "identity", "output": "identity"}])
def test_not_a_bit_of_the_gains_changes(wires):
    model = with_stream(bent(**wires), LOUDNESS)
    assert not np.array_equal(equalized(model).decoder.weight, model.decoder.weight)
    assert np.array_equal(gains(equalized(model)), gains(model))


def test_features_come_to_one_size_however_loud_they_were():
    quiet = with_stream(small().model, LOUDNESS)
    before, after = column_sizes(quiet), column_sizes(equalized(quiet))
    assert np.ptp(np.log2(before)) > 4
    assert np.ptp(np.log2(after)) < 1.5


@pytest.mark.parametrize("scheme", [pytest.param("W8A16", marks=pytest.mark.long), "W4A16"])
def test_rounding_costs_less_where_features_differed(scheme):
    quiet = with_stream(small().model, LOUDNESS)
    assert error_of(equalized(quiet), scheme) < 0.7 * error_of(quiet, scheme)


def test_pruned_weights_stay_zero_and_a_feature_that_nothing_reads_stays_as_it_is():
    deaf = np.where(np.arange(HIDDEN) == 2, 0.0, 1.0)
    model = small().model
    layers = tuple(
        replace(
            layer,
            ssm=replace(layer.ssm, B=layer.ssm.B * deaf),
            gate=replace(layer.gate, weight=layer.gate.weight * deaf),
        )
        for layer in model.layers
    )
    model = replace(model, layers=layers, decoder=replace(model.decoder, weight=model.decoder.weight * deaf))
    after = equalized(with_stream(model, LOUDNESS))
    assert not np.asarray(after.decoder.weight)[:, 2].any()
    assert np.array_equal(after.encoder.weight[2], LOUDNESS[2] * model.encoder.weight[2])


@pytest.mark.parametrize("wires", [{"activation": "gelu"}, {"top": 0.5}])
def test_a_model_that_louder_features_would_change_is_refused(wires):
    model = bent(**wires)
    assert not can_be_equalized(model)
    with pytest.raises(ValueError, match=r"would change, .*; quantize it without equalization"):
        equalized(model)

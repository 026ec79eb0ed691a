"""Equalization leaves every bit of the gains, brings features to one size, and so makes coarse rounding finer."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.nn.layers import Linear
from linnet.nn.network import FoldedNetwork
from linnet.nn.ssm import FoldedS5
from linnet.quant.calibrate import calibrate
from linnet.quant.equalize import can_be_equalized, equalized
from linnet.quant.plan import make_plan
from linnet.quant.rounded import rounded_model, rounding
from linnet.quant.scheme import SCHEMES
from tests.compiler.small import bent, small
from tests.kinds import as_a

HIDDEN = 12  # features of the stream of the small model
LOUDNESS = 2.0 ** np.random.default_rng(0).integers(-5, 5, HIDDEN)


def with_stream(model: FoldedNetwork, loudness: np.ndarray) -> FoldedNetwork:
    """The same function, feature i of the stream so many times as loud: all of it written out by hand."""
    s = jnp.asarray(loudness, jnp.float32)
    layers = []
    for layer in model.layers:
        ssm = as_a(FoldedS5, layer.ssm)
        ssm = replace(ssm, B=ssm.B / s, C=(ssm.C.T * s).T, D_bias=ssm.D_bias * s)
        layers.append(replace(layer, ssm=ssm, gate=replace(layer.gate, weight=layer.gate.weight / s)))
    encoder, decoder = as_a(Linear, model.encoder), as_a(Linear, model.decoder)
    encoder = replace(encoder, weight=(encoder.weight.T * s).T, bias=encoder.bias * s)
    decoder = replace(decoder, weight=decoder.weight / s)
    return replace(model, encoder=encoder, layers=tuple(layers), decoder=decoder)


def read_out(model: FoldedNetwork) -> jax.Array:
    return as_a(Linear, model.decoder).weight


gains = jax.jit(lambda model: model.apply(small().features))


def column_sizes(model: FoldedNetwork) -> np.ndarray:
    """Root mean square of what reads each feature, in rows of equal size."""
    read = [read_out(model)]
    for layer in model.layers:
        read += [as_a(FoldedS5, layer.ssm).B, layer.gate.weight]
    rows = np.concatenate([np.asarray(w, np.float64) for w in read])
    rows /= np.sqrt(np.mean(rows**2, axis=1, keepdims=True))
    return np.sqrt(np.mean(rows**2, axis=0))


def error_of(model: FoldedNetwork, scheme: str) -> float:
    """Root mean square of what the rounding changes of the gains."""
    plan = make_plan(calibrate(model, [jnp.asarray(small().features)]), SCHEMES[scheme])
    twin, tap = rounded_model(model, plan), rounding(plan)
    rounded = np.asarray(jax.jit(lambda given: given.apply(small().features, tap=tap))(twin))
    return float(np.sqrt(np.mean((rounded - gains(model)) ** 2)))


@pytest.mark.parametrize("wires", [{}, {"state": "identity"}, {"encoded": "identity", "output": "identity"}])
def test_not_a_bit_of_the_gains_changes(wires):
    model = with_stream(bent(**wires), LOUDNESS)
    assert not np.array_equal(read_out(equalized(model)), read_out(model))
    assert np.array_equal(gains(equalized(model)), gains(model))


def test_features_come_to_one_size_however_loud_they_were():
    quiet = with_stream(small().model, LOUDNESS)
    before, after = column_sizes(quiet), column_sizes(equalized(quiet))
    assert np.ptp(np.log2(before)) > 4
    assert np.ptp(np.log2(after)) < 1.5


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["W8A16", "W4A16"])
def test_rounding_costs_less_where_features_differed(scheme):
    quiet = with_stream(small().model, LOUDNESS)
    assert error_of(equalized(quiet), scheme) < 0.7 * error_of(quiet, scheme)


def test_pruned_weights_stay_zero_and_a_feature_that_nothing_reads_stays_as_it_is():
    deaf = np.where(np.arange(HIDDEN) == 2, 0.0, 1.0)
    model = small().model
    layers = tuple(
        replace(
            layer,
            ssm=replace(as_a(FoldedS5, layer.ssm), B=as_a(FoldedS5, layer.ssm).B * deaf),
            gate=replace(layer.gate, weight=layer.gate.weight * deaf),
        )
        for layer in model.layers
    )
    decoder = replace(as_a(Linear, model.decoder), weight=read_out(model) * deaf)
    model = replace(model, layers=layers, decoder=decoder)
    after = equalized(with_stream(model, LOUDNESS))
    assert not np.asarray(read_out(after))[:, 2].any()
    before, level = (as_a(Linear, each.encoder).weight[2] for each in (model, after))
    assert np.array_equal(level, LOUDNESS[2] * before)


@pytest.mark.parametrize("wires", [{"activation": "gelu"}, {"top": 0.5}])
def test_a_model_that_louder_features_would_change_is_refused(wires):
    model = bent(**wires)
    assert not can_be_equalized(model)
    with pytest.raises(ValueError, match=r"would change, .*; quantize it without equalization"):
        equalized(model)

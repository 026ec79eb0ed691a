"""Pruning keeps the share that was asked for, of every row, and what its rule says matters."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.foreign import pruning
from linnet.foreign.description import describe
from linnet.foreign.network import Block, Dense, Network
from linnet.foreign.pruning import magnitude, prune, wanda
from linnet.foreign.reference import run
from tests.foreign import made


def whole() -> Network:
    return describe(made.ENDS + made.LRU, made.named(made.tensors()))


@pytest.mark.parametrize("rule", [magnitude, wanda])
@pytest.mark.parametrize("density", [0.1, 0.5, 1.0])
def test_every_row_keeps_its_share(rule: object, density: float) -> None:
    pruned = prune(whole(), made.shown(), density=density, rule=rule)  # type: ignore[arg-type]
    for step in pruned.steps():
        for matrix in step.matrices().values():
            expected = int(np.ceil(density * matrix.shape[1]))
            assert np.all(np.count_nonzero(matrix, axis=1) == expected)


def test_wanda_keeps_small_weights_of_large_inputs_and_magnitude_does_not() -> None:
    step = Dense("encoder", np.array([[1.0, 0.5]]), np.zeros(1))
    network = Network(2, (Block("encoder", (step,)),))
    inputs = np.zeros((1, 4, 2))
    inputs[0, :, 0], inputs[0, :, 1] = [1, -1, 1, -1], [9, 9, -9, -9]  # independent: nothing is taken over
    for rule, expected in ((magnitude, [1.0, 0.0]), (wanda, [0.0, 0.5])):
        (pruned,) = prune(network, inputs, density=0.5, rule=rule).steps()
        assert isinstance(pruned, Dense)
        assert pruned.weight[0].tolist() == expected


@pytest.mark.parametrize("damping", [0.01, 0.0])
def test_weights_that_stay_take_over_what_the_others_gave(
    damping: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "DAMPING", damping)
    step = Dense("encoder", np.array([[1.0, 0.5]]), np.array([3.0]))
    inputs = np.array([[[5.0, 2.0], [7.0, 4.0]]])  # both have variance 1, and move together
    (pruned,) = prune(Network(2, (Block("encoder", (step,)),)), inputs, density=0.5, rule=magnitude).steps()
    assert isinstance(pruned, Dense)
    grown = 1.0 + 0.5 / (1 + damping)
    np.testing.assert_allclose(pruned.weight, [[grown, 0.0]], rtol=1e-12)
    np.testing.assert_allclose(pruned.bias, [3.0 + (1 - grown) * 6.0 + 0.5 * 3.0], rtol=1e-12)


def test_what_is_kept_stays_whole_and_zeros_stay_zero() -> None:
    network = whole()
    pruned = prune(network, made.shown(), density=0.25, rule=wanda, keep=("layers.0.*", "*.recurrence.C"))
    for before, after in zip(network.steps(), pruned.steps(), strict=True):
        for name, matrix in before.matrices().items():
            stays = before.name.startswith("layers.0.") or name == "C"
            assert np.array_equal(after.matrices()[name], matrix) == stays
    again = prune(pruned, made.shown(), density=1.0, rule=wanda)
    for before, after in zip(pruned.steps(), again.steps(), strict=True):
        for name, matrix in before.matrices().items():
            assert np.array_equal(after.matrices()[name], matrix)


def test_the_same_weights_kept_matter_less_when_they_are_many() -> None:
    inputs, network = made.shown(), whole()
    truth = run(network, inputs)
    found = [
        made.decibels(truth, run(prune(network, inputs, density=d, rule=wanda), inputs))
        for d in (0.3, 0.6, 0.9)
    ]
    assert found == sorted(found)


def test_a_density_that_is_none_and_a_pattern_that_fits_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="density=0 is no share"):
        prune(whole(), made.shown(), density=0, rule=wanda)
    with pytest.raises(ValueError, match=r"head\.\* names no matrix.*encoder\.weight"):
        prune(whole(), made.shown(), density=0.5, rule=wanda, keep=("head.*",))

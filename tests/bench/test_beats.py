"""How heartbeats are judged: figures counted by hand, and whole recordings through the engine."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.bench.beats import beat_us, by_engine, confusion, figures, judged
from linnet.ir import Program, program_to_bytes, quantize_features, run_codes
from linnet.runtime import Model
from linnet.tasks.ecg.beats import FEATURES
from linnet.tasks.ecg.records import CLASSES, NONE, Record
from tests.ir.programs import random_program

COUNTS = np.array([[90, 5, 5, 0], [6, 4, 0, 0], [2, 0, 8, 0], [0, 0, 0, 0]])


def beats_program() -> Program:
    """A network of heartbeats whose answers mean nothing."""
    return random_program(5, bins=17, phase_bins=1, outputs=len(CLASSES))


def record(labels: list[int]) -> Record:
    shown = np.random.default_rng(0).normal(0, 1, (len(labels), FEATURES)).astype(np.float32)
    return Record("one", shown, np.array(labels, np.int32))


def test_figures_are_those_counted_by_hand() -> None:
    found = figures(COUNTS)
    assert found["beats"] == 120
    assert found["accuracy"] == pytest.approx(102 / 120)
    assert found["sensitivity"]["S"] == pytest.approx(0.4)
    assert found["predictive_value"]["S"] == pytest.approx(4 / 9)
    assert found["f1"]["V"] == pytest.approx(2 * 8 / (10 + 13))
    by_class = [2 * 90 / (100 + 98), 2 * 4 / (10 + 9), 2 * 8 / (10 + 13)]
    assert found["macro_f1"] == pytest.approx(np.mean(by_class))


def test_a_class_that_is_neither_there_nor_told_has_no_figures() -> None:
    found = figures(COUNTS)
    assert found["sensitivity"]["F"] is found["predictive_value"]["F"] is found["f1"]["F"] is None
    assert found["macro_f1_of_all"] == pytest.approx(found["macro_f1"])


def test_beats_of_other_classes_are_shown_and_not_counted() -> None:
    lengths = []

    def always_v(shown: np.ndarray) -> np.ndarray:
        lengths.append(len(shown))
        return np.tile(np.array([0.1, 0.2, 0.9, 0.3], np.float32), (len(shown), 1))

    counts = confusion(always_v, record([0, 1, NONE, 2, 2]))
    assert lengths == [5]
    assert counts[:, 2].tolist() == [1, 1, 2, 0]
    assert counts.sum() == 4


def test_recordings_are_streams_of_their_own_and_add_up() -> None:
    seen = record([0, 1, 2, 3, 0, 0])
    program = beats_program()
    model = Model(program_to_bytes(program))
    outputs = by_engine(model)
    codes = run_codes(program, quantize_features(program, seen.shown))
    assert np.array_equal(outputs(seen.shown), codes.astype(np.float32) / 32768)
    found = judged(outputs, [seen, seen._replace(name="two")])
    assert found["records"]["one"] == found["records"]["two"]
    assert np.array_equal(found["counts"], 2 * np.array(found["records"]["one"]))
    assert beat_us(model, seen, rounds=1) > 0

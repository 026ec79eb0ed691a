"""The integer sigmoid: its error over every input, its shape, and its C twin."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from linnet.numerics import SIGMOID_EXPONENT, SIGMOID_MAX_ERROR, SIGMOID_ONE, SIGMOID_TABLE, sigmoid15
from linnet.numerics.write_tables import main, tables_header

EVERY_CODE = np.arange(-32768, 32768)
HEADER = Path(__file__).parents[2] / "engine" / "src" / "number" / "tables.h"


def test_the_stated_error_holds_for_every_input() -> None:
    truth = 1.0 / (1.0 + np.exp(-EVERY_CODE / 2.0**SIGMOID_EXPONENT))
    assert np.abs(sigmoid15(EVERY_CODE) / SIGMOID_ONE - truth).max() <= SIGMOID_MAX_ERROR


def test_it_never_decreases_and_stays_within_0_and_1() -> None:
    values = sigmoid15(EVERY_CODE)
    assert np.all(np.diff(values) >= 0)
    assert (values[0], values[-1]) == (0, SIGMOID_ONE)


def test_it_is_half_at_zero() -> None:
    assert int(sigmoid15(0)) == SIGMOID_ONE // 2


def test_between_two_points_of_the_table_it_is_the_rounded_chord() -> None:
    for code in range(-32768, 32768, 371):
        segment, part = divmod(code + 32768, 128)
        low, high = int(SIGMOID_TABLE[segment]), int(SIGMOID_TABLE[segment + 1])
        chord = low + Fraction((high - low) * part, 128)
        assert int(sigmoid15(code)) == math.floor(chord + Fraction(1, 2))


def test_no_point_of_the_table_hangs_on_the_last_digit_of_exp() -> None:
    """Any mathematics library gives this table: no point lies within 1e-6 of a rounding tie."""
    z = (np.arange(513) * 128 - 32768) / 2.0**SIGMOID_EXPONENT
    distance = np.abs((SIGMOID_ONE / (1.0 + np.exp(-z))) % 1.0 - 0.5)
    assert distance.min() > 1e-6


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SIGMOID_TABLE[0] = 1


def test_the_c_header_is_up_to_date() -> None:
    assert HEADER.read_text(encoding="utf-8") == tables_header()


def test_the_writer_writes_the_header(tmp_path: Path) -> None:
    assert main([str(tmp_path / "tables.h")]) == 0
    assert (tmp_path / "tables.h").read_text(encoding="utf-8") == tables_header()
    assert main([]) == 2

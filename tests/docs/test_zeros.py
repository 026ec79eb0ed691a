"""The pictures of explain/zeros.md are what docs/zeros.py draws, and its steps multiply every nonzero once."""

from __future__ import annotations

from itertools import pairwise
from runpy import run_path

import pytest

from tests.source_tree import ROOT

DRAWN = run_path(str(ROOT / "docs" / "zeros.py"))


@pytest.mark.parametrize("name", sorted(DRAWN["PICTURES"]))
def test_a_picture_is_what_the_script_draws(name: str) -> None:
    path = ROOT / "docs" / "images" / f"zeros_{name}.svg"
    assert path.read_text("utf-8") == DRAWN["PICTURES"][name](), "run python docs/zeros.py"


@pytest.mark.parametrize("slides", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_every_nonzero_is_in_one_step_and_in_its_window(seed: int, slides: bool) -> None:
    rows = DRAWN["mask"](seed)
    found = DRAWN["steps"](rows, slides=slides)
    places = [place for _, taken in found for place in taken]
    assert sorted(places) == [(r, c) for r, row in enumerate(rows) for c in row]
    assert all(first <= c < first + DRAWN["WINDOW"] for first, taken in found for _, c in taken)
    for _, taken in found:
        assert max(sum(r == row for r, _ in taken) for row in range(DRAWN["ROWS"])) <= DRAWN["EACH"]
    assert all(a <= b for (a, _), (b, _) in pairwise(found))

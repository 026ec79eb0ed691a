"""The log of a run: cut back to where a run is resumed, whole after a kill, drawn as a picture."""

import json

import pytest

pytest.importorskip("jax")

from linnet.tasks.denoise.task import Denoise
from linnet.train.journal import Journal, draw_curves, read_journal


def test_entries_come_back_in_order(tmp_path):
    journal = Journal(tmp_path / "log.jsonl", 0)
    journal.write(1, loss=2.0)
    journal.write(2, loss=1.0, seconds=3)
    assert read_journal(tmp_path / "log.jsonl") == [
        {"update": 1, "loss": 2.0},
        {"update": 2, "loss": 1.0, "seconds": 3},
    ]


def test_resuming_drops_what_was_written_after_the_checkpoint(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"update": u}) + "\n" for u in (0, 10, 20, 21, 30)))
    Journal(path, 20).write(22, loss=0.5)
    assert [entry["update"] for entry in read_journal(path)] == [0, 10, 20, 22]


def test_a_last_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"update": 1}\n{"update": 2, "lo')
    assert read_journal(path) == [{"update": 1}]


def test_without_a_file_there_are_no_entries(tmp_path):
    assert read_journal(tmp_path / "none") == []


def test_the_curves_are_a_picture_also_of_an_empty_log(tmp_path):
    pytest.importorskip("matplotlib")
    draw_curves(tmp_path / "none", tmp_path / "empty.png", "empty", Denoise.measure)
    journal = Journal(tmp_path / "log.jsonl", 0)
    journal.write(0, noisy_si_snr_db=5.0)
    journal.write(1, loss=2.0)
    journal.write(1, si_snr_db=6.0)
    draw_curves(tmp_path / "log.jsonl", tmp_path / "curves.png", r"$\frac{ \x1b 5$", Denoise.measure)
    for name in ("empty.png", "curves.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")

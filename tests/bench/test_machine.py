"""What a figure was measured on, and the caches it found."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from linnet.bench.caches import LEAST_BYTES, MOST_BYTES, evict, evicting_bytes, parsed_bytes
from linnet.bench.machine import commit, machine, one_core, processor


def test_the_machine_is_described_in_json() -> None:
    described = machine()
    assert json.loads(json.dumps(described)) == described
    assert described["instruction_sets"][-1] == "scalar"


def test_a_processor_is_named_with_family_and_model(tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("cpu family\t: 26\nmodel\t\t: 2\nmodel name\t: A B\n\nmodel name\t: other\n", "ascii")
    assert processor(path) == "A B (family 26, model 2)"
    assert processor(tmp_path / "nothing")


def test_outside_a_checkout_there_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no process")
def test_one_core_is_kept_and_given_back() -> None:
    before = os.sched_getaffinity(0)
    with one_core() as core:
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before


def test_twice_the_largest_cache_is_read_within_bounds(tmp_path: Path) -> None:
    assert evicting_bytes(tmp_path) == LEAST_BYTES
    for place, size in (("index0", "48K"), ("index3", "96M")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "size").write_text(f"{size}\n", "ascii")
    assert evicting_bytes(tmp_path) == 192 << 20
    (tmp_path / "index3" / "size").write_text("2G\n", "ascii")
    assert evicting_bytes(tmp_path) == MOST_BYTES
    assert [parsed_bytes(text) for text in ("512", "48K", "1M\n")] == [512, 49152, 1 << 20]


def test_evicting_reads_every_line_once() -> None:
    assert evict(1 << 20) == (1 << 20) // 64

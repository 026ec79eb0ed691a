"""Trials side by side: the same bits as one after the other, whatever is killed. Two workers on this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("ray", reason="Ray is not installed (pip install ray)")

from linnet.audio.held import Shelf
from linnet.study.cluster import cluster_at, cores_here, run_there
from linnet.study.driver import recordings_of, run_here
from linnet.study.ledger import Ledger
from linnet.study.settings import Measures, StudyError
from linnet.study.space import Trial, fingerprint_of, read_study, trials_of
from tests.source_tree import ROOT
from tests.study.test_driver import write_study
from tests.train.small import write_recordings

pytestmark = pytest.mark.filterwarnings("default")  # Ray's own
PATIENCE_SECONDS = 400.0


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere", "is no HOST:PORT, so no cluster can be found there; give"),
        ("127.0.0.1:many", "is no HOST:PORT"),
        ("127.0.0.1:99999", "nobody answers at 127.0.0.1:99999"),
    ],
)
def test_an_address_that_can_be_none_is_refused(address: str, message: str) -> None:
    with pytest.raises(StudyError, match=message), cluster_at(address):
        pass


def test_an_address_that_nobody_answers_is_refused_at_once() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # bound, but it does not listen
        address = f"127.0.0.1:{unheard.getsockname()[1]}"
        with (
            pytest.raises(StudyError, match="so there is no cluster to join; start one"),
            cluster_at(address),
        ):
            pass


class Whole:
    """A study of two seeds, done one after the other in this process."""

    def __init__(self, folder: Path) -> None:
        self.data = write_recordings(folder / "recordings")
        self.path = write_study(folder, seeds="[1, 2]")
        self.trials: list[Trial] = trials_of(read_study(self.path), fingerprint_of(self.data))
        self.ledger = Ledger(folder / "one-by-one")
        run_here(self.trials, self.data, self.ledger, Measures(), lambda event: None)

    def command(self, out: Path, *words: str) -> list[str]:
        study = ["study", "run", str(self.path), "--data", str(self.data), "--out", str(out)]
        return [sys.executable, "-m", "linnet", *study, *words]

    def require_equal(self, out: Path) -> None:
        from safetensors.numpy import load_file

        for trial in self.trials:
            here, there = self.ledger.result(trial.key), Ledger(out).result(trial.key)
            assert here is not None
            assert there is not None
            for part in ("by_clip", "scores", "accounting", "nonzeros"):
                assert here[part] == there[part]
            runs = (self.ledger.place(trial.key) / "run", Ledger(out).place(trial.key) / "run")
            one, other = (load_file(run / "checkpoint.safetensors") for run in runs)
            assert one.keys() == other.keys()
            for name in one:
                np.testing.assert_array_equal(one[name], other[name], strict=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        yield made
    finally:
        made.shutdown()


def wait_for(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def checkpoints(out: Path) -> list[Path]:
    return list(out.glob("trials/*/run/checkpoint.safetensors"))


def starts_of(out: Path, trial: Trial) -> list[int]:
    """The updates at which a trial's training began or went on."""
    log = (Ledger(out).place(trial.key) / "run" / "log.jsonl").read_text().splitlines()
    return [entry["update"] for entry in map(json.loads, log) if "device" in entry]


@pytest.mark.long
def test_workers_on_this_machine_have_the_priority_of_the_command() -> None:
    import ray

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    with cores_here(1):
        assert ray.get(ray.remote(priority).remote()) == priority()


@pytest.mark.long
def test_the_workers_of_a_machine_share_one_copy_of_the_recordings(whole: Whole, cluster: Any) -> None:
    import ray

    def place(shelf: Shelf) -> tuple[int, list[str]]:
        """The process, and which pages of which memory hold the samples: for another process, the same ones."""
        time.sleep(2)  # so that both calls run at once
        codes = next(kept.speech[0].codes for kept in shelf.values() if kept.speech)
        at = codes.__array_interface__["data"][0]
        for line in Path("/proc/self/maps").read_text().splitlines():
            begin, end = (int(each, 16) for each in line.split()[0].split("-"))
            if begin <= at < end:
                return os.getpid(), [hex(at - begin), *line.split()[2:]]
        raise AssertionError("the samples are in no mapping")

    cluster.add_node(num_cpus=2, resources={"here": 2})
    with cluster_at(cluster.address):
        shelf = ray.put(recordings_of(whole.trials, whole.data))
        look = ray.remote(num_cpus=1, resources={"here": 1})(place)
        (one, first), (other, second) = ray.get([look.remote(shelf), look.remote(shelf)])
    assert one != other
    assert first == second
    assert "/dev/shm" in first[-1] or "plasma" in first[-1] or "(deleted)" in first[-1], "not shared memory"


@pytest.mark.long
def test_a_machine_that_does_not_answer_in_time_is_not_said_to_lack_linnet(
    whole: Whole, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linnet.study.cluster.PATIENCE_SECONDS", 0.0)
    with (
        cluster_at(cluster.address),
        pytest.raises(StudyError, match=r"not all of the 1 machines .* answered within 0 s.*ray status"),
    ):
        run_there(whole.trials, whole.data, Ledger(tmp_path), Measures(), lambda event: None)


@pytest.mark.long
def test_a_trial_whose_machine_is_killed_goes_on_elsewhere_and_ends_the_same(
    whole: Whole, cluster: Any, tmp_path: Path
) -> None:
    second = cluster.add_node(num_cpus=1)
    out = tmp_path / "out"
    words = whole.command(out, "--address", cluster.address)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: len(checkpoints(out)) == 2, process)
        cluster.remove_node(second, allow_graceful=False)
        told, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert told.splitlines() == ["seeds: 2 trials, 0 done"], "what Ray prints belongs into its log"
    assert "(raylet)" in (out / "ray.log").read_text()
    assert said.count("lost   ") == 1
    assert said.count("done   ") == 2
    starts = sorted(starts_of(out, trial) for trial in whole.trials)
    assert [len(each) for each in starts] in ([1, 2], [2, 1]), "one was to go on, the other to stay"
    assert max(max(each) for each in starts) > 0, "it was to go on, not to begin anew"
    whole.require_equal(out)


@pytest.mark.long
def test_a_study_whose_head_is_killed_goes_on_here_and_ends_the_same(
    whole: Whole, cluster: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = whole.command(out, "--address", cluster.address)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: len(checkpoints(out)) == 1, process)
        cluster.remove_node(cluster.head_node, allow_graceful=False)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode != 0, said
    again = subprocess.run(whole.command(out, "--jobs", "1"), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert max(max(starts_of(out, trial)) for trial in whole.trials) > 0, "it was to go on, not to begin anew"
    whole.require_equal(out)


@pytest.mark.long
def test_a_study_killed_whole_goes_on_side_by_side_and_ends_the_same(whole: Whole, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = whole.command(out, "--jobs", "2")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: len(checkpoints(out)) == 2, process)
        os.kill(process.pid, signal.SIGKILL)
    again = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("done   ") == 2
    for trial in whole.trials:
        assert max(starts_of(out, trial)) > 0, "it was to go on, not to begin anew"
    whole.require_equal(out)


@pytest.mark.long
def test_ray_has_the_options_that_the_page_gives_it() -> None:
    lines = [line.split(" #")[0].split() for line in (ROOT / "docs/learn/study.md").read_text().splitlines()]
    given = {
        word for words in lines if words[:2] == ["ray", "start"] for word in words if word.startswith("--")
    }
    done = subprocess.run(
        [sys.executable, "-m", "ray.scripts.scripts", "start", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert given == {"--head", "--port", "--address"}
    assert all(option in done.stdout for option in given)

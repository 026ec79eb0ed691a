"""The same run on one device, on several, and in several processes; a batch that cannot be shared is refused."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")
import jax

from linnet.tasks.contract import Share
from linnet.tasks.denoise.mixtures import Batch
from linnet.train.distributed import Devices, DistributionError, Processes, join
from linnet.train.journal import read_journal
from linnet.train.runs import Run
from tests.train.small import SMALL

FOUR = SMALL.replace('name = "small"', 'name = "shared"').replace("batch = 2", "batch = 4")

SAME_GRADIENT = """
import dataclasses, sys
import jax, numpy as np
from jax.sharding import Mesh
from linnet.tasks.denoise.mixtures import Batch
from linnet.train.distributed import AXIS, CUT, WHOLE, Devices, average
from linnet.train.recipe import parse_recipe
from linnet.train.step import initial_state, learn_in_parts
jax.config.update("jax_enable_x64", True)
recipe = parse_recipe(open(sys.argv[1]).read())
rng = np.random.default_rng(0)
noisy, clean = rng.standard_normal((2, 4, 1600))
model = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), initial_state(recipe).model)
def gradient(devices):
    assert devices.count == len(devices.mesh.devices)
    def learned(model, batch):
        return jax.tree.map(average, learn_in_parts(recipe, model, batch))
    return jax.jit(devices.split(learned, (WHOLE, CUT), WHOLE))(model, Batch(noisy, clean))
whole = gradient(Devices(Mesh(np.array(jax.devices()[:1]), (AXIS,))))
shared = gradient(Devices.all())
assert Devices.all().count == 4
for one, other in zip(jax.tree.leaves(whole), jax.tree.leaves(shared), strict=True):
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-8 * np.abs(one).max() + 1e-12)
print("equal")
"""


def environment(devices: int) -> dict[str, str]:
    return os.environ | {
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_COMPILATION_CACHE": "false",  # each process compiles, as a user's does
    }


def python(*words: str, devices: int, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *words],
        env=environment(devices),
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def losses(folder: Path) -> list[float]:
    return [entry["loss"] for entry in read_journal(Run(folder).log) if "loss" in entry]


def scores(folder: Path) -> list[float]:
    return [entry["si_snr_db"] for entry in read_journal(Run(folder).log) if "si_snr_db" in entry]


@pytest.fixture(scope="module")
def shared_recipe(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "shared.toml"
    path.write_text(FOUR)
    return path


@pytest.fixture(scope="module")
def alone(shared_recipe, recordings, tmp_path_factory) -> Path:
    """A run on one device, in a process of its own."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    done = python(
        "-m",
        "linnet.apps.cli",
        "train",
        str(shared_recipe),
        "--data",
        str(recordings),
        "--out",
        str(folder),
        devices=1,
    )
    assert done.returncode == 0, done.stderr
    return folder


def assert_same_course(one: Path, other: Path) -> None:
    """Sums in another order: rounding differs by 2^-24 a step, and a dozen updates of Adam make little of it."""
    np.testing.assert_allclose(losses(one), losses(other), rtol=0, atol=0.02)
    np.testing.assert_allclose(scores(one), scores(other), rtol=0, atol=0.02)


def started_together(recipe: Path, recordings: Path, runs: list[Path], *more: str) -> list[subprocess.Popen]:
    """Two processes of one training, each with its own idea of where the run is."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        where = f"localhost:{free.getsockname()[1]}"
    start = sys.executable, "-m", "linnet.apps.cli", "train", str(recipe), "--data", str(recordings)
    met = "--processes", "2", "--coordinator", where
    return [
        subprocess.Popen(
            [*start, "--out", str(run), *met, "--process", str(i), *more],
            env=environment(1),
            stderr=subprocess.PIPE,
            text=True,
        )
        for i, run in enumerate(runs)
    ]


@pytest.mark.long
def test_four_devices_learn_what_one_learns(shared_recipe):
    done = python("-c", SAME_GRADIENT, str(shared_recipe), devices=4)
    assert done.stdout == "equal\n", done.stderr


@pytest.mark.long
def test_a_run_killed_on_four_devices_goes_on_on_two(shared_recipe, recordings, alone, tmp_path):
    from tests.train.test_loop import KILLED_RUN

    words = str(shared_recipe), str(recordings), str(tmp_path / "run")
    killed = python("-c", KILLED_RUN, *words, devices=4)
    assert killed.returncode == -9, killed.stderr
    assert Run(tmp_path / "run").checkpoint.exists()
    command = "train", words[0], "--data", words[1], "--out", words[2], "--resume"
    resumed = python("-m", "linnet.apps.cli", *command, devices=2)
    assert resumed.returncode == 0, resumed.stderr
    entries = read_journal(Run(tmp_path / "run").log)
    assert [entry["device"][0] for entry in entries if "device" in entry] == ["4", "2"]
    np.testing.assert_allclose(scores(tmp_path / "run"), scores(alone), rtol=0, atol=0.02)


@pytest.mark.long
def test_two_processes_train_together_and_one_of_them_writes(shared_recipe, recordings, alone, tmp_path):
    both = started_together(shared_recipe, recordings, [tmp_path / "run"] * 2)
    said = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert "best validation SI-SNR" in said[0]
    assert "best validation SI-SNR" not in said[1]
    assert_same_course(tmp_path / "run", alone)
    lines = Run(tmp_path / "run").log.read_text().splitlines()
    assert sum("device" in json.loads(line) for line in lines) == 1


def test_a_batch_that_devices_cannot_share_is_refused():
    devices = Devices.all()
    with pytest.raises(
        DistributionError, match=r"a batch of 6 clips cannot be shared evenly by 1 devices in 4 parts"
    ):
        devices.require_shares("a batch", 6, 4)


@pytest.mark.parametrize(
    ("processes", "message"),
    [
        (Processes("localhost:1", 2, 2), "--process 2 is none of --processes 2"),
        (Processes("localhost:1", 0, None), "--process None is none of --processes 0"),
        (Processes("localhost", 2, 0), "--coordinator localhost names no port"),
        (Processes(None, 2, 1), "--process 1 came with --coordinator None; give both"),
        (Processes("localhost:1", 2, None), "--process None came with --coordinator localhost:1; give both"),
    ],
)
def test_processes_that_cannot_meet_are_refused_at_the_door(processes, message):
    with pytest.raises(DistributionError, match=message):
        join(processes)


@pytest.mark.long
def test_what_one_process_refuses_all_refuse(shared_recipe, recordings, tmp_path):
    """Process 1 sees no run to resume, as with a RUN that is not shared: neither waits for the other."""
    run = tmp_path / "run"
    run.mkdir()
    Run(run).recipe.write_text(FOUR)
    both = started_together(shared_recipe, recordings, [run, tmp_path / "elsewhere"], "--resume")
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [2, 2], said
    assert "another process could not start, so this one ends" in said[0]
    assert "holds no run, so there is nothing to resume" in said[1]


def test_one_process_needs_nobody():
    join(Processes())
    assert jax.process_count() == 1


def test_a_batch_lies_on_the_devices_as_it_was_read():
    batch = Batch(np.ones((2, 5), np.float32), np.zeros((2, 5), np.float32))
    placed = Devices.all().place(batch)
    assert np.array_equal(placed.noisy, batch.noisy)
    assert np.array_equal(placed.clean, batch.clean)


COPIED = """
import jax
import jax.numpy as jnp
from linnet.train.distributed import WHOLE, Devices
devices, tree = Devices.all(), {"a": jnp.arange(3.0)}
give_away = jax.jit(lambda t: jax.tree.map(lambda x: x + 1, t), donate_argnums=0)
given = devices.copy(tree)
give_away(given)
assert given["a"].is_deleted()
assert list(tree["a"]) == [0, 1, 2]
print(devices.count)
"""


@pytest.mark.long
@pytest.mark.parametrize("devices", [1, 2])
def test_a_copy_that_is_given_away_leaves_the_original(devices):
    done = python("-c", COPIED, devices=devices)
    assert done.stdout == f"{devices}\n", done.stderr


def test_the_shares_of_all_processes_are_the_batch_and_no_row_is_read_twice():
    rows = [list(Share(process, 3).rows(12)) for process in range(3)]
    assert sum(rows, []) == list(range(12))  # noqa: RUF017 - three short lists
    with pytest.raises(ValueError, match="a batch of 10 clips cannot be shared evenly by 3 processes"):
        Share(0, 3).rows(10)

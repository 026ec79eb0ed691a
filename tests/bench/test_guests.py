"""Guests in processes of their own: checked, timed, missing, broken; a stand-in plays the one that is not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from linnet.bench.guests import GUESTS, RUNTIMES, GuestFailed, GuestMissing, GuestProcess
from linnet.bench.network import Network, gains, save
from linnet.bench.random_network import Shape, noisy_sound, random_network, sound_features

FRAMES = sound_features(noisy_sound(3, 8))[:8]
NUMPY = next(guest for guest in GUESTS if guest.runtime == "numpy")
STAND_IN = next(guest for guest in GUESTS if guest.runtime == "openvino")


@pytest.fixture(scope="module")
def network() -> Network:
    return random_network(5, Shape(width=0.125), FRAMES)


@pytest.fixture(scope="module")
def file(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "network.npz"
    save(network, FRAMES, path)
    return path


def play(monkeypatch: pytest.MonkeyPatch, folder: Path, program: str) -> None:
    """Put a library `openvino` with this program before any real one."""
    (folder / "openvino.py").write_text(program, "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


@pytest.mark.parametrize("runtime", ["numpy", "scipy"])
def test_a_guest_answers_as_the_network_means_and_is_timed(
    file: Path, network: Network, runtime: str
) -> None:
    process = GuestProcess(next(guest for guest in GUESTS if guest.runtime == runtime), file)
    try:
        assert process.check(gains(network, FRAMES)) < 1e-3
        assert runtime in process.versions
        assert 0 < process.hot(3) < 10
        assert 0 < process.cold(1 << 20) < 10
    finally:
        process.close()


def test_a_guest_that_computes_something_else_is_an_error_not_a_row(file: Path, network: Network) -> None:
    process = GuestProcess(NUMPY, file)
    try:
        with pytest.raises(GuestFailed, match="computes something else and was not timed"):
            process.check(gains(network, FRAMES)[::-1])
        with pytest.raises(GuestFailed, match="off by inf"):
            process.check(gains(network, FRAMES)[:4])
    finally:
        process.close()


def test_a_guest_that_is_not_installed_is_missing_by_name(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, tmp_path, "raise ModuleNotFoundError('not here', name='openvino')")
    with pytest.raises(GuestMissing, match="openvino"):
        GuestProcess(STAND_IN, file)


def test_a_guest_that_breaks_says_why(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, tmp_path, "print('chatter'); raise RuntimeError('no such processor')")
    with pytest.raises(GuestFailed, match="RuntimeError: no such processor"):
        GuestProcess(STAND_IN, file)


def test_a_guest_that_dies_is_noticed(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, tmp_path, "import os; os._exit(3)")
    with pytest.raises(GuestFailed, match="ended by itself"):
        GuestProcess(STAND_IN, file)


def test_a_guest_that_dies_later_is_noticed_too(file: Path) -> None:
    process = GuestProcess(NUMPY, file)
    process._process.kill()
    process._process.wait()
    with pytest.raises(GuestFailed, match="ended by itself"):
        process.hot(1)
    process.close()


def test_guests_have_names_of_their_own_and_a_module_each() -> None:
    assert len({guest.name for guest in GUESTS}) == len(GUESTS)
    assert set(RUNTIMES) == {"numpy", "jax", "torch", "onnxruntime", "openvino", "litert", "scipy"}
    peers = Path(__file__).parents[2] / "src/linnet/bench/peers"
    assert all((peers / f"{guest.module}.py").is_file() for guest in GUESTS)
    assert all(guest.error_limit < 1 for guest in GUESTS)

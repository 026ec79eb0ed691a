"""`linnet denoise` in a pipe: the bits of the file, while they come, beside sox and ffmpeg, and every way to end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from linnet.apps.desk.models import choose
from linnet.apps.desk.piping import PIPE, Raw, clean_through
from linnet.audio.files import write_audio
from tests.apps.conftest import Command
from tests.conftest import tone

DENOISE = [sys.executable, "-m", "linnet", "denoise"]


def through(data: bytes, model: Path, *options: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*DENOISE, *map(str, options), "--model", str(model)], input=data, capture_output=True, check=False
    )


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    path = tmp_path / "stereo.wav"
    write_audio(path, tone(0.6, 22050, 2), 22050, encoding="PCM_24")
    return path


def samples_of(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="int32", always_2d=True)[0]


@pytest.mark.long
def test_a_pipe_gives_the_bits_of_the_file(
    linnet: Command, model: Path, stereo: Path, tmp_path: Path
) -> None:
    assert linnet("denoise", stereo, "-o", tmp_path / "file.wav", "--model", model).code == 0
    wanted = samples_of(tmp_path / "file.wav")
    done = through(stereo.read_bytes(), model, "-", "-o", "-", "--json", tmp_path / "report.json")
    assert done.returncode == 0, done.stderr
    (tmp_path / "pipe.wav").write_bytes(done.stdout)
    assert np.array_equal(samples_of(tmp_path / "pipe.wav"), wanted)
    assert b"written: standard output" in done.stderr
    report = json.loads((tmp_path / "report.json").read_text())["recordings"][0]
    assert (report["source"], report["target"], report["seconds"]) == ("-", "-", len(wanted) / 22050)

    raw = samples_of(stereo).astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    form = ("--raw-rate", "22050", "--raw-channels", "2", "--raw-format", "s24le")
    done = through(raw, model, "-", "-o", "-", *form)
    assert done.returncode == 0, done.stderr
    assert done.stdout == wanted.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


@pytest.mark.long
def test_a_pipe_may_end_or_begin_in_a_file(model: Path, stereo: Path, tmp_path: Path) -> None:
    done = through(stereo.read_bytes(), model, "-", "-o", tmp_path / "to.wav")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "from.wav").open("wb") as file:  # a file as standard output gets its length
        words = [*DENOISE, str(stereo), "-o", "-", "--model", str(model)]
        subprocess.run(words, stdout=file, stderr=subprocess.DEVNULL, check=True)
    assert np.array_equal(samples_of(tmp_path / "to.wav"), samples_of(tmp_path / "from.wav"))
    data = (tmp_path / "from.wav").read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8


@pytest.mark.long
def test_sound_comes_out_before_all_has_gone_in_and_ctrl_c_ends_it_whole(model: Path) -> None:
    sound = np.round(tone(1.0, 16000)[:, 0] * 3000).astype("<i2").tobytes()
    words = [*DENOISE, "-", "-o", "-", "--raw-rate", "16000", "--model", str(model)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write(sound)
        running.stdin.flush()
        early = running.stdout.read(2 * 15000)  # all but what the window holds back
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
        assert running.wait() == 130
        assert b"Traceback" not in running.stderr.read()
    assert early + rest == through(sound, model, "-", "-o", "-", "--raw-rate", "16000").stdout


@pytest.mark.parametrize("raw", [Raw(), Raw(16000)], ids=["wav", "raw"])
def test_ctrl_c_before_the_first_sample_is_no_error_of_the_sound(
    model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raw: Raw
) -> None:
    def signalled(size: int) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the signal did not come")

    stdin = SimpleNamespace(buffer=SimpleNamespace(read1=signalled), isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(KeyboardInterrupt):
        clean_through(choose(str(model)), PIPE, tmp_path / "out.wav", raw, overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_ends_the_pipe_quietly(model: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    sound = bytes(2 * 48000)
    words = [*DENOISE, "-", "-o", "-", "--raw-rate", "16000", "--model", str(model)]
    done = subprocess.run(words, input=sound, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_raw_samples_that_end_within_one_are_told(model: Path) -> None:
    words = [*DENOISE, "-", "-o", "-", "--raw-rate", "16000", "--model", str(model)]
    for size, told in ((1001, b"ended within a sample, whose 1 bytes were dropped"), (1000, b"")):
        done = subprocess.run(words, input=bytes(size), capture_output=True, check=False)
        assert (done.returncode, len(done.stdout)) == (0, 1000)
        assert told in done.stderr
        assert bool(told) == (b"dropped" in done.stderr)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-", "-", "-o", "-", "--jobs", "0"], "at least one process is needed"),
        (["a.wav", "b.wav", "-o", "-"], "a pipe has one recording"),
        (["-", "-o", "-", "--plot"], "--plot needs the whole recording"),
        (["-", "-o", "-", "--json", "-"], "cannot share standard output"),
        (["-", "-o", "folder"], "is no name of one recording"),
        (["a.wav", "-o", "-", "--raw-rate", "16000"], "for raw samples from standard input"),
        (["a.wav", "b.wav", "-o", "c", "--raw-rate", "16000"], "standard input, and a.wav is a file"),
        (["-o", "c", "--raw-rate", "16000"], "no input was named"),
        (["-", "-o", "-", "--raw-channels", "2"], "came without --raw-rate"),
        (["-", "-o", "-", "--raw-format", "s8"], "choose one of s16le, s24le, f32le"),
        (["a.wav", "-o", "b.wav", "--raw-format", "s16le"], "is for pipes"),
    ],
)
def test_what_no_pipe_can_do_is_refused(linnet: Command, words: list[str], message: str) -> None:
    outcome = linnet("denoise", *words)
    assert outcome.code == 2
    assert message in outcome.err


def test_a_flac_in_a_pipe_is_refused_with_a_way_out(model: Path, tmp_path: Path) -> None:
    write_audio(tmp_path / "a.flac", tone(0.1, 16000), 16000)
    done = through((tmp_path / "a.flac").read_bytes(), model, "-", "-o", tmp_path / "b.wav")
    assert done.returncode == 2
    assert b"ffmpeg -i IN -f wav -" in done.stderr
    assert not (tmp_path / "b.wav").exists()


TOOLS = {
    "sox": ("sox -V1 {0} -t wav -", "sox -V1 -t wav - {1}"),
    "ffmpeg": (
        "ffmpeg -v error -i {0} -c:a pcm_s24le -f wav -",
        "ffmpeg -v error -f wav -i - -c:a pcm_s24le {1}",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("tool", TOOLS)
def test_linnet_stands_between_two_programs(
    linnet: Command, model: Path, stereo: Path, tmp_path: Path, tool: str
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} not found; apt install {tool}")
    assert linnet("denoise", stereo, "-o", tmp_path / "file.wav", "--model", model).code == 0
    before, after = (words.format(stereo, tmp_path / "out.wav") for words in TOOLS[tool])
    command = f"{before} | {sys.executable} -m linnet denoise - -o - --model {model} | {after}"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(samples_of(tmp_path / "out.wav"), samples_of(tmp_path / "file.wav"))

"""`linnet denoise`: formats, lengths, alignment, where files go, and everything that can go wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from linnet.audio.files import AudioInfo, AudioWriter, audio_info, read_audio, write_audio
from linnet.output.atomic import SUFFIX
from tests.apps.conftest import Command
from tests.conftest import tone

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_without_attenuation_the_recording_comes_back_aligned(
    linnet: Command, model: Path, tmp_path: Path, rate_hz: int, channels: int
) -> None:
    source, target = tmp_path / "a.wav", tmp_path / "b.wav"
    sound = tone(0.7, rate_hz, channels)
    write_audio(source, sound, rate_hz, encoding="FLOAT")
    outcome = linnet("denoise", source, "-o", target, "--model", model, "--max-attenuation-db", 0)
    assert outcome.code == 0, outcome.err
    cleaned, cleaned_hz = read_audio(target)
    assert (cleaned.shape, cleaned_hz) == (sound.shape, rate_hz)
    error = np.sqrt(np.mean(np.square(cleaned - sound)))
    # what little speech lies above the model's 8 kHz
    assert error < 0.03 * np.sqrt(np.mean(np.square(sound)))


@pytest.mark.parametrize("samples", [1, 5, 127, 128, 129, 511, 513, 16001])
def test_the_length_is_the_inputs_to_the_sample(
    linnet: Command, model: Path, tmp_path: Path, samples: int
) -> None:
    for rate_hz in (16000, 44100):
        source, target = tmp_path / f"{rate_hz}.wav", tmp_path / f"out{rate_hz}.wav"
        write_audio(source, np.full(samples, 0.1, np.float32), rate_hz)
        assert linnet("denoise", source, "-o", target, "--model", model).code == 0
        assert audio_info(target) == audio_info(source)


@pytest.mark.parametrize(
    ("suffix", "written"), [(".wav", ".wav"), (".flac", ".flac"), (".ogg", ".wav"), (".mp3", ".wav")]
)
def test_four_formats_are_read_and_two_are_written(
    linnet: Command, model: Path, tmp_path: Path, suffix: str, written: str
) -> None:
    source = tmp_path / f"voice{suffix}"
    soundfile.write(source, tone(1.0, 16000), 16000)
    outcome = linnet("denoise", source, "-o", tmp_path / "out", "--model", model)
    assert outcome.code == 0, outcome.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"voice{written}"]
    assert audio_info(tmp_path / "out" / f"voice{written}").samples == audio_info(source).samples


@pytest.mark.parametrize(("encoding", "suffix"), [("PCM_16", ".wav"), ("PCM_24", ".flac"), ("FLOAT", ".wav")])
def test_the_samples_keep_their_width(
    linnet: Command, model: Path, tmp_path: Path, encoding: str, suffix: str
) -> None:
    source, target = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write_audio(source, tone(0.2, 16000), 16000, encoding=encoding)
    assert linnet("denoise", source, "-o", target, "--model", model).code == 0
    assert audio_info(target).encoding == encoding


def test_a_folder_keeps_its_shape(linnet: Command, model: Path, recording: Path, tmp_path: Path) -> None:
    deeper = recording.parent / "monday" / "late.flac"
    deeper.parent.mkdir()
    write_audio(deeper, tone(0.3, 16000), 16000)
    (recording.parent / "notes.txt").write_text("not audio, and not an error either")
    outcome = linnet("denoise", recording.parent, "-o", tmp_path / "out", "--model", model)
    assert outcome.code == 0, outcome.err
    found = sorted(
        p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()
    )
    assert found == ["monday/late.flac", "voice.wav"]


def test_the_command_writes_what_the_denoiser_gives(linnet: Command, model: Path, tmp_path: Path) -> None:
    from linnet import Denoiser

    source, target = tmp_path / "long.wav", tmp_path / "out.wav"
    sound = tone(9.3, 16000, 2)  # more than one block
    write_audio(source, sound, 16000, encoding="FLOAT")
    assert linnet("denoise", source, "-o", target, "--model", model).code == 0
    np.testing.assert_array_equal(read_audio(target)[0], Denoiser(model)(sound, sample_rate_hz=16000))


@pytest.mark.parametrize("kind", ["silence", "clipped", "dc", "not numbers", "infinite"])
def test_odd_sounds_give_finite_files(linnet: Command, model: Path, tmp_path: Path, kind: str) -> None:
    sound = tone(0.5, 16000)
    sound = {
        "silence": np.zeros_like(sound),
        "clipped": np.clip(100 * sound, -1, 1),
        "dc": sound + 0.5,
        "not numbers": np.where(np.arange(8000)[:, None] % 1000 == 3, np.nan, sound),
        "infinite": np.where(np.arange(8000)[:, None] % 1000 == 3, np.inf, sound),
    }[kind].astype(np.float32)
    source, target = tmp_path / "odd.wav", tmp_path / "out.wav"
    soundfile.write(source, sound, 16000, subtype="FLOAT")
    outcome = linnet("denoise", source, "-o", target, "--model", model, "--plot")
    assert outcome.code == 0, outcome.err
    cleaned, _ = read_audio(target)
    assert cleaned.shape == sound.shape
    assert np.isfinite(cleaned).all()
    assert kind != "silence" or not cleaned.any()


def test_with_references_the_gain_is_reported(linnet: Command, model: Path, tmp_path: Path) -> None:
    outcome = linnet(
        *("denoise", EXAMPLES / "noisy" / "fan.wav", "-o", tmp_path / "out", "--model", model),
        *("--clean", EXAMPLES / "clean", "--max-attenuation-db", "0"),
    )
    assert outcome.code == 0, outcome.err
    assert "SI-SNR" in outcome.out
    assert "real-time factor" in outcome.out
    figures = [word for word in outcome.out.splitlines()[1].split() if word.count(".") == 1]
    assert abs(float(figures[-1]) - float(figures[-2])) < 0.1  # nothing was attenuated, so nothing is gained


def test_a_picture_shows_before_and_after(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    assert linnet("denoise", recording, "-o", tmp_path / "out.wav", "--model", model, "--plot").code == 0
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def refused(outcome: tuple[int, str, str], *words: str) -> None:
    code, _, err = outcome
    assert code == 2, err
    for word in words:
        assert word in " ".join(err.split()), err


def test_missing_and_useless_inputs_are_refused(linnet: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is a letter, not a recording\n" * 50)
    write_audio(tmp_path / "low.wav", tone(0.2, 4000), 4000)
    with AudioWriter(tmp_path / "none.wav", AudioInfo(16000, 1, 0, "PCM_16")):
        pass
    cases = {
        "gone.wav": "does not exist",
        "empty": "holds no audio",
        "nothing.wav": "empty",
        "none.wav": "no samples",
        "text.wav": "cannot be read as audio",
        "low.wav": "4000 Hz",
    }
    for name, reason in cases.items():
        refused(
            linnet("denoise", tmp_path / name, "-o", tmp_path / "out.wav", "--model", model), name, reason
        )
        assert not (tmp_path / "out.wav").exists()
    assert not list(tmp_path.glob(".*")), "something half-written is left"


def test_in_a_folder_the_good_ones_are_cleaned(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    (recording.parent / "text.wav").write_text("this is a letter, not a recording\n" * 50)
    outcome = linnet("denoise", recording.parent, "-o", tmp_path / "out", "--model", model)
    refused(outcome, "text.wav", "1 of 2 recordings were not cleaned")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["voice.wav"]


def test_names_in_brackets_and_colons_are_no_markup(linnet: Command, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "a["
    folder.mkdir(parents=True)
    write_audio(folder / "bold].wav", tone(0.1, 16000), 16000)
    write_audio(tmp_path / "in" / "[red] take :mic:.wav", tone(0.1, 16000), 16000)
    outcome = linnet("denoise", tmp_path / "in", "-o", tmp_path / "out", "--model", model)
    assert outcome.code == 0, outcome.err
    assert "a[/bold].wav" in outcome.out
    assert "[red] take :mic:.wav" in outcome.out


def test_bad_targets_are_refused(linnet: Command, model: Path, recording: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    run = ("denoise", recording, "--model", model, "-o")
    refused(linnet(*run, tmp_path / "out.mp3"), "out.mp3", ".flac")
    refused(linnet(*run, tmp_path / "file" / "out.wav"), "file", "a file has the name of the folder")
    refused(linnet(*run, recording), "is one of the inputs")
    refused(linnet(*run, recording, "--overwrite"), "is one of the inputs")
    refused(linnet(*run, recording.parent), "is one of the inputs")
    refused(
        linnet("denoise", recording, recording.parent, "-o", tmp_path / "one.wav", "--model", model),
        "one.wav",
    )


def test_nothing_is_overwritten_unless_asked_for(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.wav"
    target.write_text("precious")
    run = ("denoise", recording, "-o", target, "--model", model)
    refused(linnet(*run), "out.wav", "--overwrite")
    assert target.read_text() == "precious"
    assert linnet(*run, "--overwrite").code == 0
    assert audio_info(target).samples == 8000


def test_a_failed_run_leaves_the_older_file_as_it_was(linnet: Command, model: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "cut.flac", tmp_path / "out.wav"
    write_audio(source, tone(5.0, 16000), 16000)
    source.write_bytes(source.read_bytes()[:20000])
    target.write_text("precious")
    refused(linnet("denoise", source, "-o", target, "--model", model, "--overwrite"), "cut.flac")
    assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.flac", "out.wav"]


def test_wrong_models_and_options_are_refused(linnet: Command, recording: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(100))
    run = ("denoise", recording, "-o", tmp_path / "out.wav", "--model")
    refused(linnet(*run, tmp_path / "bad.gguf"), "bad.gguf")
    refused(linnet(*run, tmp_path / "gone.gguf"), "gone.gguf")
    refused(linnet(*run, "no-such-model"), "no-such-model")
    refused(linnet(*run, tmp_path / "bad.gguf", "--max-attenuation-db", "-3"), "-3")
    assert linnet("denoise", "-o", tmp_path / "out").code == 2
    assert linnet("denoise", recording).code == 2
    assert linnet("denoise", recording, "-o", tmp_path / "out", "--modle", "x").code == 2


def test_a_missing_extra_is_named_with_its_command(
    linnet: Command, model: Path, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linnet.apps.desk.picture.find_spec", lambda name: None)
    run = ("denoise", recording, "-o", tmp_path / "out.wav", "--model", model, "--plot")
    refused(linnet(*run), "pip install matplotlib")
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_a_stopped_run_leaves_nothing_half_written(model: Path, tmp_path: Path, number: int) -> None:
    source, target = tmp_path / "long.wav", tmp_path / "out.wav"
    with AudioWriter(source, AudioInfo(48000, 2, 0, "PCM_16")) as writer:
        block = np.tile(tone(1.0, 48000, 2), (60, 1))
        for _ in range(6):
            writer.write(block)
    words = ["denoise", str(source), "-o", str(target), "--model", str(model)]
    program = (  # where tests run in the background, Ctrl-C is ignored from the start
        "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from linnet.apps.cli import main\nsys.exit(main({words!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(f"*{SUFFIX}")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(tmp_path.glob(f"*{SUFFIX}")), "no draft was begun"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.wav"]


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of its memory from Linux")
def test_an_hour_takes_no_more_memory_than_a_minute(model: Path, tmp_path: Path) -> None:
    peaks = []
    for seconds in (30, 300):
        source, target = tmp_path / f"{seconds}.wav", tmp_path / f"out{seconds}.wav"
        write_audio(source, np.tile(tone(1.0, 16000), (seconds, 1)), 16000)
        program = (
            "import sys\nfrom pathlib import Path\nfrom linnet.apps.cli import main\n"
            f"code = main(['denoise', {str(source)!r}, '-o', {str(target)!r}, '--model', {str(model)!r}])\n"
            "(peak,) = [line for line in Path('/proc/self/status').read_text().splitlines() if 'VmHWM' in line]\n"
            "print(peak.split()[1]); sys.exit(code)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] - peaks[0] < 10_000, (
        f"kB at 30 s and at 300 s: {peaks}"
    )  # whole, it would be 40 MB and more

"""The plug-in in real hosts: each gives the file's result, as late as the plug-in says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from linnet.runtime import Denoiser
from tests.plugin.hosts import MODEL, WINDOW, Installed, clip, host, install, of_the_file
from tests.runtime.tools import need

pytestmark = pytest.mark.long
STEP_OF_16_BITS = 1 / 32768


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The plug-in in a home where `noisy.wav` and `stereo.wav` are, both in floats."""
    there = install(tmp_path_factory.mktemp("home"))
    for rate_hz in WINDOW:
        soundfile.write(there.home / f"noisy{rate_hz}.wav", clip(rate_hz), rate_hz, subtype="FLOAT")
    soundfile.write(there.home / "codes.wav", clip(), 16000, subtype="PCM_16")
    both = np.stack((clip(48000), clip(48000)[::-1]), axis=1)
    soundfile.write(there.home / "stereo.wav", both, 48000, subtype="FLOAT")
    return there


def largest_difference(path: Path, late: int | None = None) -> float:
    """Between what a host wrote and the file's result, `late` samples later; None is what the plug-in says."""
    out, rate_hz = soundfile.read(path, dtype="float32")
    late = WINDOW[rate_hz] if late is None else late
    expected = of_the_file(clip(rate_hz), rate_hz)
    count = min(len(out) - late, len(expected))
    assert count >= len(expected) - late
    return float(np.abs(out[late : late + count] - expected[:count]).max())


@pytest.mark.parametrize("rate_hz", WINDOW)
def test_ffmpeg_gives_the_files_result_through_ladspa(installed: Installed, rate_hz: int) -> None:
    need("ffmpeg")
    chain = f"ladspa=file={installed.library}:plugin=linnet_mono"
    quiet = ("-v", "error", "-nostdin", "-y")
    host(
        installed, "ffmpeg", *quiet, "-i", f"noisy{rate_hz}.wav", "-af", chain, "-c:a", "pcm_f32le", "out.wav"
    )
    assert largest_difference(installed.home / "out.wav") == 0


@pytest.mark.parametrize("floor_db", [-12, -37.5])
def test_the_floor_is_that_of_the_file(installed: Installed, floor_db: float) -> None:
    need("ffmpeg")
    chain = f"ladspa=file={installed.library}:plugin=linnet_mono:controls=c0=100|c1={floor_db}"
    quiet = ("-v", "error", "-nostdin", "-y")
    host(installed, "ffmpeg", *quiet, "-i", "noisy48000.wav", "-af", chain, "-c:a", "pcm_f32le", "out.wav")
    out, rate_hz = soundfile.read(installed.home / "out.wav", dtype="float32")
    limited = Denoiser.from_pretrained(MODEL, max_attenuation_db=-floor_db)
    expected = limited(clip(rate_hz), sample_rate_hz=rate_hz)[: len(out) - WINDOW[rate_hz]]
    assert np.array_equal(out[WINDOW[rate_hz] :], expected)


@pytest.mark.parametrize("rate_hz", WINDOW)
def test_ffmpeg_gives_the_files_result_through_lv2(installed: Installed, rate_hz: int) -> None:
    need("ffmpeg")
    if " lv2 " not in host(installed, "ffmpeg", "-v", "error", "-filters"):
        pytest.skip("this ffmpeg was built without LV2")
    chain = r"lv2=p=urn\\:linnet\\:denoise\\:mono"
    quiet = ("-v", "error", "-nostdin", "-y")
    host(
        installed, "ffmpeg", *quiet, "-i", f"noisy{rate_hz}.wav", "-af", chain, "-c:a", "pcm_f32le", "out.wav"
    )
    assert largest_difference(installed.home / "out.wav") == 0


def test_each_channel_of_stereo_is_cleaned_on_its_own(installed: Installed) -> None:
    need("ffmpeg")
    chain = f"ladspa=file={installed.library}:plugin=linnet_stereo"
    quiet = ("-v", "error", "-nostdin", "-y")
    host(installed, "ffmpeg", *quiet, "-i", "stereo.wav", "-af", chain, "-c:a", "pcm_f32le", "out.wav")
    out, rate_hz = soundfile.read(installed.home / "out.wav", dtype="float32")
    sound = clip(rate_hz)
    for channel, before in enumerate((sound, sound[::-1])):
        expected = of_the_file(before, rate_hz)[: len(out) - WINDOW[rate_hz]]
        assert np.array_equal(out[WINDOW[rate_hz] :, channel], expected)


def test_sox_takes_the_latency_off_again(installed: Installed) -> None:
    need("sox")
    words = ("sox", "codes.wav", "-e", "float", "-b", "32", "out.wav", "ladspa", "-l", "linnet_denoise")
    host(installed, *words, "linnet_mono")
    assert largest_difference(installed.home / "out.wav", 0) <= 2**-24  # sox calculates in integers


def test_applyplugin_gives_the_files_result(installed: Installed) -> None:
    need("applyplugin")
    words = ("applyplugin", "codes.wav", "out.wav", "linnet_denoise.so", "linnet_mono", "100", "-60", "0")
    host(installed, *words)
    assert largest_difference(installed.home / "out.wav") <= STEP_OF_16_BITS


def test_lv2apply_gives_the_files_result(installed: Installed) -> None:
    need("lv2apply")
    host(installed, "lv2apply", "-i", "codes.wav", "-o", "out.wav", "urn:linnet:denoise:mono")
    assert largest_difference(installed.home / "out.wav") <= STEP_OF_16_BITS


def test_gstreamer_finds_the_plugin(installed: Installed) -> None:
    need("gst-launch-1.0", "gst-inspect-1.0")
    element = "ladspa-linnet-denoise-so-linnet-mono"
    if "ladspa" not in host(installed, "gst-inspect-1.0"):
        pytest.skip("GStreamer has no ladspa here; apt install gstreamer1.0-plugins-bad")
    line = f"filesrc location=noisy48000.wav ! wavparse ! {element} ! wavenc ! filesink location=out.wav"
    host(installed, "gst-launch-1.0", "-q", *line.split())
    assert largest_difference(installed.home / "out.wav") == 0


def test_the_validators_find_nothing(installed: Installed) -> None:
    need("analyseplugin", "lv2_validate", "lv2info")
    report = host(installed, "analyseplugin", "linnet_denoise.so")
    for line in ('"Strength (%)" input, control, 0 to 100, default 100', '"latency" output, control'):
        assert report.count(line) == 2
    turtles = sorted((installed.home / ".lv2" / "linnet.lv2").glob("*.ttl"))
    assert "Found 0 errors" in host(installed, "lv2_validate", *turtles)
    for kind in ("mono", "stereo"):
        described = host(installed, "lv2info", f"urn:linnet:denoise:{kind}")
        assert "Has latency:       yes" in described


def test_the_file_asks_the_system_for_memory_and_nothing_else(installed: Installed) -> None:
    """No lock, no thread, no output: what it needs is read from it. It is stripped."""
    need("nm", "readelf")
    lines = [line.split() for line in host(installed, "nm", "-D", installed.library).splitlines()]
    needed = {words[-1].split("@")[0] for words in lines if words[-2] == "U"}
    memory = {f"mem{name}" for name in ("cmp", "cpy", "move", "set")} | {"strcmp", "strlen"}
    guarded = {"__stack_chk_fail", "__memcpy_chk", "__memset_chk", "__memmove_chk", "getauxval"}
    assert needed <= memory | guarded | {"aligned_alloc", "calloc", "free"}
    assert {words[-1] for words in lines if words[-2] == "T"} == {"ladspa_descriptor", "lv2_descriptor"}
    if shutil.which("readelf"):
        assert ".symtab" not in host(installed, "readelf", "--sections", "--wide", installed.library)


def test_pipewire_reads_what_is_written_for_it(installed: Installed) -> None:
    need("spa-json-dump")
    again = install(installed.home, "--pipewire")
    path = again.home / ".config" / "pipewire" / "pipewire.conf.d" / "linnet.conf"
    read = json.loads(host(again, "spa-json-dump", path))
    (module,) = read["context.modules"]
    assert module["args"]["filter.graph"]["nodes"][0]["plugin"] == str(again.library)

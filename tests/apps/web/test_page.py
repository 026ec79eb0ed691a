"""The web page in a real Chromium: the samples, the microphone, what is refused, keys and the accessibility tree."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from linnet.runtime import Denoiser
from tests.apps.web.chromium import Browser, Page, until
from tests.runtime.tools import run
from tests.source_tree import ROOT

pytestmark = pytest.mark.long

MODEL = "denoise-bands-large"
READY = "document.documentElement.dataset.ready === 'yes'"
CLEANED = "document.getElementById('facts').textContent.includes('faster than it plays')"
TO_BASE64 = """
const base64 = (samples) => {
    let text = "";
    for (const byte of new Uint8Array(samples.buffer)) text += String.fromCharCode(byte);
    return btoa(text);
};"""


def samples_of(page: Page, script: str) -> list[np.ndarray]:
    """Float32Arrays out of the page."""
    texts = page.run(f"(async () => {{ {TO_BASE64} return ({script}).map(base64); }})()")
    return [np.frombuffer(base64.b64decode(text), np.float32) for text in texts]


def text_of(page: Page, element: str) -> str:
    return str(page.run(f"document.getElementById({element!r}).textContent"))


def click(page: Page, element: str) -> None:
    page.run(f"document.getElementById({element!r}).click()")


def alert(page: Page) -> str:
    page.until("document.getElementById('alert').checkVisibility()")
    return text_of(page, "alert")


@pytest.mark.parametrize("name", ["fan.wav", "stereo48k.flac"])
def test_a_file_is_cleaned_to_the_samples_of_python(
    browser: Browser, address: str, name: str, tmp_path: Path
) -> None:
    codes, rate_hz = soundfile.read(ROOT / "examples/noisy" / name, dtype="int16")
    noisy = codes.astype(np.float32) / 32768
    soundfile.write(tmp_path / "noisy.wav", codes, rate_hz)
    expected = Denoiser.from_pretrained(MODEL, max_attenuation_db=12)(noisy, sample_rate_hz=rate_hz)
    with browser.page(address) as page:
        page.until(READY)
        page.run("document.getElementById('strength').value = 12")
        page.run("document.getElementById('strength').dispatchEvent(new Event('input'))")
        page.choose_file("file", tmp_path / "noisy.wav")
        page.until(CLEANED)
        where = {"downloadPath": str(tmp_path), "browserContextId": page.context}
        browser.ask("Browser.setDownloadBehavior", behavior="allow", **where)
        click(page, "download")
        written = tmp_path / "noisy-cleaned.wav"
        until(written.exists, written.name)
        found, found_hz = soundfile.read(written, dtype="int16")
        assert found_hz == rate_hz
        assert np.array_equal(found, np.floor(expected.astype(np.float64) * 32768 + 0.5))
        assert page.complaints() == []


OF_NODE = """
import { readFileSync, writeFileSync } from "node:fs";
const [port, built, file, noisy, clean, rate, limit] = process.argv.slice(1);
const { Denoiser } = await import(`${port}/denoiser.mjs`);
const { loadEngine } = await import(`${port}/linnet.mjs`);
const denoiser = await Denoiser.open(await loadEngine((name) => readFileSync(`${built}/${name}`)), readFileSync(file));
const samples = new Float32Array(new Uint8Array(readFileSync(noisy)).buffer);
const options = { sampleRateHz: Number(rate), maxAttenuationDb: Number(limit) };
writeFileSync(clean, new Uint8Array(denoiser.denoise(samples, options).buffer));
"""


@pytest.mark.parametrize(("model", "limit"), [(MODEL, "20"), ("denoise-dense-medium", "Infinity")])
def test_what_the_worklet_gives_is_what_node_gives(
    browser: Browser, address: str, engine: Path, model: str, limit: str, tmp_path: Path
) -> None:
    """At the rate of the machine's sound, whose hop is no whole number of the audio thread's quanta."""
    listen = f"""await (async () => {{
        const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
        const {{ listen }} = await import("./microphone.mjs");
        let count = 0;
        const onBlock = (before) => (count += before.length);
        const heard = {{ engine: await bytes("engine/linnet.wasm"), file: await bytes("models/{model}.gguf") }};
        const listening = await listen({{ ...heard, maxAttenuationDb: {limit}, onBlock }});
        while (count < 24000) await new Promise((resolve) => setTimeout(resolve, 50));
        const {{ before, after, latencySamples, sampleRateHz }} = await listening.stop();
        return [before, after, Float32Array.of(latencySamples, sampleRateHz)];
    }})()"""
    with browser.page(address) as page:
        page.until(READY)
        before, after, numbers = samples_of(page, listen)
        assert page.complaints() == []
    assert before.std() > 0.01  # the fake microphone plays
    (tmp_path / "before.f32").write_bytes(before.tobytes())
    late, rate_hz = int(numbers[0]), int(numbers[1])
    words = (
        *(ROOT / "engine/ports/wasm", engine, ROOT / f"src/linnet/models/{model}.gguf"),
        *(tmp_path / "before.f32", tmp_path / "after.f32", str(rate_hz), limit),
    )
    run("node", "--input-type=module", "-e", OF_NODE, *words)
    of_node = np.fromfile(tmp_path / "after.f32", np.float32)
    assert late <= 0.032 * rate_hz
    assert np.array_equal(after[late:], of_node[: len(of_node) - late])
    assert np.count_nonzero(of_node) > len(of_node) / 2  # beeps are noise, which a denoiser may silence


def test_the_microphone_becomes_a_recording(browser: Browser, address: str) -> None:
    with browser.page(address, before="") as page:
        page.until(READY)
        click(page, "microphone")
        page.until("parseInt(document.getElementById('live-facts').textContent) >= 1")
        level = int(page.run("document.getElementById('meter-before').getAttribute('aria-valuenow')"))
        assert -60 < level < 0
        click(page, "monitor")
        click(page, "stop")
        page.until(CLEANED)
        assert text_of(page, "result-title") == "Microphone"
        page.until(
            "[...document.querySelectorAll('#models .facts')].every((e) => e.textContent.endsWith('of a core'))"
        )
        assert page.run("document.getElementById('live').hidden")
        assert page.complaints() == []


def test_what_cannot_be_done_is_said_and_nothing_is_lost(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    file = bytearray((ROOT / f"src/linnet/models/{MODEL}.gguf").read_bytes())
    file[-1] ^= 1
    (tmp_path / "bent.gguf").write_bytes(file)
    (tmp_path / "letter.wav").write_text("Dear reader,", "utf-8")
    with browser.page(address, permission="denied") as page:
        page.until(READY)
        click(page, "example")
        page.until(CLEANED)
        before = text_of(page, "facts")
        page.choose_file("model-file", tmp_path / "bent.gguf")
        assert "bent.gguf is no model that runs here" in alert(page)
        assert "checksum" in text_of(page, "alert")
        page.choose_file("file", tmp_path / "letter.wav")
        page.until("document.getElementById('alert').textContent.includes('letter.wav is no sound')")
        click(page, "microphone")
        page.until("document.getElementById('alert').textContent.includes('refused the microphone')")
        assert text_of(page, "facts") == before
        assert page.run("document.querySelector('input[name=model]:checked').value") == MODEL
        page.choose_file("model-file", ROOT / "src/linnet/models/denoise-sparse-small.gguf")
        page.until("document.querySelector('input[name=model]:checked').value.endsWith('small.gguf')")


@pytest.mark.parametrize(
    ("lack", "sentence"),
    [
        ("WebAssembly.validate = () => false", "no WebAssembly vectors"),
        ("delete BaseAudioContext.prototype.audioWorklet", "has no AudioWorklet"),
        ("delete globalThis.WebAssembly", "has no WebAssembly"),
    ],
)
def test_what_the_browser_lacks_is_said(browser: Browser, address: str, lack: str, sentence: str) -> None:
    with browser.page(address, before=lack) as page:
        if "delete globalThis" in lack:
            assert sentence in alert(page)
            return
        page.until(READY)
        click(page, "example")  # files are cleaned all the same
        page.until(CLEANED)
        if "Worklet" in lack:
            click(page, "microphone")
            assert sentence in alert(page)
        else:
            assert sentence in text_of(page, "engine")


def test_keys_play_and_switch_and_can_be_turned_off(browser: Browser, address: str) -> None:
    heard = "document.querySelector('input[name=side]:checked').value"
    with browser.page(address) as page:
        page.until(READY)
        click(page, "example")
        page.until(CLEANED)
        page.press("b", "KeyB", 66)
        assert page.run(heard) == "before"
        assert text_of(page, "status") == "You hear before."
        page.press(" ", "Space", 32)
        page.until("document.getElementById('play').textContent === 'Pause'")
        page.until("Number(document.getElementById('seek').value) > 0.2")
        page.press(" ", "Space", 32)
        page.until("document.getElementById('play').textContent === 'Play'")
        click(page, "keys")
        page.press("b", "KeyB", 66)
        assert page.run(heard) == "before"


RATES_KEPT = """
globalThis.rates = [];
globalThis.AudioContext = class extends AudioContext {
    constructor(options) { super(options), rates.push(this.sampleRate); }
};"""


def test_recordings_are_played_at_their_own_rate(browser: Browser, address: str, tmp_path: Path) -> None:
    """A buffer of another rate than its context is interpolated along straight lines, which is heard."""
    with browser.page(address, before=RATES_KEPT) as page:
        page.until(READY)
        for seconds, rate_hz in ((1.5, 16000), (2.5, 44100), (3.5, 44100)):
            hiss = np.random.default_rng(0).normal(0, 0.05, round(seconds * rate_hz))
            soundfile.write(tmp_path / f"{seconds}.wav", hiss, rate_hz)
            page.choose_file("file", tmp_path / f"{seconds}.wav")
            page.until(f"document.getElementById('seek').ariaValueText.includes('of {seconds}')")
            page.until(CLEANED)
            click(page, "play")
            page.until("Number(document.getElementById('seek').value) > 0.2")
            click(page, "play")
            page.until("document.getElementById('play').textContent === 'Play'")
        assert page.run("rates") == [16000, 44100]
        assert page.complaints() == []


def test_everything_is_reached_by_keyboard_and_has_a_name_and_a_role(browser: Browser, address: str) -> None:
    with browser.page(address) as page:
        page.until(READY)
        click(page, "example")
        page.until(CLEANED)
        page.run("document.activeElement.blur()")
        order = []
        for _ in range(13):
            page.press("Tab", "Tab", 9)
            order.append(page.run("document.activeElement?.id || document.activeElement?.name"))
        assert order == [
            *("file", "microphone", "example", "seek", "play", "side", "download", "keys"),
            *("strength", "upper-band", "model", "model-file", None),
        ]
        nodes = page.ask("Accessibility.getFullAXTree")["nodes"]
        named = {(value_of(node, "role"), value_of(node, "name")) for node in nodes if not node["ignored"]}
        assert ("alert", "") not in named  # hidden while there is nothing to say
        assert named >= {
            *(("button", name) for name in ("Use the microphone", "Try an example", "Play", "Download WAV")),
            *(("slider", name) for name in ("Position", "Strength")),
            *(("radio", name) for name in ("Before", "After")),
            *(("heading", name) for name in ("Linnet", "Strength", "Model", "Sound")),
            ("radiogroup", "Model"),
            ("main", ""),
        }
        assert {role for role, name in named if not name} & {
            "button",
            "slider",
            "radio",
            "image",
            "checkbox",
        } == set()
        pictures = [name for role, name in named if role == "image" and name.startswith("Spectrogram")]
        assert len(pictures) == 2


def value_of(node: dict[str, Any], what: str) -> str:
    return str(node.get(what, {}).get("value", ""))


def test_nothing_is_wider_than_the_window_and_nothing_leaves_it(browser: Browser, address: str) -> None:
    with browser.page(address) as page:
        page.ask(
            "Emulation.setDeviceMetricsOverride", width=320, height=800, deviceScaleFactor=1, mobile=False
        )
        page.until(READY)
        click(page, "example")
        page.until(CLEANED)
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        assert page.run("fetch('http://127.0.0.1:1/').then(() => 'sent', () => 'kept')") == "kept"
        assert all("Content Security Policy" in text for text in page.complaints())

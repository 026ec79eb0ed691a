"""The web page where things go wrong or come at once: what was begun ends, and the newest wish counts."""

from __future__ import annotations

import pytest

from tests.apps.web.chromium import FRUGAL, Browser, Page
from tests.apps.web.test_page import CLEANED, READY, alert, click
from tests.source_tree import ROOT

pytestmark = pytest.mark.long

KEEP_STREAMS = """
globalThis.streams = [];
const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (wishes) => {
    const stream = await open(wishes);
    streams.push(stream);
    return stream;
};"""
FETCH_BY_HAND = """
globalThis.held = new Map(); // what a file waits for
const ask = fetch;
globalThis.fetch = async (url) => (await held.get(url), ask(url));"""
WITHOUT_BLOCKS = """
const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
Object.defineProperty(MessagePort.prototype, "onmessage", {
    set(hear) { set.call(this, (event) => event.data.before === undefined && hear(event)); },
});"""
CHOSEN = "document.querySelector('input[name=model]:checked').value"
SILENT = "class { constructor() { throw Error('no sound'); } }"


def test_a_microphone_is_opened_once_and_left_off_where_its_sound_cannot_be_had(
    browser: Browser, address: str
) -> None:
    with browser.page(address, before=KEEP_STREAMS) as page:
        page.until(READY)
        page.run(f"globalThis.Kept = AudioContext, globalThis.AudioContext = {SILENT}")
        click(page, "microphone")
        assert alert(page) == "no sound"
        assert page.run("streams.map((s) => s.getTracks()[0].readyState)") == ["ended"]
        page.run("globalThis.AudioContext = Kept")
        click(page, "microphone")
        click(page, "microphone")
        page.until("document.getElementById('live').checkVisibility()")
        assert page.run("streams.map((s) => s.getTracks()[0].readyState)") == ["ended", "live"]
        page.until(
            "parseInt(document.getElementById('live-facts').textContent) >= 1"
        )  # else there may be nothing
        click(page, "stop")
        page.until(CLEANED)
        assert page.run("streams.map((s) => s.getTracks()[0].readyState)") == ["ended", "ended"]


def test_a_microphone_that_is_stopped_before_any_sound_came_says_so(browser: Browser, address: str) -> None:
    with browser.page(address, before=WITHOUT_BLOCKS) as page:
        page.until(READY)
        click(page, "microphone")
        page.until("document.getElementById('live').checkVisibility()")
        click(page, "stop")
        assert "stopped before any sound came" in alert(page)
        assert not page.run("document.getElementById('result').checkVisibility()")


def opened(model: str) -> str:
    return f"document.querySelector('input[value={model}] ~ .facts').textContent.endsWith('of a core')"


def choose(page: Page, model: str) -> None:
    page.run(f"document.querySelector('input[value={model}]').click()")


def test_a_model_that_does_not_come_is_told_and_may_be_asked_for_again(
    browser: Browser, address: str
) -> None:
    with browser.page(address, before=FRUGAL + FETCH_BY_HAND) as page:
        page.until(READY)
        page.run("held.set('models/denoise-sparse-small.gguf', Promise.reject(new TypeError('no network')))")
        choose(page, "denoise-sparse-small")
        assert "denoise-sparse-small.gguf could not be loaded (no network)" in alert(page)
        page.until(f"{CHOSEN} === 'denoise-bands-large'")
        page.run("held.clear()")
        choose(page, "denoise-sparse-small")
        page.until(opened("denoise-sparse-small"))
        assert page.run(CHOSEN) == "denoise-sparse-small"
        assert page.run("document.getElementById('alert').hidden")


def test_the_newest_choice_of_a_model_counts(browser: Browser, address: str) -> None:
    with browser.page(address, before=FRUGAL + FETCH_BY_HAND) as page:
        page.until(READY)
        page.run("held.set('models/denoise-dense-medium.gguf', new Promise((go) => (globalThis.go = go))), 0")
        choose(page, "denoise-dense-medium")
        choose(page, "denoise-sparse-small")
        page.until(opened("denoise-sparse-small"))
        page.run("go()")
        page.until(opened("denoise-dense-medium"))
        assert page.run(CHOSEN) == "denoise-sparse-small"


def test_a_file_that_comes_before_the_model_is_cleaned_once_that_is_there(
    browser: Browser, address: str
) -> None:
    slow = "held.set('models/denoise-bands-large.gguf', new Promise((go) => (globalThis.go = go)));"
    with browser.page(address, before=FRUGAL + FETCH_BY_HAND + slow) as page:
        page.until("document.getElementById('source').checkVisibility()")
        page.choose_file("file", ROOT / "examples/noisy/fan.wav")
        page.until("document.getElementById('status').textContent === 'fan.wav waits for a model.'")
        click(page, "microphone")
        assert "No model is ready" in alert(page)
        page.run("go()")
        page.until(CLEANED)
        page.until("document.getElementById('engine').textContent.includes('are at 7.1 dB before')")
        assert page.complaints() == []


def test_the_result_of_a_recording_does_not_come_under_the_next_one(browser: Browser, address: str) -> None:
    script = """(async () => {
        const { Result } = await import("./result.mjs"), result = new Result();
        const clip = (name) => ({ name, channels: [new Float32Array(16000).fill(0.1)], sampleRateHz: 16000 });
        await result.show(clip("first"));
        const isDone = result.clean("denoise-bands-large", { maxAttenuationDb: Infinity, upperBand: true });
        const shown = result.show(clip("second"));
        return [await isDone, await shown, document.getElementById("download").disabled];
    })()"""
    with browser.page(address) as page:
        page.until(READY)
        assert page.run(script) == [False, None, True]
        assert page.complaints() == []

"""The web page where things go wrong or come at once: what was begun ends, and the newest wish counts."""

from __future__ import annotations

import pytest

from tests.apps.web.chromium import Browser
from tests.apps.web.test_page import CLEANED, READY, alert, click

pytestmark = pytest.mark.long

KEEP_STREAMS = """
globalThis.streams = [];
const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (wishes) => {
    const stream = await open(wishes);
    streams.push(stream);
    return stream;
};"""
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
        click(page, "stop")
        page.until(CLEANED)
        assert page.run("streams.map((s) => s.getTracks()[0].readyState)") == ["ended", "ended"]

"""The node for words in a real Chromium: what it tells is what Python tells, the microphone, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

import linnet
from tests.apps.web.chromium import Browser, program
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.runtime.tools import need
from tests.source_tree import ROOT

pytestmark = pytest.mark.long

MODELS = ROOT / "src/linnet/models"
PAGE = """<!doctype html><title>words</title><link rel="icon" href="data:,"><script type="module">
import { createDenoiserNode } from "./denoiser_node.mjs";
import { engineFile } from "./linnet.mjs";
import { createRecognizerNode } from "./recognizer_node.mjs";

const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const parts = async (model, onWord) => ({
    engine: await bytes(engineFile()), file: await bytes(model), workletUrl: "worklet.mjs", threshold: 0.01, onWord,
});
globalThis.played = async (rate, count) => {
    const samples = new Float32Array((await bytes("sound.f32")).buffer), found = [];
    const context = new OfflineAudioContext(1, samples.length, rate);
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    const node = await createRecognizerNode(context, await parts("words.gguf", (word) => found.push(word)));
    source.connect(node);
    source.start();
    await context.startRendering();
    for (let waited = 0; found.length < count && waited < 9000; waited += 50) await pause(50);
    return { found, words: node.words.length, threshold: node.threshold, isListener: node.info.isListener };
};
globalThis.heard = async (count) => {
    const audio = { noiseSuppression: false, echoCancellation: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const context = new AudioContext({ sampleRate: 16000 }), found = [];
    await context.resume();
    const node = await createRecognizerNode(context, await parts("words.gguf", (word) => found.push(word)));
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(node);
    const began = performance.now();
    while (found.length < count && performance.now() - began < 20000) await pause(50);
    node.close();
    await pause(300);
    const atEnd = found.length;
    await pause(500);
    return { found, more: found.length - atEnd, seconds: context.currentTime };
};
globalThis.refused = async () => {
    const context = new OfflineAudioContext(1, 128, 16000), listen = () => {};
    const wishes = await parts("words.gguf", listen), damaged = wishes.file.slice(0, 900);
    const { engine, file, workletUrl } = wishes, plain = { engine, file, workletUrl };
    const attempts = [
        () => createRecognizerNode(context, { ...wishes, onWord: undefined }),
        () => createRecognizerNode(context, { ...wishes, file: damaged }),
        () => createRecognizerNode(context, { ...wishes, threshold: 2 }),
        async () => createRecognizerNode(context, await parts("sound.gguf", listen)),
        () => createRecognizerNode(new OfflineAudioContext(1, 128, 37800), wishes),
        () => createDenoiserNode(context, plain),
        () => createDenoiserNode(context, { ...plain, maxAttenuationDB: 12 }),
        () => createDenoiserNode(context, { ...plain, maxAttenuationDb: NaN }),
        () => createRecognizerNode(context, { ...wishes, onWords: listen }),
    ], said = [];
    for (const attempt of attempts) try { await attempt(); } catch ({ name, message }) { said.push([name, message]); }
    return said;
};
</script>"""


@pytest.fixture(scope="module")
def folder(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need(program() or "chromium")
    root = tmp_path_factory.mktemp("words")
    for path in (*engine.glob("*.mjs"), *engine.glob("*.wasm")):
        shutil.copy(path, root)
    shutil.copy(MODELS / "keywords-sparse.gguf", root / "words.gguf")
    shutil.copy(MODELS / "denoise-sparse-small.gguf", root / "sound.gguf")
    (root / "sound.f32").write_bytes(sound(CLIPS[0]).tobytes())
    (root / "index.html").write_text(PAGE, "utf-8")
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    class Silent(SimpleHTTPRequestHandler):
        extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
        server.shutdown()


def asked(browser: Browser, address: str, script: str) -> Any:
    with browser.page(address) as page:
        page.until("typeof refused === 'function'")
        answer = page.run(script)
        assert page.complaints() == []
    return answer


def test_words_that_are_played_are_those_of_python(browser: Browser, address: str) -> None:
    here = linnet.Recognizer.from_pretrained(threshold=0.01)(sound(CLIPS[0]), sample_rate_hz=16000)
    said = asked(browser, address, f"played(16000, {len(here)})")
    assert said["found"] == [found._asdict() for found in here]
    assert len(here) >= 3
    assert (said["words"], said["threshold"], said["isListener"]) == (40, 0.01, True)


def test_at_another_rate_words_are_told_too(browser: Browser, address: str) -> None:
    """The hop of 44.1 kHz is no whole number of the audio thread's pieces."""
    found = asked(browser, address, "played(44100, 1)")["found"]
    seconds = [word["seconds"] for word in found]
    assert len(found) >= 1
    assert seconds == sorted(seconds)


def test_the_microphone_is_heard_until_the_node_is_closed(browser: Browser, address: str) -> None:
    said = asked(browser, address, "heard(4)")
    seconds = [word["seconds"] for word in said["found"]]
    assert len(seconds) >= 4
    assert 0 < seconds[0] < seconds[-1] < said["seconds"]
    assert said["more"] == 0
    known = set(linnet.Recognizer.from_pretrained().words)
    assert {word["word"] for word in said["found"]} <= known
    likely = np.array([word["likelihood"] for word in said["found"]])
    assert ((likely >= 0.01) & (likely <= 1)).all()


def test_what_cannot_be_heard_is_refused_before_it_plays(browser: Browser, address: str) -> None:
    said = asked(browser, address, "refused()")
    expected = (
        ("RangeError", "give onWord"),
        ("EngineError", "its checksum is wrong"),
        ("RangeError", "give a threshold between 0 and 1"),
        ("RangeError", "open a model of the task keywords"),
        ("RangeError", "the browser resamples"),
        ("RangeError", "open a denoiser"),
        ("RangeError", "option maxAttenuationDB came, which createDenoiserNode does not have"),
        ("RangeError", "maxAttenuationDb is NaN, which is no attenuation"),
        ("RangeError", "option onWords came, which createRecognizerNode does not have"),
    )
    assert [name for name, _ in said] == [name for name, _ in expected]
    for (_, message), (_, words) in zip(said, expected, strict=True):
        assert words in message

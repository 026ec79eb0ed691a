"""The npm package as others get it: packed, installed into an empty project, run by Node, bundled, typed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

import linnet
from linnet.apps.desk.models import default_name
from linnet.runtime import Denoiser, pretrained_names
from tests.apps.web.chromium import Browser, program
from tests.runtime.tools import need, run
from tests.source_tree import ROOT

pytestmark = pytest.mark.long

RATE_HZ = 48000
MODEL = "denoise-gated-medium"
NODE = """
import { readFileSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DenoiseStream, Denoiser, Recognizer, SAMPLE_RATES_HZ, TextModel } from "linnet-rnn";
import { modelNames, recognizerNames, taskOf, textModelNames } from "linnet-rnn";

const file = new Uint8Array(readFileSync("noisy.f32"));
const noisy = new Float32Array(file.buffer);
const denoiser = await Denoiser.fromPretrained("denoise-gated-medium");
const wishes = { sampleRateHz: 48000, maxAttenuationDb: 20 };
const whole = denoiser.denoise(noisy, wishes);
writeFileSync("clean.f32", new Uint8Array(whole.buffer));

const pieces = [], sizes = [1, 4093, 10000, 7];
for (let at = 0, i = 0; at < file.length; at += sizes[i++ % 4]) pieces.push(file.subarray(at, at + sizes[i % 4]));
const chunks = [];
await pipeline(Readable.from(pieces), new DenoiseStream(denoiser, wishes), async (out) => {
    for await (const chunk of out) chunks.push(chunk);
});
const refusals = [];
const attempts = [
    () => denoiser.denoise(noisy, { sampleRateHz: 37800 }),
    () => denoiser.denoise([...noisy], wishes),
    () => denoiser.denoise(noisy), () => denoiser.stream({ ...wishes, channels: 1e5 }),
    () => denoiser.stream(wishes).setMinGain(2),
    () => Denoiser.fromPretrained("toString"),
    async () => (await Recognizer.fromPretrained()).listen([1, 2, 3], { sampleRateHz: 16000 }),
    async () => (await Recognizer.fromPretrained()).listen([], { sampleRateHz: 16000 }),
    () => Recognizer.fromPretrained(undefined, { poolSeconds: Infinity }),
    () => Denoiser.fromBytes(Promise.resolve()),
    () => denoiser.denoise(noisy, { ...wishes, maxAttenuationDb: -1 }),
    () => Denoiser.fromPretrained("polish"),
    () => Denoiser.fromPretrained(undefined, { maxAttenuationDb: 12 }),
    () => Recognizer.fromPretrained("denoise-bands-large"), () => TextModel.fromPretrained("keywords-sparse"),
    () => pipeline(Readable.from([file.subarray(0, 6)]), new DenoiseStream(denoiser, wishes), async (out) => {
        for await (const _ of out);
    }),
];
for (const attempt of attempts) try { await attempt(); } catch (error) { refusals.push(error.message); }
const { info } = await Denoiser.fromPretrained();
const recognizer = await Recognizer.fromPretrained(undefined, { threshold: 0.01 });
const words = recognizer.listen(noisy, { sampleRateHz: 16000 });
const text = await TextModel.fromPretrained(), content = new TextEncoder().encode("It was the best of times.");
const packed = text.compress(content), fileOf = (name) => readFileSync(`node_modules/linnet-rnn/models/${name}.gguf`);
const compressed = { packed: [...packed], isBack: Buffer.from(content).equals(text.decompress(packed)) };
const tasks = ["denoise-bands-large", "keywords-sparse", "text-english"].map(fileOf).map(taskOf);
console.log(JSON.stringify({
    isStreamAlike: Buffer.concat(chunks).equals(Buffer.from(whole.buffer)), refusals, modelNames, standard: info.name,
    isStereoAlike: denoiser.denoise([noisy, noisy.slice()], wishes)[1].every((x, i) => x === whole[i]),
    rates: SAMPLE_RATES_HZ.length, words, recognizerNames, textModelNames, compressed, tasks,
}));
"""
PAGE = """
import { Denoiser, TextModel, createDenoiserNode, createRecognizerNode } from "linnet-rnn";

const place = { base: "linnet/" }, wishes = { model: "denoise-gated-medium", ...place, maxAttenuationDb: 20 };
globalThis.cleaned = async () => {
    const noisy = new Float32Array(await (await fetch("noisy.f32")).arrayBuffer());
    const denoiser = await Denoiser.fromPretrained(wishes.model, place);
    const whole = denoiser.denoise(noisy, { sampleRateHz: 48000, maxAttenuationDb: 20 });
    const context = new OfflineAudioContext(1, noisy.length, 48000);
    const buffer = context.createBuffer(1, noisy.length, 48000);
    buffer.copyToChannel(noisy, 0);
    const node = await createDenoiserNode(context, wishes), source = new AudioBufferSourceNode(context, { buffer });
    source.connect(node).connect(context.destination);
    source.start();
    const heard = (await context.startRendering()).getChannelData(0), late = node.latencySamples;
    const differing = whole.slice(0, -late).filter((x, i) => x !== heard[i + late]).length;
    return { late, count: whole.length, differing };
};
globalThis.understood = async (count) => {
    const samples = new Float32Array(await (await fetch("noisy.f32")).arrayBuffer()), found = [];
    const context = new OfflineAudioContext(1, samples.length, 16000);
    const buffer = context.createBuffer(1, samples.length, 16000);
    buffer.copyToChannel(samples, 0);
    const onWord = ({ word }) => found.push(word);
    const node = await createRecognizerNode(context, { ...place, threshold: 0.01, onWord });
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(node);
    source.start();
    await context.startRendering();
    const text = await TextModel.fromPretrained(undefined, place);
    const content = new TextEncoder().encode("the best of times");
    const back = new TextDecoder().decode(text.decompress(text.compress(content)));
    for (let waited = 0; found.length < count && waited < 9000; waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));
    return { found, back };
};
"""
TYPES = """
import { DenoiseStream, Denoiser, PackedError, Recognition, Recognizer, TextModel, taskOf } from "linnet-rnn";
const denoiser: Denoiser = await Denoiser.fromPretrained();
const mono: Float32Array = denoiser.denoise(new Float32Array(480), { sampleRateHz: 48000 });
const recognizer: Recognizer = await Recognizer.fromPretrained("keywords-sparse", { threshold: 0.6 });
const words: string[] = recognizer.listen(mono, { sampleRateHz: 16000 }).map(({ word }) => word);
const stream = recognizer.stream({ sampleRateHz: 16000 });
const ends: number[] = stream.push(mono).map(({ seconds }) => seconds + words.length);
const stereo: Float32Array[] = denoiser.denoise([mono, mono], { sampleRateHz: 48000, upperBand: false });
process.stdin.pipe(new DenoiseStream(denoiser, { sampleRateHz: 16000, format: "s16le" })).pipe(process.stdout);
const text: TextModel = await TextModel.fromPretrained();
const packed: Uint8Array = text.compress(new TextEncoder().encode("words"));
try { text.decompress(packed); } catch (error) { if (error instanceof PackedError) throw error; }
const task: string | undefined = taskOf(packed);
export const hears: boolean = task === "keywords" && recognizer.info.isListener && !text.info.isDenoiser;
// @ts-expect-error text is no bytes
text.compress("words");
// @ts-expect-error the rate is missing
denoiser.denoise(stereo, {});
// @ts-expect-error streams are begun by what they go through
new Recognition();
// @ts-expect-error a model is opened
new Denoiser();
// @ts-expect-error a threshold is a number
recognizer.stream({ sampleRateHz: ends[0], threshold: "0.5" });
"""
OPTIONS = {
    "strict": True,
    "noEmit": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom"],
}
PAGE_TYPES = """
import { Recognizer, createDenoiserNode, createRecognizerNode } from "linnet-rnn";
import type { DenoiserNode, RecognizerNode } from "linnet-rnn";
export const words: readonly string[] = (await Recognizer.fromPretrained(undefined, { base: "linnet/" })).words;
const node: DenoiserNode = await createDenoiserNode(new AudioContext(), { onBlock: ({ after }) => after[0]?.length });
node.connect(node.context.destination);
export const seconds: number = node.latencySamples / node.context.sampleRate;
const onWord = ({ word, seconds }: { word: string; seconds: number }) => console.log(word, seconds);
const hearing: RecognizerNode = await createRecognizerNode(node.context, { threshold: 0.7, onWord });
export const heard: readonly string[] = hearing.words;
// @ts-expect-error nobody is told
await createRecognizerNode(node.context, {});
"""


@pytest.fixture(scope="module")
def project(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project into which the packed package was installed, with a noisy recording."""
    need("node", "npm")
    folder = tmp_path_factory.mktemp("npm")
    run("make", "-C", ROOT / "engine/ports/wasm", "package")
    run("npm", "pack", engine / "package", "--pack-destination", folder, "--silent")
    (tarball,) = folder.glob("linnet-rnn-*.tgz")
    assert tarball.name == f"linnet-rnn-{linnet.__version__}.tgz"
    (folder / "package.json").write_text('{"type": "module", "private": true}', "utf-8")
    run("npm", "install", "--prefix", folder, "--offline", "--no-audit", "--no-fund", "--silent", tarball)
    (folder / "noisy.f32").write_bytes(noisy().tobytes())
    return folder


@pytest.fixture(scope="module")
def tools(project: Path) -> Path:
    """The same with a bundler and a compiler of TypeScript, where a registry can be reached."""
    words = ("npm", "install", "--no-audit", "--no-fund", "--silent", "esbuild", "typescript", "@types/node")
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip(f"no npm registry can be reached: {done.stderr.strip()[:200]}")
    return project


def noisy() -> np.ndarray:
    """A tone in noise, 1.1 s, whose end is silent; no whole number of hops."""
    count = 52801
    sound = np.random.default_rng(5).normal(0, 0.05, count) + 0.2 * np.sin(np.arange(count) ** 1.2 / 50)
    sound[-12000:] = 0
    return sound.astype(np.float32)


def test_node_gives_the_samples_of_python_and_says_what_it_refuses(project: Path) -> None:
    (project / "use.mjs").write_text(NODE, "utf-8")
    done = subprocess.run(["node", "use.mjs"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    expected = Denoiser.from_pretrained(MODEL, max_attenuation_db=20)(noisy(), sample_rate_hz=RATE_HZ)
    assert np.array_equal(np.fromfile(project / "clean.f32", np.float32), expected)
    assert (said["isStreamAlike"], said["isStereoAlike"], said["rates"]) == (True, True, 11)
    assert said["modelNames"] == pretrained_names()
    assert said["standard"] == default_name()
    assert said["recognizerNames"] == pretrained_names("keywords")
    here = linnet.Recognizer.from_pretrained(threshold=0.01)(noisy(), sample_rate_hz=16000)
    assert said["words"] == [found._asdict() for found in here] != []
    assert said["textModelNames"] == pretrained_names("text")
    assert said["tasks"] == ["denoise", "keywords", "text"]
    packed = linnet.TextModel.from_pretrained().compress(b"It was the best of times.")
    assert said["compressed"] == {"packed": list(packed), "isBack": True}
    words = (
        "resample it",
        "Float32Array",
        "without sampleRateHz",
        "from 1 to 1024",
        "a number from 0 to 1",
        "No model named toString does this",
        "no Float32Array",
        "no Float32Array",
        "decide nothing",
        "and no bytes; give",
        "no attenuation",
        "choose one of denoise-",
        "option maxAttenuationDb came, which the opening of a model does not have",
        "choose one of keywords-",
        "choose one of text-",
        "ended within a sample",
    )
    assert all(word in text for word, text in zip(words, said["refusals"], strict=True)), said["refusals"]


WORKER = """
const asked = [];
globalThis.location = { href: "http://a.b/work/worker.js" }; // a worker has no document
globalThis.fetch = async (address) => { asked.push(String(address)); return { ok: false, status: 404 }; };
const { TextModel } = await import("./node_modules/linnet-rnn/web.mjs");
for (const base of ["http://c.d/linnet", "http://c.d/linnet/", "sub", "/top/"])
    await TextModel.fromPretrained("text-english", { base }).catch(() => {});
console.log(JSON.stringify(asked));
"""


def test_a_worker_finds_the_files_in_the_folder_that_is_named(project: Path) -> None:
    (project / "worker.mjs").write_text(WORKER, "utf-8")
    folders = json.loads(run("node", project / "worker.mjs"))
    assert folders == [
        f"{folder}/models/text-english.gguf"
        for folder in ("http://c.d/linnet", "http://c.d/linnet", "http://a.b/work/sub", "http://a.b/top")
    ]


@pytest.fixture
def bundle(tools: Path) -> Iterator[str]:
    """The address of a page that esbuild made."""
    need(program() or "chromium")
    (tools / "page.mjs").write_text(PAGE, "utf-8")
    (tools / "index.html").write_text('<script type="module" src="bundle.js"></script>', "utf-8")
    esbuild = tools / "node_modules/.bin/esbuild"
    run(
        esbuild,
        tools / "page.mjs",
        "--bundle",
        "--format=esm",
        "--minify",
        f"--outfile={tools / 'bundle.js'}",
    )
    (tools / "linnet").symlink_to("node_modules/linnet-rnn")
    silent = type("Silent", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(silent, directory=str(tools))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
        server.shutdown()


def test_a_bundled_page_cleans_hears_and_compresses_as_python_does(bundle: str, tmp_path: Path) -> None:
    here = linnet.Recognizer.from_pretrained(threshold=0.01)(noisy(), sample_rate_hz=16000)
    browser = Browser(tmp_path, microphone=ROOT / "examples/noisy/fan.wav")
    with browser.page(bundle) as page:
        page.until("typeof cleaned === 'function'")
        said = page.run("cleaned()")
        understood = page.run(f"understood({len(here)})")
    browser.close()
    assert said["count"] == len(noisy())
    assert said["late"] + 128 == round(0.032 * RATE_HZ)  # with the audio thread's own piece, the window
    assert said["differing"] == 0
    assert understood == {"found": [found.word for found in here], "back": "the best of times"}


def test_the_types_serve_node_and_page(tools: Path) -> None:
    for name, source, conditions in (("node", TYPES, ["node"]), ("page", PAGE_TYPES, ["browser"])):
        (tools / f"{name}_types.ts").write_text(source, "utf-8")
        options = OPTIONS | {"customConditions": conditions, "types": ["node"] if name == "node" else []}
        settings = {"compilerOptions": options, "files": [f"{name}_types.ts"]}
        (tools / f"{name}.json").write_text(json.dumps(settings), "utf-8")
        run(tools / "node_modules/.bin/tsc", "-p", tools / f"{name}.json")

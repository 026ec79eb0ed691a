/* test_recognizer.mjs - what recognizer.mjs and recipe.mjs promise, beyond the words: node test_recognizer.mjs FOLDER MODEL.gguf
 * DENOISER.gguf */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { EngineError, Model, SAMPLE_RATES_HZ, loadEngine } from "./linnet.mjs";
import { recipeOf, valuesOf } from "./recipe.mjs";
import { Recognizer } from "./recognizer.mjs";

const [folder, modelFile, denoiserFile] = process.argv.slice(2);
const file = await readFile(modelFile), denoiser = await readFile(denoiserFile);
const engine = await loadEngine((name) => readFile(join(folder, name)));
const low = await Recognizer.open(engine, file, { threshold: 0.01, poolSeconds: 0.05 });
const sound = Float32Array.from({ length: 64123 }, (_, i) => (Math.sin(i * i * 1e-5) * Math.sin(i / 900)) / 3);
const whole = low.listen(sound, { sampleRateHz: 16000 });
assert.ok(whole.length > 2, "words are told where any likelihood will do");

// Pieces of any size hold the words of the whole, and a stream remembers none of another one.
for (const size of [1000, 7, 40000]) {
    const stream = low.stream({ sampleRateHz: 16000 }), found = [];
    for (let at = 0; at < sound.length; at += size) found.push(...stream.push(sound.subarray(at, at + size)));
    assert.deepEqual(found, whole);
    stream.close(), stream.close();
    assert.throws(() => stream.push(sound), /closed/);
}
for (const rate of SAMPLE_RATES_HZ) low.listen(sound, { sampleRateHz: rate });

// The recipe of the file says what is not said.
const own = await Recognizer.open(engine, file), recipe = recipeOf(file);
assert.deepEqual([own.words, own.threshold], [recipe.words, recipe.threshold]);
assert.equal(own.words.length, own.info.outputWidth);
assert.deepEqual(own.listen(new Float32Array(32000), { sampleRateHz: 16000 }), []);

// What is wrong is refused, with what to do.
await assert.rejects(Recognizer.open(engine, denoiser), /outputs, and 0 words are known .* or give words/);
await assert.rejects(Recognizer.open(engine, file, { words: ["yes"] }), /40 outputs, and 1 words/);
await assert.rejects(Recognizer.open(engine, file, { treshold: 0.9 }), /option treshold came, .* it has words, poolSeconds, threshold/);
assert.throws(() => low.listen(sound, { sampleRateHz: 16000, threshold: 0.9 }), /option threshold came, which listen does not have/);
await assert.rejects(Recognizer.open(engine, file, { threshold: 1 }), /decide nothing; give a threshold/);
await assert.rejects(Recognizer.open(engine, file, { poolSeconds: 0.001 }), /decide nothing; .* from a frame/);
await assert.rejects(Recognizer.open(engine, file.subarray(0, 900)), EngineError);
assert.throws(() => low.stream({ sampleRateHz: 37800 }), /resample it/);
assert.throws(() => low.stream({ sampleRateHz: 16000 }).push([0]), /Float32Array/);
assert.throws(() => recipeOf(new Uint8Array(50)), /no whole model file; give/);
const session = (await Model.open(engine, file)).session();
assert.throws(() => session.listen(sound), /whole hops/);

// TOML, as far as it is read.
const toml = '# first\nname = "a\\"b # c" # why\nwords = [\n  "x", \'y\\\', # z\n  "ä",\n]\nn = -1_000.5e1\nyes = true\n[table]\nn = 2\n';
assert.deepEqual(valuesOf(toml), { name: 'a"b # c', words: ["x", "y\\", "ä"], n: -10005, yes: true });
assert.deepEqual(valuesOf('a = "\t\\u00e4"'), { a: "\tä" });
assert.deepEqual(valuesOf(""), {});
for (const wrong of ['a = """x"""\n', "a = {b = 1}\n", "a.b = 1\n", "a = [1, \n", "= 1\n", 'a = "x\n', 'a = "\\U000000e4"'])
    assert.throws(() => valuesOf(wrong), /cannot be read here/, wrong);
console.log("all of it holds");

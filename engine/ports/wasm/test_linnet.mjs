/* test_linnet.mjs - what linnet.mjs promises, beyond the bits: node test_linnet.mjs FOLDER MODEL.gguf (a denoiser) */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Denoiser } from "./denoiser.mjs";
import { EngineError, Model, SAMPLE_RATES_HZ, engineFile, loadEngine } from "./linnet.mjs";
import { DenoiseStream } from "./node_stream.mjs";

const [folder, modelFile] = process.argv.slice(2);
const read = (name) => readFile(join(folder, name));
const file = new Uint8Array(await readFile(modelFile));
const engine = await loadEngine(read);
const model = await Model.open(engine, file);
const { hop, inputWidth } = model.info;
const sound = Float32Array.from({ length: 40 * hop }, (_, i) => Math.sin(i * i * 1e-4) / 4);

assert.equal(engineFile(), "linnet.wasm", "Node has 128-bit vectors");
assert.equal(model.info.kernels, "simd128");
assert.equal((await Model.open(await loadEngine(read, "linnet_scalar.wasm"), file)).info.kernels, "scalar");
assert.equal(model.info.isDenoiser, true);
assert.equal(model.info.delaySamples, model.info.window - hop);

// Hops may come in any number, and sessions do not disturb each other.
const whole = model.session().denoise(sound.slice());
const first = model.session(), second = model.session();
for (let t = 0; t < 40; t++) {
    second.denoise(sound.slice((39 - t) * hop, (40 - t) * hop));
    assert.deepEqual(first.denoise(sound.slice(t * hop, (t + 1) * hop)), whole.slice(t * hop, (t + 1) * hop));
}

// What was said is forgotten by reset, and by the session that gets a closed one's memory.
first.reset();
assert.deepEqual(first.denoise(sound.slice()), whole);
first.close();
assert.throws(() => first.denoise(sound.slice()), /closed/);
assert.throws(() => first.close(), /closed/);
assert.deepEqual(model.session().denoise(sound.slice()), whole);

// With nothing turned down, what goes in comes out, later.
second.reset();
second.setMinGain(1);
const same = second.denoise(sound.slice());
for (let i = model.info.delaySamples; i < sound.length; i++)
    assert.ok(Math.abs(same[i] - sound[i - model.info.delaySamples]) < 1e-5);

// At every rate a hop is 8 ms, and what goes in comes out, later; the upper band may be silenced.
assert.deepEqual(model.sampleRatesHz, SAMPLE_RATES_HZ);
for (const rate of model.sampleRatesHz) {
    const session = model.session(rate), { sampleRateHz, hop: hopThere, delaySamples } = session.format;
    assert.equal(sampleRateHz, rate);
    assert.ok(Math.abs(hopThere / rate / (hop / 16000) - 1) < 0.003);
    session.setMinGain(1);
    const there = Float32Array.from({ length: 20 * hopThere }, (_, i) => Math.sin(i * i * 1e-4) / 4);
    const back = session.denoise(there.slice());
    for (let i = delaySamples; i < there.length; i++) assert.ok(Math.abs(back[i] - there[i - delaySamples]) < 1e-5);
    session.close();
}
const high = model.session(48000), tone = Float32Array.from({ length: 40 * 384 }, (_, i) => Math.sin(i * Math.PI / 2) / 4);
high.setMinGain(1), high.setUpperBand(false);
assert.ok(high.denoise(tone.slice()).subarray(2000).every((x) => Math.abs(x) < 1e-3), "12 kHz is silent");
assert.throws(() => model.session(37000), (error) => error instanceof EngineError && error.status === 16);

// Samples that are cut are told of, once.
const warnings = [], warn = console.warn;
console.warn = (text) => warnings.push(text);
assert.ok(second.loudest <= 0.25 && second.loudest > 0.2);
second.denoise(sound.map((x) => x * 32768)), second.denoise(sound.map((x) => x * 32768));
console.warn = warn;
assert.ok(second.loudest > 8000);
assert.deepEqual([warnings.length, /int16 by 32768/.test(warnings[0])], [1, true]);
second.reset();
assert.equal(second.loudest, 0);

// Streams that are left before their end give their memory back, and so do those that were refused.
const denoiser = new Denoiser(model), wishes = { sampleRateHz: 48000, channels: 2 };
const leave = async () => {
    const stream = denoiser.stream(wishes), pipe = new DenoiseStream(denoiser, wishes);
    stream.push([tone, tone]), stream.close(), stream.close();
    assert.throws(() => stream.push([tone, tone]), /closed/);
    await new Promise((resolve) => pipe.on("close", resolve).destroy());
    assert.throws(() => denoiser.stream({ ...wishes, maxAttenuationDb: -1 }), RangeError);
    const last = denoiser.stream(wishes);
    assert.equal(last.flush()[1].length, last.delaySamples);
    last.close();
};
await leave();
const bytesBefore = model.engine.memory.buffer.byteLength;
for (let i = 0; i < 20; i++) await leave();
assert.equal(model.engine.memory.buffer.byteLength, bytesBefore);

// What is wrong is refused with the engine's reason, and never taken in part.
assert.throws(() => second.setMinGain(2), (error) => error instanceof EngineError && error.status === 1);
// An option that is none, or none of its kind, is refused with those that there are.
const there = new Denoiser(model), at16 = { sampleRateHz: 16000 }, none = / does not have, so it would do nothing; it has sampleRateHz/;
assert.throws(() => there.denoise(sound, { ...at16, maxAttenuationDB: 12 }), /option maxAttenuationDB came, which denoise does not have/);
assert.throws(() => there.stream({ ...at16, channel: 2 }), none);
assert.throws(() => new DenoiseStream(there, { ...at16, Format: "s16le" }), none);
assert.throws(() => there.denoise(sound, null), /null came as the options of denoise, and no object/);
assert.throws(() => there.denoise(sound, { sampleRateHz: "16000" }), /Sound of "16000" samples/);
assert.throws(() => there.stream({ ...at16, channels: "2" }), /A stream of "2" channels/);
assert.throws(() => new DenoiseStream(there), /without sampleRateHz/);
assert.throws(() => new DenoiseStream(Promise.resolve(there), at16), /wait for it \(await\)/);

assert.throws(() => second.denoise(sound.slice(1)), /whole hops/);
assert.throws(() => second.denoise([...sound]), /Float32Array/);
assert.throws(() => second.run(new Int16Array(inputWidth + 1)), /whole frames/);
const bent = file.slice();
bent[bent.length - 1] ^= 1;
await assert.rejects(Model.open(engine, bent), (error) => error instanceof EngineError && /checksum/.test(error.message));
await assert.rejects(Model.open(engine, file.slice(0, 100)), EngineError);
await assert.rejects(Model.open(engine, new Uint8Array(0)), EngineError);
console.log("all of it holds");

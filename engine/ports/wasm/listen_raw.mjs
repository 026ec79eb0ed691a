/* listen_raw.mjs - the smallest program that hears words with Linnet in Node; in a browser only the reading differs:
 *
 *     node listen_raw.mjs build/wasm MODEL.gguf SOUND.f32 [RATE [THRESHOLD [CODES.i16]]]
 *
 * Raw float32 samples, one channel, at RATE Hz, 16000 without it. Prints a line of JSON for each word; CODES.i16 gets the codes of
 * all outputs. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Model, loadEngine } from "./linnet.mjs";
import { Recognizer } from "./recognizer.mjs";

const [folder, modelFile, soundFile, rate = "16000", threshold, codesFile] = process.argv.slice(2);
if (soundFile === undefined) {
    console.error("usage: node listen_raw.mjs FOLDER_OF_LINNET_WASM MODEL.gguf SOUND.f32 [RATE [THRESHOLD [CODES.i16]]]");
    process.exit(2);
}
const engine = await loadEngine((name) => readFile(join(folder, name))), file = await readFile(modelFile);
const sound = new Float32Array(new Uint8Array(await readFile(soundFile)).buffer), sampleRateHz = Number(rate);
const recognizer = await Recognizer.open(engine, file, { threshold: threshold && Number(threshold) });
for (const found of recognizer.listen(sound, { sampleRateHz })) console.log(JSON.stringify(found));
if (codesFile !== undefined) {
    const session = (await Model.open(engine, file)).session(sampleRateHz), whole = sound.length - (sound.length % session.format.hop);
    await writeFile(codesFile, new Uint8Array(session.listen(sound.slice(0, whole)).buffer));
}

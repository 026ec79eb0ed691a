/* denoise_raw.mjs - the smallest program that cleans sound with Linnet in Node; in a browser only the reading differs:
 *
 *     node denoise_raw.mjs build/wasm MODEL.gguf NOISY.f32 CLEAN.f32 [RATE]
 *
 * Raw float32 samples, one channel, at RATE Hz or the model's rate. The delay is compensated: what comes out is as long as what
 * went in, and aligned with it. Twin of ../../examples/denoise_raw.c. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Model, loadEngine } from "./linnet.mjs";

const [folder, modelFile, noisyFile, cleanFile, rate] = process.argv.slice(2);
if (cleanFile === undefined) {
    console.error("usage: node denoise_raw.mjs FOLDER_OF_LINNET_WASM MODEL.gguf NOISY.f32 CLEAN.f32 [RATE]");
    process.exit(2);
}
const engine = await loadEngine((name) => readFile(join(folder, name)));
const model = await Model.open(engine, await readFile(modelFile));
const session = model.session(Number(rate ?? 0)), { hop, delaySamples } = session.format;
const noisy = new Float32Array(new Uint8Array(await readFile(noisyFile)).buffer);
const samples = new Float32Array(Math.ceil((noisy.length + delaySamples) / hop) * hop); // silence follows
samples.set(noisy);
session.denoise(samples);
const clean = samples.slice(delaySamples, delaySamples + noisy.length);
await writeFile(cleanFile, new Uint8Array(clean.buffer));

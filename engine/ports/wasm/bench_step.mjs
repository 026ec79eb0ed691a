/* bench_step.mjs - how long one frame takes: node bench_step.mjs FOLDER MODEL.gguf ... prints microseconds per frame
 * of both engines in the folder, the median and the best of many short runs, and how many times longer the first model
 * takes. All models in both engines take turns, so that a busy moment hits all. Codes cross into the engine's memory and
 * back, as they do for a user. Twin of ../../tests/bench_step.c. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Model, loadEngine } from "./linnet.mjs";

const RUNS = 301;
const FRAMES = 20;
const WARM_UP = 2000; // frames until the machine's compiler has done its best

function timed(work) {
    const start = process.hrtime.bigint();
    work();
    return Number(process.hrtime.bigint() - start) / 1000 / FRAMES;
}

function shown(times) {
    times.sort((a, b) => a - b);
    return `${times[RUNS >> 1].toFixed(2).padStart(7)} us (best ${times[0].toFixed(2)})`;
}

async function laidOut(engine, name, file) {
    const model = await Model.open(engine, await readFile(file));
    const { hop, inputWidth } = model.info;
    const codes = Int16Array.from({ length: FRAMES * inputWidth }, (_, i) => (i * 7919) % 4096);
    const sound = Float32Array.from({ length: FRAMES * hop }, (_, i) => ((i * 7919) % 4096) / 8192 - 0.25);
    const session = model.session();
    for (let t = 0; t < WARM_UP; t += FRAMES) session.run(codes), session.denoise(sound.slice());
    return { name, file, model, session, codes, sound, step: [], hop: [] };
}

const [folder, ...files] = process.argv.slice(2);
const contenders = [];
for (const name of ["linnet.wasm", "linnet_scalar.wasm"]) {
    const engine = await loadEngine((it) => readFile(join(folder, it)), name);
    for (const file of files) contenders.push(await laidOut(engine, name, file));
}
for (let run = 0; run < RUNS; run++)
    for (const c of contenders) {
        c.session.run(c.codes);
        c.step.push(timed(() => c.session.run(c.codes)));
        const sound = c.sound.slice();
        c.hop.push(timed(() => c.session.denoise(sound)));
    }
for (const c of contenders) {
    const { kernels, weightCount } = c.model.info;
    const step = shown(c.step), first = contenders.find((other) => other.name === c.name);
    console.log(`${c.file}: ${weightCount} nonzero weights`);
    console.log(`${kernels.padEnd(8)} step ${step}, ${(first.step[0] / c.step[0]).toFixed(2)} x  sound to sound ${shown(c.hop)}`);
}

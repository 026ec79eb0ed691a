/* worker.mjs - the thread that cleans, so that the page stays quick. cleaner.mjs asks; each question has a number, and
 * its answer carries it: { id, answer } or { id, error }, and { id, progress } on the way. */
import { Aligned, Denoiser } from "./engine/denoiser.mjs";
import { quietLevelDb, spectrogramOf } from "./spectrogram.mjs";

const SECONDS_AT_ONCE = 5; // of a recording between two looks at the questions
const HOPS_TIMED = 50;
const RUNS_TIMED = 6; // the first ones while the browser's compiler is still at work
const denoisers = new Map();
let compiled = null; // the engine, which is one for all models
let newest = 0; // question that asked to clean

/* Check a model and measure its load: its share of one core in real time. */
async function open({ name, engine, file }) {
    compiled ??= WebAssembly.compile(engine);
    const denoiser = await Denoiser.open(await compiled, file);
    denoisers.set(name, denoiser);
    const { hop, sampleRateHz } = denoiser.info;
    const noise = Float32Array.from({ length: hop * HOPS_TIMED }, () => (Math.random() - 0.5) / 4);
    const times = Array.from({ length: RUNS_TIMED }, () => {
        const start = performance.now();
        denoiser.denoise(noise, { sampleRateHz });
        return performance.now() - start;
    });
    return { info: { ...denoiser.info }, load: Math.min(...times) / ((1000 * noise.length) / sampleRateHz) };
}

/* Clean a recording; null where a newer question makes this one idle. */
async function clean({ id, name, channels, sampleRateHz, maxAttenuationDb, upperBand }) {
    newest = id;
    const stream = denoisers.get(name).stream({ sampleRateHz, maxAttenuationDb, upperBand, channels: channels.length });
    const length = channels[0].length, size = SECONDS_AT_ONCE * sampleRateHz;
    const cleaned = new Aligned(channels.length, length, stream.delaySamples);
    const start = performance.now();
    try {
        for (let from = 0; from < length; from += size) {
            cleaned.put(stream.push(channels.map((channel) => channel.subarray(from, from + size))));
            postMessage({ id, progress: from / length });
            await new Promise((resolve) => setTimeout(resolve));
            if (newest !== id) return null;
        }
        cleaned.put(stream.flush());
    } finally {
        stream.close();
    }
    return { channels: cleaned.channels, milliseconds: performance.now() - start };
}

/* What the picture of one side needs. */
function look({ samples, sampleRateHz, columns, rows }) {
    return { decibels: spectrogramOf(samples, sampleRateHz, columns, rows), quietDb: quietLevelDb(samples, sampleRateHz) };
}

const work = { open, clean, look };

onmessage = async ({ data }) => {
    try {
        postMessage({ id: data.id, answer: await work[data.ask](data) });
    } catch (error) {
        postMessage({ id: data.id, error: { name: error.name, message: error.message } });
    }
};

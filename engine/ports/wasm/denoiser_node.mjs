/* denoiser_node.mjs - a node for Web Audio graphs that denoises what passes through it. The other side, on the audio
 * thread, is processor.mjs. */
import { EngineError, NO_LIMIT_DB, SAMPLE_RATES_HZ } from "./linnet.mjs";

const loaded = new WeakMap(); // contexts whose worklet is there, or on its way

/** An AudioWorkletNode with `latencySamples`, `info` and `close()`; its parameter maxAttenuationDb is at most 100, which
 * means no limit. `engine` and `file` are the bytes of linnet.wasm and of a model.
 *
 * @throws {EngineError} where the engine refuses the model. */
export async function createDenoiserNode(context, { engine, file, workletUrl, channels = 1, maxAttenuationDb = Infinity, onBlock }) {
    if (context.audioWorklet === undefined)
        throw new Error("This page has no AudioWorklet, so sound cannot be cleaned while it plays; browsers have it on " +
            "https:// pages and on localhost only, and old ones have none.");
    if (!SAMPLE_RATES_HZ.includes(context.sampleRate))
        throw new RangeError(`The AudioContext runs at ${context.sampleRate} Hz, which the engine does not take; make it with ` +
            "{ sampleRate: 48000 }, and the browser resamples.");
    if (!loaded.has(context)) loaded.set(context, context.audioWorklet.addModule(workletUrl));
    await loaded.get(context);
    const node = new AudioWorkletNode(context, "linnet", {
        channelCount: channels,
        channelCountMode: "explicit",
        outputChannelCount: [channels],
        parameterData: { maxAttenuationDb: Math.min(maxAttenuationDb, NO_LIMIT_DB) },
        processorOptions: { engine, file, channels, record: onBlock !== undefined },
    });
    const { latencySamples, info } = await answerOf(node, onBlock);
    return Object.assign(node, { latencySamples, info, close: () => node.port.postMessage({ close: true }) });
}

/* The first message says whether there is a model; all others are blocks of a recording. */
function answerOf(node, onBlock) {
    return new Promise((resolve, reject) => {
        node.onprocessorerror = () => reject(new Error("The audio thread could not start the denoiser; reload the page."));
        node.port.onmessage = ({ data }) => {
            if (data.ready) resolve(data.ready);
            else if (data.refused) reject(new EngineError(data.refused.status, data.refused.message));
            else onBlock(data);
        };
    });
}

/* worklet_node.mjs - what the nodes for Web Audio graphs have in common: the worklet is loaded, and a model is there or refused. */
import { EngineError, SAMPLE_RATES_HZ } from "./linnet.mjs";

const loaded = new WeakMap(); // contexts whose worklet is there, or on its way

/** An AudioWorkletNode of the processor `name`, and what its audio thread said when it was ready. All that it says later goes to
 * `hear`.
 *
 * @throws {EngineError} where the engine refuses the model. */
export async function workletNode(context, name, { workletUrl, options, hear }) {
    if (context.audioWorklet === undefined)
        throw new Error("This page has no AudioWorklet, so sound cannot be taken while it plays; browsers have it on https:// pages " +
            "and on localhost only, and old ones have none.");
    if (!SAMPLE_RATES_HZ.includes(context.sampleRate))
        throw new RangeError(`The AudioContext runs at ${context.sampleRate} Hz, which the engine does not take; make it with ` +
            "{ sampleRate: 48000 }, and the browser resamples.");
    if (!loaded.has(context)) loaded.set(context, context.audioWorklet.addModule(workletUrl));
    await loaded.get(context);
    const node = new AudioWorkletNode(context, name, options);
    const ready = await readinessOf(node, hear);
    return Object.assign(node, ready, { close: () => node.port.postMessage({ close: true }) });
}

function readinessOf(node, hear) {
    return new Promise((resolve, reject) => {
        node.onprocessorerror = () => reject(new Error("The audio thread could not start the model; reload the page."));
        node.port.onmessage = ({ data }) => {
            if (data.ready) resolve(data.ready);
            else if (data.refused) reject(errorOf(data.refused));
            else hear(data);
        };
    });
}

/* An error of the audio thread, of its kind. */
function errorOf({ name, status, message }) {
    return name === "EngineError" ? new EngineError(status, message) : Object.assign(new Error(message), { name });
}

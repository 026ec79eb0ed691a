/* microphone.mjs - the microphone through the denoiser on the audio thread, both sides recorded. */
import { createDenoiserNode } from "./engine/denoiser_node.mjs";
import { NO_LIMIT_DB } from "./engine/linnet.mjs";
import { contextForMicrophone } from "./rate.mjs";

export const LONGEST_S = 600; // of a recording, which lies in memory: 230 MB at 48 kHz

const QUANTUM = 128; // samples that the audio thread takes at once

const AS_IT_IS = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** Start listening. `onBlock(before, after)` gets Float32Arrays as they come.
 *
 * @throws {DOMException} where the browser gives no microphone, {EngineError} where the engine refuses the model. */
export async function listen({ engine, file, maxAttenuationDb, onBlock }) {
    if (navigator.mediaDevices === undefined)
        throw new DOMException("Browsers give pages a microphone on https:// and on localhost only.", "SecurityError");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    let context = null;
    try {
        context = await contextForMicrophone();
        return await Listening.begin(context, stream, { engine, file, maxAttenuationDb, onBlock });
    } catch (error) {
        release(stream, context);
        throw error;
    }
}

function release(stream, context) {
    for (const track of stream.getTracks()) track.stop();
    context?.close();
}

class Listening {
    #context;
    #stream;
    #node;
    #gains = {};
    #blocks = [];

    static async begin(context, stream, { engine, file, maxAttenuationDb, onBlock }) {
        await context.resume();
        const listening = new Listening();
        const take = ({ before, after }) => {
            listening.#blocks.push([before[0], after[0]]);
            onBlock(before[0], after[0]);
        };
        const workletUrl = new URL("./engine/worklet.mjs", import.meta.url);
        const node = await createDenoiserNode(context, { engine, file, workletUrl, maxAttenuationDb, onBlock: take });
        listening.#context = context, listening.#stream = stream, listening.#node = node;
        listening.#connect();
        return listening;
    }

    /* Both sides reach the speaker equally late. */
    #connect() {
        const context = this.#context, delayTime = this.#node.latencySamples / context.sampleRate;
        const source = new MediaStreamAudioSourceNode(context, { mediaStream: this.#stream });
        for (const side of ["before", "after"]) this.#gains[side] = new GainNode(context, { gain: 0 });
        source.connect(this.#node).connect(this.#gains.after).connect(context.destination);
        source.connect(new DelayNode(context, { delayTime })).connect(this.#gains.before).connect(context.destination);
    }

    /** Seconds from a sound to its clean self in the speaker: the denoiser's, then the browser's. */
    get latencySeconds() {
        const { sampleRate, baseLatency, outputLatency } = this.#context;
        return [(this.#node.latencySamples + QUANTUM) / sampleRate, (baseLatency ?? 0) + (outputLatency ?? 0)];
    }

    get sampleRateHz() {
        return this.#context.sampleRate;
    }

    /** Play "before" or "after", or null: stay silent. */
    hear(side) {
        for (const [name, gain] of Object.entries(this.#gains))
            gain.gain.setTargetAtTime(name === side ? 1 : 0, this.#context.currentTime, 0.003);
    }

    /** Turn no frequency down by more than so many decibels. */
    limit(maxAttenuationDb) {
        this.#node.parameters.get("maxAttenuationDb").value = Math.min(maxAttenuationDb, NO_LIMIT_DB);
    }

    /** End; both sides as recorded, `after` later by `latencySamples`. */
    stop() {
        this.#node.close();
        release(this.#stream, this.#context);
        const [before, after] = [0, 1].map((side) => joined(this.#blocks.map((block) => block[side])));
        return { before, after, latencySamples: this.#node.latencySamples, sampleRateHz: this.sampleRateHz };
    }
}

function joined(pieces) {
    const result = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let place = 0;
    for (const piece of pieces) result.set(piece, place), (place += piece.length);
    return result;
}

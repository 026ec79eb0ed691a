/* processor.mjs - the denoiser on the audio thread of a browser, made by denoiser_node.mjs on the other side.
 *
 * The worklet that browsers load is this file, listening.mjs and what both import in one (Makefile), since not all of them
 * let a worklet import. Messages to it: { close: true }. From it: { ready: { latencySamples, info } } or
 * { refused: { name, status, message } }, once; and, where it records, blocks { before: [...], after: [...] }. */
import { Model, NO_LIMIT_DB } from "./linnet.mjs";
import { QUANTUM, Quanta } from "./quanta.mjs";

const QUANTA_IN_BLOCK = 16;

class LinnetProcessor extends AudioWorkletProcessor {
    #lines = [];
    #attenuationDb = NO_LIMIT_DB;
    #open = true;
    #block = null;

    static get parameterDescriptors() {
        const range = { defaultValue: NO_LIMIT_DB, minValue: 0, maxValue: NO_LIMIT_DB };
        return [{ name: "maxAttenuationDb", automationRate: "k-rate", ...range }];
    }

    constructor({ processorOptions: { engine, file, channels, record } }) {
        super();
        try {
            const model = new Model(new WebAssembly.Instance(new WebAssembly.Module(engine)), new Uint8Array(file));
            model.requireDenoiser();
            for (let c = 0; c < channels; c++) this.#lines.push(new Quanta(model.session(sampleRate), QUANTUM));
            if (record) this.#block = new Block(channels);
            const [{ session, extraSamples }] = this.#lines;
            const latencySamples = session.format.delaySamples + extraSamples;
            this.port.postMessage({ ready: { latencySamples, info: { ...model.info } } });
        } catch (error) {
            this.#open = false;
            const { name, status, message } = error;
            this.port.postMessage({ refused: { name, status, message } });
        }
        this.port.onmessage = ({ data }) => {
            if (data.close) this.#open = false;
        };
    }

    process([input], [output], { maxAttenuationDb }) {
        if (!this.#open) return false;
        this.#limit(maxAttenuationDb[0]);
        this.#lines.forEach((line, c) => line.process(input[c], output[c]));
        if (this.#block?.isFullWith(input, output)) {
            this.port.postMessage(this.#block.taken());
        }
        return true;
    }

    #limit(attenuationDb) {
        if (attenuationDb === this.#attenuationDb) return;
        this.#attenuationDb = attenuationDb;
        const gain = attenuationDb >= NO_LIMIT_DB ? 0 : 10 ** (-attenuationDb / 20);
        for (const line of this.#lines) line.session.setMinGain(gain);
    }
}

/* What went in and what came out, until it is worth a message. */
class Block {
    #before;
    #after;
    #filled = 0;

    constructor(channels) {
        const empty = () => Array.from({ length: channels }, () => new Float32Array(QUANTA_IN_BLOCK * QUANTUM));
        this.#before = empty();
        this.#after = empty();
    }

    isFullWith(input, output) {
        output.forEach((samples, c) => {
            if (input[c] === undefined) this.#before[c].fill(0, this.#filled, this.#filled + samples.length);
            else this.#before[c].set(input[c], this.#filled);
            this.#after[c].set(samples, this.#filled);
        });
        this.#filled += output[0].length;
        return this.#filled === this.#before[0].length;
    }

    taken() {
        this.#filled = 0;
        return { before: this.#before, after: this.#after }; // copied by the message
    }
}

registerProcessor("linnet", LinnetProcessor);

/* listening.mjs - the recognizer on the audio thread of a browser, made by recognizer_node.mjs on the other side. It is a part of the
 * worklet that browsers load, as processor.mjs is.
 *
 * Messages to it: { close: true }. From it: { ready: { words, threshold, info } } or { refused: { name, status, message } }, once;
 * then { found: [{ word, seconds, likelihood }, ...] } whenever words ended. */
import { Model } from "./linnet.mjs";
import { QUANTUM } from "./quanta.mjs";
import { Recognizer, hearingOf } from "./recognizer.mjs";

const SILENCE = new Float32Array(QUANTUM); // of an input that nothing is connected to

class ListeningProcessor extends AudioWorkletProcessor {
    #stream;
    #hop; // samples on their way in
    #filled = 0;
    #open = true;

    constructor({ processorOptions: { engine, file, wishes } }) {
        super();
        try {
            const model = new Model(new WebAssembly.Instance(new WebAssembly.Module(engine)), new Uint8Array(file));
            const recognizer = new Recognizer(model, hearingOf(file, wishes)), { words, threshold, info } = recognizer;
            this.#stream = recognizer.stream({ sampleRateHz: sampleRate });
            this.#hop = new Float32Array(model.format(sampleRate).hop);
            this.port.postMessage({ ready: { words, threshold, info: { ...info } } });
        } catch (error) {
            this.#open = false;
            const { name, status, message } = error;
            this.port.postMessage({ refused: { name, status, message } });
        }
        this.port.onmessage = ({ data }) => {
            if (data.close) this.#open = false;
        };
    }

    process([[samples]]) {
        if (!this.#open) return false;
        this.#take(samples ?? SILENCE);
        return true;
    }

    #take(samples) {
        for (let from = 0; from < samples.length; ) {
            const part = samples.subarray(from, from + this.#hop.length - this.#filled);
            this.#hop.set(part, this.#filled);
            this.#filled += part.length;
            from += part.length;
            if (this.#filled < this.#hop.length) continue;
            this.#filled = 0;
            const found = this.#stream.push(this.#hop);
            if (found.length > 0) this.port.postMessage({ found });
        }
    }
}

registerProcessor("linnet-words", ListeningProcessor);

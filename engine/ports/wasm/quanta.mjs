/* quanta.mjs - a session fed with the pieces of an audio thread, whose size is none of its hops.
 *
 * Every piece that goes in gives one of its size. Pieces wait until they are a hop, so what comes out is late by
 * hop - gcd(hop, piece) samples, beyond the delay of the model: nothing where a hop is a piece. */

/** Samples that the audio thread takes at once. */
export const QUANTUM = globalThis.renderQuantumSize ?? 128;

function commonDivisor(a, b) {
    return b === 0 ? a : commonDivisor(b, a % b);
}

/** One channel of an audio thread. */
export class Quanta {
    #session;
    #hop; // samples on their way in
    #filled = 0;
    #ready; // samples on their way out, a ring
    #read = 0;
    #write;

    constructor(session, quantum) {
        const { hop } = session.format;
        this.extraSamples = hop - commonDivisor(hop, quantum);
        this.#session = session;
        this.#hop = new Float32Array(hop);
        this.#ready = new Float32Array(2 * hop + quantum);
        this.#write = this.extraSamples;
    }

    get session() {
        return this.#session;
    }

    /** Samples in (undefined: silence), as many out; both may be the same array. */
    process(input, output) {
        for (let from = 0; from < output.length; ) {
            const count = Math.min(output.length - from, this.#hop.length - this.#filled);
            if (input === undefined) this.#hop.fill(0, this.#filled, this.#filled + count);
            else this.#hop.set(input.subarray(from, from + count), this.#filled);
            this.#filled += count;
            from += count;
            if (this.#filled === this.#hop.length) this.#clean();
        }
        for (let i = 0; i < output.length; i++) {
            output[i] = this.#ready[this.#read];
            this.#read = (this.#read + 1) % this.#ready.length;
        }
    }

    #clean() {
        for (const sample of this.#session.denoise(this.#hop)) {
            this.#ready[this.#write] = sample;
            this.#write = (this.#write + 1) % this.#ready.length;
        }
        this.#filled = 0;
    }
}

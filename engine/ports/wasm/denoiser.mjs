/* denoiser.mjs - noisy samples in, clean samples out: whole recordings, and streams in pieces of any size.
 *
 *     const denoiser = await Denoiser.open(engine, file);               // engine: loadEngine of linnet.mjs
 *     const clean = denoiser.denoise(noisy, { sampleRateHz: 16000 });   // Float32Array, or one for each channel
 *     const stream = denoiser.stream({ sampleRateHz: 16000 });          // push(piece), flush() or close()
 *
 * The samples are those of the Python package, bit for bit. */
import { Model, checkRate } from "./linnet.mjs";
import { checkOptions, shown } from "./options.mjs";

const SAMPLES_AT_ONCE = 1 << 17; // of a whole recording that go through its stream in one piece
const MOST_CHANNELS = 1024;
const OPTIONS = ["sampleRateHz", "maxAttenuationDb", "upperBand"];

/** The smallest gain that an attenuation of so many decibels allows; no limit is 0. */
export function minGainOf(maxAttenuationDb) {
    if (typeof maxAttenuationDb !== "number" || !(maxAttenuationDb >= 0))
        throw new RangeError(`maxAttenuationDb is ${shown(maxAttenuationDb)}, which is no attenuation; give 0 (change nothing) ` +
            "or more decibels, or Infinity for no limit.");
    return 10 ** (-maxAttenuationDb / 20);
}

/** A denoising model, ready to use. Calls and streams do not disturb each other. */
export class Denoiser {
    #model;

    /** Check a model file and lay it out. @throws {EngineError} where the engine refuses the bytes. */
    static async open(engine, file) {
        return new this(await Model.open(engine, file));
    }

    constructor(model) {
        model.requireDenoiser();
        this.#model = model;
    }

    /** What the model says of itself. */
    get info() {
        return this.#model.info;
    }

    /** Clean a recording; what returns has its form, its length, and is aligned with it. */
    denoise(audio, options) {
        const channels = channelsOf(audio), wishes = checkOptions(options, OPTIONS, "denoise");
        const stream = this.stream({ ...wishes, channels: channels.length });
        const clean = new Aligned(channels.length, channels[0].length, stream.delaySamples);
        try {
            for (let from = 0; from < channels[0].length; from += SAMPLES_AT_ONCE)
                clean.put(stream.push(channels.map((channel) => channel.subarray(from, from + SAMPLES_AT_ONCE))));
            clean.put(stream.flush());
        } finally {
            stream.close();
        }
        return audio instanceof Float32Array ? clean.channels[0] : clean.channels;
    }

    /** Begin a stream of so many channels, at one of the SAMPLE_RATES_HZ. */
    stream(options) {
        const wishes = checkOptions(options, [...OPTIONS, "channels"], "stream");
        const { sampleRateHz, maxAttenuationDb = Infinity, upperBand = true, channels = 1 } = wishes;
        checkRate(sampleRateHz);
        if (!(Number.isInteger(channels) && channels > 0 && channels <= MOST_CHANNELS))
            throw new RangeError(`A stream of ${shown(channels)} channels cannot be; give a whole number from 1 to ${MOST_CHANNELS}.`);
        const minGain = minGainOf(maxAttenuationDb);
        const sessions = Array.from({ length: channels }, () => this.#model.session(sampleRateHz));
        for (const session of sessions) session.setUpperBand(upperBand);
        return new Stream(sessions, minGain);
    }
}

/** One stream: what comes out is `delaySamples` late, and complete after `flush`. */
export class Stream {
    #lines;

    constructor(sessions, minGain) {
        this.delaySamples = sessions[0].format.delaySamples;
        this.#lines = sessions.map((session) => new Line(session));
        this.setMinGain(minGain);
    }

    /** Take samples, a Float32Array for each channel, all of one length; give those that are ready, in the same form. */
    push(pieces) {
        const channels = channelsOf(pieces);
        if (channels.length !== this.#lines.length)
            throw new RangeError(`${channels.length} channels came to a stream of ${this.#lines.length}; give as many.`);
        const ready = this.#lines.map((line, c) => line.push(channels[c]));
        return pieces instanceof Float32Array ? ready[0] : ready;
    }

    /** Give the rest, `delaySamples` of it at least, as an array of channels, and close the stream. */
    flush() {
        try {
            return this.#lines.map((line) => line.flush());
        } finally {
            this.close();
        }
    }

    /** Give the memory back; what still waits is lost. After `flush`, and a second time, this does nothing. */
    close() {
        for (const line of this.#lines) line.close();
    }

    /** No bin is turned down below `gain` (0..1) from the next hop on. */
    setMinGain(gain) {
        if (!(gain >= 0 && gain <= 1)) throw new RangeError(`A least gain of ${gain} came; give a number from 0 to 1.`);
        for (const line of this.#lines) line.session.setMinGain(gain);
    }
}

/** A recording of so many samples that fills with what a stream gives, but for the stream's delay at its start. */
export class Aligned {
    #place; // of the next piece; negative within the delay

    constructor(channels, length, delaySamples) {
        this.channels = Array.from({ length: channels }, () => new Float32Array(length));
        this.#place = -delaySamples;
    }

    put(pieces) {
        const skip = Math.max(0, -this.#place), place = Math.max(0, this.#place);
        pieces.forEach((piece, c) => this.channels[c].set(piece.subarray(skip), place));
        this.#place += pieces[0].length;
    }
}

/* One channel: samples wait until they are a whole hop. */
class Line {
    #waiting = new Float32Array(0);
    #isOpen = true;

    constructor(session) {
        this.session = session;
    }

    push(samples) {
        const all = new Float32Array(this.#waiting.length + samples.length);
        all.set(this.#waiting);
        all.set(samples, this.#waiting.length);
        const whole = all.length - (all.length % this.session.format.hop);
        this.#waiting = all.slice(whole);
        return this.session.denoise(all.subarray(0, whole));
    }

    flush() {
        const { hop, delaySamples } = this.session.format, missing = this.#waiting.length + delaySamples;
        const rest = this.push(new Float32Array(Math.ceil(missing / hop) * hop - this.#waiting.length));
        return rest.slice(0, missing);
    }

    close() {
        if (this.#isOpen) this.session.close();
        this.#isOpen = false;
    }
}

/* A recording as an array of channels. */
function channelsOf(audio) {
    const channels = audio instanceof Float32Array ? [audio] : Array.isArray(audio) ? audio : [];
    if (channels.length === 0 || !channels.every((c) => c instanceof Float32Array && c.length === channels[0].length))
        throw new RangeError("Sound came that is neither a Float32Array nor an array of them of one length; give one " +
            "Float32Array for each channel, its samples in [-1, 1].");
    return channels;
}

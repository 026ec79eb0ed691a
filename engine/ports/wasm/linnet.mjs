/* linnet.mjs - linnet.h in JavaScript, for browsers and Node: a model from its bytes, sessions, sound in, sound or codes out.
 *
 *     const engine = await loadEngine(name => fetch(new URL(name, import.meta.url)));
 *     const model = await Model.open(engine, await (await fetch("denoise.gguf")).arrayBuffer());
 *     const session = model.session(48000);               // one for each stream and channel; its rate, or the model's
 *     session.denoise(samples);                           // in place: hops * session.format.hop samples in [-1, 1]
 *
 * Each model is an instance of the engine with a memory of its own, which goes when nothing refers to it any more. */

import { shown } from "./options.mjs";

const ALIGNMENT = 64; // LINNET_ALIGNMENT
const PAGE = 65536;
const HOPS_AT_ONCE = 16; // that cross into the engine's memory in one call

/** The rates that need no resampling, in Hz, for who has no model yet: what `model.sampleRatesHz` gives. */
export const SAMPLE_RATES_HZ = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000];

/** Refuse a rate that the engine does not take. */
export function checkRate(sampleRateHz) {
    if (SAMPLE_RATES_HZ.includes(sampleRateHz)) return;
    const came = sampleRateHz === undefined ? "Sound came without sampleRateHz" : `Sound of ${shown(sampleRateHz)} samples a second came`;
    throw new RangeError(`${came}, which the engine does not take; resample it to one of ${SAMPLE_RATES_HZ.join(", ")} Hz, and name that.`);
}

/** An attenuation of so many decibels is no limit, where the number must be finite, as that of an AudioParam. */
export const NO_LIMIT_DB = 100;

/* A module only where 128-bit vectors are: one type () -> v128, one function of it, i32.const 0, i8x16.splat, end. */
const WITH_VECTORS = new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0], ...[1, 5, 1, 96, 0, 1, 123], ...[3, 2, 1, 0], ...[10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
]);

/** The text of UTF-8; worklets have no TextDecoder. */
export function decoded(bytes) {
    return decodeURIComponent(Array.from(bytes, (byte) => "%" + byte.toString(16).padStart(2, "0")).join(""));
}

/* The same up to the first zero. */
const textOf = (bytes) => decoded(bytes.subarray(0, bytes.indexOf(0)));

/** The engine refused: `status` is one of enum linnet_status, the message its sentence. */
export class EngineError extends Error {
    constructor(status, message) {
        super(message);
        this.name = "EngineError";
        this.status = status;
    }
}

/** The name of the faster file that runs here. */
export function engineFile() {
    return WebAssembly.validate(WITH_VECTORS) ? "linnet.wasm" : "linnet_scalar.wasm";
}

/** Compile the engine that suits this machine. `read` takes a file's name and gives its bytes or a Response. */
export async function loadEngine(read, name = engineFile()) {
    const source = await read(name);
    return WebAssembly.compile(source instanceof Response ? await source.arrayBuffer() : source);
}

/** A model in the memory of an instance of its own. */
export class Model {
    #engine;
    #used; // bytes of the memory, from its start
    #free = new Map(); // rooms of sessions that were closed, by their size

    /** Check a model file and lay it out. @throws {EngineError} where the engine refuses the bytes. */
    static async open(engine, file) {
        if (typeof file?.byteLength !== "number")
            throw new RangeError(`A model of type ${typeof file} came, and no bytes; give an ArrayBuffer or a Uint8Array, and wait ` +
                "for what reads it (await).");
        return new Model(await WebAssembly.instantiate(engine), new Uint8Array(file));
    }

    constructor(instance, file) {
        this.#engine = instance.exports;
        this.#used = this.#engine.__heap_base.value;
        const out = this.#take(ALIGNMENT);
        const size = this.#layOut(file, out);
        this.handle = this.#word(out + 4);
        this.info = this.#read(out);
        Object.freeze(Object.assign(this.info, { modelBytes: size }));
    }

    /** The engine's functions, its memory among them. */
    get engine() {
        return this.#engine;
    }

    /** A new stream, at rest, of one of `sampleRatesHz` or at the model's own rate. @throws {EngineError} at any other. */
    session(sampleRateHz = 0) {
        return new Session(this, sampleRateHz);
    }

    /** The sample rates at which a model at 16 kHz runs without a resampler, ascending. */
    get sampleRatesHz() {
        const rates = [];
        for (let rate; (rate = this.#engine.linnet_sample_rate_hz(rates.length)) !== 0;) rates.push(rate);
        return rates;
    }

    /** Window, hop, delay and memory of a session at a rate (0: the model's own). @throws {EngineError} where it has none. */
    format(sampleRateHz = 0) {
        const bytes = 24, at = this.#take(bytes); /* struct linnet_format */
        this.#used = at;
        this.check(this.#engine.linnet_model_format(this.handle, sampleRateHz, at, bytes));
        const view = new DataView(this.#engine.memory.buffer, at, bytes), u32 = (place) => view.getUint32(place, true);
        return { sampleRateHz: u32(0), window: u32(4), hop: u32(8), delaySamples: u32(12), sessionBytes: u32(16) };
    }

    /* The file lies behind the model while that is packed; sessions may overwrite it. */
    #layOut(file, out) {
        const beforeFile = this.#used;
        let copy = this.#take(file.length);
        new Uint8Array(this.#engine.memory.buffer).set(file, copy);
        const size = this.#engine.linnet_model_size(copy, file.length, 0, out);
        this.check(this.#word(out));
        this.#used = beforeFile;
        const model = this.#take(size);
        copy = this.#take(file.length);
        new Uint8Array(this.#engine.memory.buffer).set(file, copy);
        this.check(this.#engine.linnet_model_init(model, size, copy, file.length, 0, out + 4));
        this.#used = copy;
        return size;
    }

    /* struct linnet_info */
    #read() {
        const bytes = 164, at = this.#take(bytes);
        this.check(this.#engine.linnet_model_info(this.handle, at, bytes));
        const view = new DataView(this.#engine.memory.buffer, at, bytes);
        const u32 = (place) => view.getUint32(place, true);
        const text = (place, size) => textOf(new Uint8Array(this.#engine.memory.buffer, at + place, size));
        return {
            sampleRateHz: u32(0), window: u32(4), hop: u32(8), delaySamples: u32(12), isDenoiser: u32(16) === 1,
            inputWidth: u32(20), outputWidth: u32(24), inputExponent: view.getInt32(28, true),
            outputExponent: view.getInt32(32, true), nodeCount: u32(36), weightCount: u32(40), sessionBytes: u32(56),
            name: text(64, 64), kernels: text(128, 16), isListener: u32(152) === 1,
            framesPerSecond: view.getFloat32(156, true), inputBits: u32(160),
        };
    }

    #word(at) {
        return new DataView(this.#engine.memory.buffer).getUint32(at, true);
    }

    /* Memory at a multiple of ALIGNMENT, never given back. */
    #take(size) {
        const at = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
        this.#used = at + size;
        const missing = this.#used - this.#engine.memory.buffer.byteLength;
        if (missing > 0) this.#engine.memory.grow(Math.ceil(missing / PAGE));
        return at;
    }

    /** Room for a session: one that was closed serves the next of its size. */
    takeRoom(size) {
        return this.#free.get(size)?.pop() ?? this.#take(size);
    }

    giveRoom(at, size) {
        if (!this.#free.has(size)) this.#free.set(size, []);
        this.#free.get(size).push(at);
    }

    /** @throws {RangeError} where the model does not clean sound. */
    requireDenoiser() {
        if (!this.info.isDenoiser)
            throw new RangeError(`The model ${this.info.name} takes no sound or gives none, so it cannot denoise; open a denoiser.`);
    }

    /** @throws {EngineError} where `status` is one. */
    check(status) {
        if (status === 0) return;
        const bytes = new Uint8Array(this.#engine.memory.buffer, this.#engine.linnet_status_text(status));
        throw new EngineError(status, textOf(bytes));
    }
}

/** One stream through a model: the state of its recurrences and of overlap-add. */
export class Session {
    #model;
    #engine;
    #room; // the session, then what crosses into it and out of it
    #roomBytes;
    #handle;
    #crossing;
    #widths;
    #hasWarned = false;

    constructor(model, sampleRateHz = 0) {
        this.#model = model;
        this.#engine = model.engine;
        this.format = Object.freeze(model.format(sampleRateHz));
        const { inputWidth, outputWidth } = (this.#widths = model.info), { hop, sessionBytes } = this.format;
        const crossing = HOPS_AT_ONCE * Math.max(4 * hop + 2 * outputWidth, 2 * (inputWidth + outputWidth));
        const room = Math.ceil(sessionBytes / ALIGNMENT) * ALIGNMENT;
        this.#roomBytes = room + crossing;
        this.#room = model.takeRoom(this.#roomBytes);
        this.#crossing = this.#room + room;
        const made = this.#engine.linnet_session_init_at(this.#room, sessionBytes, model.handle, sampleRateHz, this.#crossing);
        model.check(made);
        this.#handle = new DataView(this.#engine.memory.buffer).getUint32(this.#crossing, true);
    }

    /** Clean whole hops of samples (Float32Array) in place; what comes out is `format.delaySamples` late. */
    denoise(samples) {
        this.#open();
        const { hop } = this.format;
        if (!(samples instanceof Float32Array) || samples.length % hop !== 0)
            throw new RangeError(`${samples.length} samples came, not whole hops of ${hop}; give a Float32Array of those.`);
        for (let from = 0; from < samples.length; from += HOPS_AT_ONCE * hop) {
            const part = samples.subarray(from, from + HOPS_AT_ONCE * hop);
            const inside = new Float32Array(this.#engine.memory.buffer, this.#crossing, part.length);
            inside.set(part);
            const hops = part.length / hop;
            this.#model.check(this.#engine.linnet_session_denoise(this.#open(), this.#crossing, this.#crossing, hops));
            part.set(inside);
        }
        this.#warnOfCuts();
        return samples;
    }

    /** Whole hops of samples (Float32Array) to the codes of every hop: an Int16Array of hops * outputWidth. */
    listen(samples) {
        this.#open();
        const { hop } = this.format, { outputWidth } = this.#widths;
        if (!(samples instanceof Float32Array) || samples.length % hop !== 0)
            throw new RangeError(`${samples.length} samples came, not whole hops of ${hop}; give a Float32Array of those.`);
        const codes = new Int16Array((samples.length / hop) * outputWidth);
        for (let from = 0; from < samples.length; from += HOPS_AT_ONCE * hop) {
            const part = samples.subarray(from, from + HOPS_AT_ONCE * hop), hops = part.length / hop;
            const out = this.#crossing + 4 * HOPS_AT_ONCE * hop;
            new Float32Array(this.#engine.memory.buffer, this.#crossing, part.length).set(part);
            this.#model.check(this.#engine.linnet_session_listen(this.#open(), this.#crossing, out, hops));
            codes.set(new Int16Array(this.#engine.memory.buffer, out, hops * outputWidth), (from / hop) * outputWidth);
        }
        this.#warnOfCuts();
        return codes;
    }

    /** The largest magnitude of a sample so far; above 4, samples were cut and their sound is lost. */
    get loudest() {
        this.#model.check(this.#engine.linnet_session_loudest(this.#open(), this.#crossing));
        return new DataView(this.#engine.memory.buffer).getFloat32(this.#crossing, true);
    }

    #warnOfCuts() {
        if (this.#hasWarned || this.loudest <= 4) return;
        this.#hasWarned = true;
        console.warn(`A sample of magnitude ${this.loudest} came and was cut to 4: samples lie in [-1, 1]; ` +
            "divide those on the scale of int16 by 32768.");
    }

    /** The bare integers: Int16Array of frames * inputWidth codes to one of frames * outputWidth. */
    run(codes) {
        const { inputWidth, outputWidth } = this.#widths;
        if (!(codes instanceof Int16Array) || codes.length % inputWidth !== 0)
            throw new RangeError(`${codes.length} codes came, not whole frames of ${inputWidth}; give an Int16Array of those.`);
        const frames = codes.length / inputWidth, result = new Int16Array(frames * outputWidth);
        for (let t = 0; t < frames; t += HOPS_AT_ONCE) {
            const part = codes.subarray(t * inputWidth, (t + HOPS_AT_ONCE) * inputWidth);
            const count = part.length / inputWidth, out = this.#crossing + 2 * part.length;
            new Int16Array(this.#engine.memory.buffer, this.#crossing, part.length).set(part);
            this.#model.check(this.#engine.linnet_session_run(this.#open(), this.#crossing, out, count));
            result.set(new Int16Array(this.#engine.memory.buffer, out, count * outputWidth), t * outputWidth);
        }
        return result;
    }

    /** No bin is turned down below `gain` (0..1). */
    setMinGain(gain) {
        this.#model.check(this.#engine.linnet_session_set_min_gain(this.#open(), gain));
    }

    /** What lies above the model's bins (8 kHz): turned down with its highest ones, or silent. */
    setUpperBand(isKept) {
        this.#model.check(this.#engine.linnet_session_set_upper_band(this.#open(), isKept ? 1 : 0));
    }

    /** Back to the start; keeps what was set. */
    reset() {
        this.#engine.linnet_session_reset(this.#open());
    }

    /** Give the memory to the model's next session. */
    close() {
        this.#open();
        this.#model.giveRoom(this.#room, this.#roomBytes);
        this.#handle = 0;
    }

    #open() {
        if (this.#handle === 0) throw new Error("This session was closed, so it takes nothing; ask the model for another.");
        return this.#handle;
    }
}

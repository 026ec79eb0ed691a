/* node_stream.mjs - a denoiser as a Transform of Node: raw samples in, as many raw samples out, aligned with them. */
import { Transform } from "node:stream";

import { checkOptions, shown } from "./options.mjs";

const FORMATS = {
    f32le: { bytes: 4, read: (view, at) => view.getFloat32(at, true), write: (view, at, x) => view.setFloat32(at, x, true) },
    s16le: {
        bytes: 2,
        read: (view, at) => view.getInt16(at, true) / 32768,
        write: (view, at, x) => view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(x * 32768))), true),
    },
};

const OPTIONS = ["sampleRateHz", "channels", "format", "maxAttenuationDb", "upperBand"];

/** Bytes of samples, channels interleaved, in chunks of any size; the names of formats are those of ffmpeg. */
export class DenoiseStream extends Transform {
    #stream;
    #format;
    #channels;
    #rest = new Uint8Array(0); // of a sample that is not whole yet
    #skip;

    /** Through a Denoiser. */
    constructor(denoiser, options) {
        super();
        const { format = "f32le", ...wishes } = checkOptions(options, OPTIONS, "DenoiseStream"), { channels = 1 } = wishes;
        if (typeof denoiser?.stream !== "function")
            throw new RangeError("A DenoiseStream came without a denoiser; give what Denoiser.fromPretrained makes, and wait for it (await).");
        if (!Object.hasOwn(FORMATS, format))
            throw new RangeError(`Samples of format ${shown(format)} cannot be read; choose one of ${Object.keys(FORMATS).join(", ")}.`);
        this.#stream = denoiser.stream(wishes);
        this.#format = FORMATS[format];
        this.#channels = channels;
        this.#skip = this.#stream.delaySamples;
    }

    _transform(chunk, encoding, done) {
        try {
            const bytes = new Uint8Array(this.#rest.length + chunk.length);
            bytes.set(this.#rest), bytes.set(chunk, this.#rest.length);
            const frame = this.#format.bytes * this.#channels, whole = bytes.length - (bytes.length % frame);
            this.#rest = bytes.slice(whole);
            done(null, this.#written(this.#stream.push(this.#read(new DataView(bytes.buffer, 0, whole)))));
        } catch (error) {
            done(error);
        }
    }

    _flush(done) {
        if (this.#rest.length > 0)
            return done(new RangeError(`The sound ended within a sample: ${this.#rest.length} bytes are left over; check its ` +
                "format and number of channels."));
        done(null, this.#written(this.#stream.flush()));
    }

    /* At the end, and where a pipe breaks before it. */
    _destroy(error, done) {
        this.#stream?.close();
        done(error);
    }

    #read(view) {
        const { bytes, read } = this.#format, length = view.byteLength / (bytes * this.#channels);
        const channels = Array.from({ length: this.#channels }, () => new Float32Array(length));
        for (let c = 0; c < this.#channels; c++)
            for (let i = 0; i < length; i++) channels[c][i] = read(view, (i * this.#channels + c) * bytes);
        return channels;
    }

    /* The first samples are the delay of the model, so they are left out. */
    #written(channels) {
        const { bytes, write } = this.#format, left = Math.min(this.#skip, channels[0].length);
        this.#skip -= left;
        const length = channels[0].length - left, result = Buffer.alloc(length * bytes * this.#channels);
        const view = new DataView(result.buffer, result.byteOffset, result.length);
        for (let c = 0; c < this.#channels; c++)
            for (let i = 0; i < length; i++) write(view, (i * this.#channels + c) * bytes, channels[c][left + i]);
        return result;
    }
}

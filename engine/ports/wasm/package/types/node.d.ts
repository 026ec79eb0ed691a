import type { Transform } from "node:stream";

import { BareDenoiser, BareRecognizer, BareTextModel, type Hearing, type Wishes } from "./shared.js";

export { EngineError, PackedError, Recognition, SAMPLE_RATES_HZ, Stream } from "./shared.js";
export { modelNames, recognizerNames, taskOf, textModelNames } from "./shared.js";
export type { Detection, Hearing, ModelInfo, Wishes } from "./shared.js";

/** A denoising model, ready to use. */
export class Denoiser extends BareDenoiser {
    /** One of the models inside; without a name the default. */
    static fromPretrained(name?: string): Promise<Denoiser>;
    /** A model file of your own. */
    static fromBytes(file: Uint8Array | ArrayBuffer): Promise<Denoiser>;
}

/** A model that hears keywords, ready to use. */
export class Recognizer extends BareRecognizer {
    /** One of the models inside; without a name the default. */
    static fromPretrained(name?: string, wishes?: Hearing): Promise<Recognizer>;
    /** A model file of your own. */
    static fromBytes(file: Uint8Array | ArrayBuffer, wishes?: Hearing): Promise<Recognizer>;
}

/** A model that compresses bytes without loss, ready to use. */
export class TextModel extends BareTextModel {
    /** One of the models inside; without a name the default. */
    static fromPretrained(name?: string): Promise<TextModel>;
    /** A model file of your own; `alphabet` are the bytes that it knows, where it does not say them itself. */
    static fromBytes(file: Uint8Array | ArrayBuffer, wishes?: { alphabet?: string }): Promise<TextModel>;
}

export interface RawWishes extends Wishes {
    /** Interleaved; 1, as at first. */
    channels?: number;
    /** "f32le", as at first, or "s16le". */
    format?: "f32le" | "s16le";
}

/** Raw samples in, as many out, aligned with them. */
export class DenoiseStream extends Transform {
    constructor(denoiser: Denoiser, wishes: RawWishes);
}

import { BareDenoiser, BareRecognizer, BareTextModel, type Detection, type Hearing, type ModelInfo } from "./shared.js";

export { EngineError, PackedError, Recognition, SAMPLE_RATES_HZ, Stream } from "./shared.js";
export { modelNames, recognizerNames, taskOf, textModelNames } from "./shared.js";
export type { Detection, Hearing, ModelInfo, Wishes } from "./shared.js";

export interface Place {
    /** The folder of linnet.wasm, worklet.mjs and models/, where a bundler moved the code away from them. */
    base?: string | URL;
}

/** A denoising model, ready to use. */
export class Denoiser extends BareDenoiser {
    /** One of the models inside; without a name the default. */
    static fromPretrained(name?: string, place?: Place): Promise<Denoiser>;
    /** A model file of your own. */
    static fromBytes(file: Uint8Array | ArrayBuffer, place?: Place): Promise<Denoiser>;
}

/** A model that hears keywords, ready to use. */
export class Recognizer extends BareRecognizer {
    /** One of the models inside; without a name the default. */
    static fromPretrained(name?: string, wishes?: Hearing & Place): Promise<Recognizer>;
    /** A model file of your own. */
    static fromBytes(file: Uint8Array | ArrayBuffer, wishes?: Hearing & Place): Promise<Recognizer>;
}

/** A model that compresses bytes without loss, ready to use. */
export class TextModel extends BareTextModel {
    /** One of the models inside; without a name the default. */
    static fromPretrained(name?: string, place?: Place): Promise<TextModel>;
    /** A model file of your own; `alphabet` are the bytes that it knows, where it does not say them itself. */
    static fromBytes(file: Uint8Array | ArrayBuffer, wishes?: { alphabet?: string } & Place): Promise<TextModel>;
}

export interface NodeWishes extends Place {
    /** The name of a model inside, or the bytes of a model file. */
    model?: string | Uint8Array | ArrayBuffer;
    channels?: number;
    /** No frequency is turned down by more decibels; Infinity, as at first, is no limit. */
    maxAttenuationDb?: number;
    /** Gets what went in and what came out, a Float32Array for each channel, again and again. */
    onBlock?: (block: { before: Float32Array[]; after: Float32Array[] }) => void;
}

/** Its parameter "maxAttenuationDb" goes from 0 to 100, which means no limit. */
export interface DenoiserNode extends AudioWorkletNode {
    /** How much later a sample comes out than it went in. */
    readonly latencySamples: number;
    readonly info: ModelInfo;
    close(): void;
}

/** A node for Web Audio that cleans what passes through it. */
export function createDenoiserNode(context: BaseAudioContext, wishes?: NodeWishes): Promise<DenoiserNode>;

export interface WordsNodeWishes extends Hearing, Place {
    /** The name of a model inside, or the bytes of a model file. */
    model?: string | Uint8Array | ArrayBuffer;
    /** Gets each word as it ends; its seconds are since the node began. */
    onWord: (found: Detection) => void;
}

/** It has one input, whose channels are mixed to one, and no output. */
export interface RecognizerNode extends AudioWorkletNode {
    readonly words: readonly string[];
    readonly threshold: number;
    readonly info: ModelInfo;
    close(): void;
}

/** A node for Web Audio that hears words as they are said. */
export function createRecognizerNode(context: BaseAudioContext, wishes: WordsNodeWishes): Promise<RecognizerNode>;

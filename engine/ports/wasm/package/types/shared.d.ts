/* What the package has in browsers and in Node alike. */

/** The sample rates that are taken without resampling, in Hz. */
export const SAMPLE_RATES_HZ: readonly number[];

/** Names of the models inside that clean sound. */
export const modelNames: readonly string[];

/** Names of the models inside that hear words. */
export const recognizerNames: readonly string[];

/** Names of the models inside that read text. */
export const textModelNames: readonly string[];

/** The task that a model file was trained for: "denoise" for Denoiser, "keywords" for Recognizer, "text" for TextModel, or the name
 * of another one; undefined where the file carries no recipe, as one that was imported. */
export function taskOf(file: Uint8Array | ArrayBuffer): string | undefined;

/** The engine refused; the message says why. */
export class EngineError extends Error {
    private constructor();
    readonly status: number;
}

export interface ModelInfo {
    readonly name: string;
    readonly sampleRateHz: number;
    readonly window: number;
    readonly hop: number;
    readonly delaySamples: number;
    /** It cleans sound. */
    readonly isDenoiser: boolean;
    /** It is shown sound, and gives `outputWidth` values in every frame. */
    readonly isListener: boolean;
    /** Of a model that takes values and no sound; 0 where frames are made of sound. */
    readonly framesPerSecond: number;
    /** Values into a frame, and out of it. */
    readonly inputWidth: number;
    readonly outputWidth: number;
    readonly weightCount: number;
    readonly modelBytes: number;
    readonly kernels: string;
}

export interface Wishes {
    /** One of SAMPLE_RATES_HZ. */
    sampleRateHz: number;
    /** No frequency is turned down by more decibels; Infinity, as at first, is no limit. */
    maxAttenuationDb?: number;
    /** Keep what lies above 8 kHz, turned down with what lies just below; as at first. */
    upperBand?: boolean;
}

/** A denoising model. Calls and streams do not disturb each other. */
export class BareDenoiser {
    /** Made by `fromPretrained` and `fromBytes`. */
    protected constructor();
    readonly info: ModelInfo;
    /** Clean a recording: a Float32Array, or one for each channel, samples in [-1, 1]. The result is aligned with it. */
    denoise<Sound extends Float32Array | Float32Array[]>(audio: Sound, wishes: Wishes): Sound;
    /** Begin a stream. */
    stream(wishes: Wishes & { channels?: number }): Stream;
}

/** Pieces of any size in, samples out as soon as they are ready, `delaySamples` later. */
export class Stream {
    /** Made by `Denoiser.stream`. */
    private constructor();
    readonly delaySamples: number;
    push<Sound extends Float32Array | Float32Array[]>(pieces: Sound): Sound;
    /** The rest, for each channel; the stream is closed. */
    flush(): Float32Array[];
    /** Give the memory back, where a stream ends without `flush`; what still waits is lost. */
    close(): void;
    /** No frequency is multiplied by less than `gain` (0 to 1) from the next hop on. */
    setMinGain(gain: number): void;
}

/** What of a model's recipe is to be otherwise. */
export interface Hearing {
    /** One for each output of the model. */
    words?: readonly string[];
    /** Over how long outputs are averaged. */
    poolSeconds?: number;
    /** Of that mean, from which on a word was said; between 0 and 1. */
    threshold?: number;
}

/** A word that was heard: at its end, in seconds since the stream began, and the mean of its output, 0 to 1. */
export interface Detection {
    readonly word: string;
    readonly seconds: number;
    readonly likelihood: number;
}

/** A model that hears keywords. Calls and streams do not disturb each other. */
export class BareRecognizer {
    /** Made by `fromPretrained` and `fromBytes`. */
    protected constructor();
    readonly info: ModelInfo;
    readonly words: readonly string[];
    readonly threshold: number;
    /** The words in a recording, samples in [-1, 1], in order. */
    listen(samples: Float32Array, wishes: { sampleRateHz: number }): Detection[];
    /** Begin a stream, at one of SAMPLE_RATES_HZ. */
    stream(wishes: { sampleRateHz: number }): Recognition;
}

/** Pieces of any size in, the words that ended in them out. */
export class Recognition {
    /** Made by `Recognizer.stream`. */
    private constructor();
    push(samples: Float32Array): Detection[];
    /** Give the memory back. */
    close(): void;
}

/** The compressed bytes cannot be unpacked; the message says why. */
export class PackedError extends Error {
    private constructor();
}

/** A model that reads text. Calls do not disturb each other. */
export class BareTextModel {
    /** Made by `fromPretrained` and `fromBytes`. */
    protected constructor();
    readonly info: ModelInfo;
    /** The file that `linnet compress` writes, byte for byte. */
    compress(content: Uint8Array | ArrayBuffer): Uint8Array;
    /** The content of such a file, made with the same model, here or elsewhere. Throws a PackedError where it cannot be. */
    decompress(packed: Uint8Array | ArrayBuffer): Uint8Array;
}

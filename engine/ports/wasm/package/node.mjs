/* node.mjs - the package in Node. Engine and models are read from beside this file. */
import { readFile } from "node:fs/promises";

import { Denoiser as Bare } from "./denoiser.mjs";
import { DEFAULT_MODEL, FILES, MODELS } from "./files.mjs";
import { engineFile } from "./linnet.mjs";

export { Stream } from "./denoiser.mjs";
export { EngineError, SAMPLE_RATES_HZ } from "./linnet.mjs";
export { DenoiseStream } from "./node_stream.mjs";

/** Names of the models inside. */
export const modelNames = Object.keys(MODELS);

/** A denoising model, ready to use. */
export class Denoiser extends Bare {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_MODEL) {
        if (!(name in MODELS))
            throw new RangeError(`No model named ${name} is in linnet-rnn; choose one of ${modelNames.join(", ")}.`);
        return this.fromBytes(await readFile(MODELS[name]));
    }

    /** A model file of your own. */
    static async fromBytes(file) {
        return this.open(await WebAssembly.compile(await readFile(FILES[engineFile()])), file);
    }
}

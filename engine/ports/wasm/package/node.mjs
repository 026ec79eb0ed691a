/* node.mjs - the package in Node. Engine and models are read from beside this file. */
import { readFile } from "node:fs/promises";

import { Denoiser as Bare } from "./denoiser.mjs";
import { DEFAULT_MODEL, DEFAULT_RECOGNIZER, FILES, MODELS, RECOGNIZERS } from "./files.mjs";
import { engineFile } from "./linnet.mjs";
import { Recognizer as BareRecognizer } from "./recognizer.mjs";

export { Stream } from "./denoiser.mjs";
export { EngineError, SAMPLE_RATES_HZ } from "./linnet.mjs";
export { DenoiseStream } from "./node_stream.mjs";
export { Recognition } from "./recognizer.mjs";

/** Names of the models inside that clean sound, and of those that hear words. */
export const modelNames = Object.keys(MODELS), recognizerNames = Object.keys(RECOGNIZERS);

function addressIn(models, name) {
    if (!(name in models))
        throw new RangeError(`No such model named ${name} is in linnet-rnn; choose one of ${Object.keys(models).join(", ")}.`);
    return models[name];
}

const engine = async () => WebAssembly.compile(await readFile(FILES[engineFile()]));

/** A denoising model, ready to use. */
export class Denoiser extends Bare {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_MODEL) {
        return this.fromBytes(await readFile(addressIn(MODELS, name)));
    }

    /** A model file of your own. */
    static async fromBytes(file) {
        return this.open(await engine(), file);
    }
}

/** A model that hears keywords, ready to use. */
export class Recognizer extends BareRecognizer {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_RECOGNIZER, wishes = {}) {
        return this.fromBytes(await readFile(addressIn(RECOGNIZERS, name)), wishes);
    }

    /** A model file of your own. */
    static async fromBytes(file, wishes = {}) {
        return this.open(await engine(), file, wishes);
    }
}

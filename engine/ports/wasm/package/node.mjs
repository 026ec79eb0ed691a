/* node.mjs - the package in Node. Engine and models are read from beside this file. */
import { readFile } from "node:fs/promises";

import { Denoiser as Bare } from "./denoiser.mjs";
import { DEFAULT_MODEL, DEFAULT_RECOGNIZER, DEFAULT_TEXT_MODEL, FILES, MODELS, RECOGNIZERS, TEXT_MODELS } from "./files.mjs";
import { engineFile } from "./linnet.mjs";
import { checkOptions } from "./options.mjs";
import { Recognizer as BareRecognizer } from "./recognizer.mjs";
import { TextModel as BareTextModel } from "./text_model.mjs";

export { Stream } from "./denoiser.mjs";
export { EngineError, SAMPLE_RATES_HZ } from "./linnet.mjs";
export { DenoiseStream } from "./node_stream.mjs";
export { taskOf } from "./recipe.mjs";
export { Recognition } from "./recognizer.mjs";
export { PackedError } from "./text_model.mjs";

/** Names of the models inside that clean sound, of those that hear words, and of those that read text. */
export const modelNames = Object.keys(MODELS), recognizerNames = Object.keys(RECOGNIZERS), textModelNames = Object.keys(TEXT_MODELS);

function addressIn(models, name) {
    if (!Object.hasOwn(models, name))
        throw new RangeError(`No model named ${name} does this in linnet-rnn; choose one of ${Object.keys(models).join(", ")}.`);
    return models[name];
}

/* `base` is of browsers, and means nothing here. */
function checkPlace(place) {
    checkOptions(place, ["base"], "the opening of a model");
}

const engine = async () => WebAssembly.compile(await readFile(FILES[engineFile()]));

/** A denoising model, ready to use. */
export class Denoiser extends Bare {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_MODEL, place) {
        checkPlace(place);
        return this.fromBytes(await readFile(addressIn(MODELS, name)));
    }

    /** A model file of your own. */
    static async fromBytes(file, place) {
        checkPlace(place);
        return this.open(await engine(), file);
    }
}

/** A model that hears keywords, ready to use. */
export class Recognizer extends BareRecognizer {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_RECOGNIZER, wishes) {
        return this.fromBytes(await readFile(addressIn(RECOGNIZERS, name)), wishes);
    }

    /** A model file of your own. */
    static async fromBytes(file, { base: _, ...wishes } = {}) {
        return this.open(await engine(), file, wishes);
    }
}

/** A model that compresses bytes without loss, ready to use. */
export class TextModel extends BareTextModel {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_TEXT_MODEL, place) {
        checkPlace(place);
        return this.fromBytes(await readFile(addressIn(TEXT_MODELS, name)));
    }

    /** A model file of your own. */
    static async fromBytes(file, { base: _, ...wishes } = {}) {
        return this.open(await engine(), file, wishes);
    }
}

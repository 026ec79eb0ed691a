/* web.mjs - the package in a browser. Engine and models come from beside this file, or from `base`. */
import { Denoiser as Bare } from "./denoiser.mjs";
import { createDenoiserNode as createNode } from "./denoiser_node.mjs";
import { DEFAULT_MODEL, DEFAULT_RECOGNIZER, DEFAULT_TEXT_MODEL, FILES, MODELS, RECOGNIZERS, TEXT_MODELS } from "./files.mjs";
import { engineFile } from "./linnet.mjs";
import { checkOptions } from "./options.mjs";
import { Recognizer as BareRecognizer } from "./recognizer.mjs";
import { createRecognizerNode as createWordsNode } from "./recognizer_node.mjs";
import { TextModel as BareTextModel } from "./text_model.mjs";

export { Stream } from "./denoiser.mjs";
export { EngineError, SAMPLE_RATES_HZ } from "./linnet.mjs";
export { taskOf } from "./recipe.mjs";
export { Recognition } from "./recognizer.mjs";
export { PackedError } from "./text_model.mjs";

/** Names of the models inside that clean sound, of those that hear words, and of those that read text. */
export const modelNames = Object.keys(MODELS), recognizerNames = Object.keys(RECOGNIZERS), textModelNames = Object.keys(TEXT_MODELS);

/* `base`: where the files of this package lie, for pages and workers whose bundler moved this module away from them. */
function addressOf(path, known, base) {
    if (base === undefined || base === null) return known;
    const folder = new URL(base, globalThis.document?.baseURI ?? globalThis.location?.href);
    if (!folder.pathname.endsWith("/")) folder.pathname += "/";
    return new URL(path, folder);
}

async function bytesOf(address) {
    const response = await fetch(address);
    if (!response.ok)
        throw new Error(`${address} gave ${response.status}, so linnet-rnn is not whole; copy linnet.wasm, linnet_scalar.wasm, ` +
            "worklet.mjs and models/ of linnet-rnn there, or name their folder as base.");
    return new Uint8Array(await response.arrayBuffer());
}

function addressIn(models, name, base) {
    if (!Object.hasOwn(models, name))
        throw new RangeError(`No model named ${name} does this in linnet-rnn; choose one of ${Object.keys(models).join(", ")}.`);
    return addressOf(`models/${name}.gguf`, models[name], base);
}

function baseOf(place) {
    return checkOptions(place, ["base"], "the opening of a model").base;
}

const engineBytes = (base) => bytesOf(addressOf(engineFile(), FILES[engineFile()], base));

/** A denoising model, ready to use. */
export class Denoiser extends Bare {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_MODEL, place) {
        const base = baseOf(place);
        return this.fromBytes(await bytesOf(addressIn(MODELS, name, base)), { base });
    }

    /** A model file of your own. */
    static async fromBytes(file, place) {
        const base = baseOf(place);
        return this.open(await WebAssembly.compile(await engineBytes(base)), file);
    }
}

/** A model that hears keywords, ready to use. */
export class Recognizer extends BareRecognizer {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_RECOGNIZER, { base, ...wishes } = {}) {
        return this.fromBytes(await bytesOf(addressIn(RECOGNIZERS, name, base)), { base, ...wishes });
    }

    /** A model file of your own. */
    static async fromBytes(file, { base, ...wishes } = {}) {
        return this.open(await WebAssembly.compile(await engineBytes(base)), file, wishes);
    }
}

/** A model that compresses bytes without loss, ready to use. */
export class TextModel extends BareTextModel {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_TEXT_MODEL, place) {
        const base = baseOf(place);
        return this.fromBytes(await bytesOf(addressIn(TEXT_MODELS, name, base)), { base });
    }

    /** A model file of your own. */
    static async fromBytes(file, { base, ...wishes } = {}) {
        return this.open(await WebAssembly.compile(await engineBytes(base)), file, wishes);
    }
}

/* What a node needs; `model` is a name, or the bytes of a model file. */
async function partsOf(models, model, base) {
    const [engine, file] = await Promise.all([
        engineBytes(base),
        typeof model === "string" ? bytesOf(addressIn(models, model, base)) : model,
    ]);
    return { engine, file, workletUrl: addressOf("worklet.mjs", FILES["worklet.mjs"], base) };
}

/** A node for Web Audio that cleans what passes through it. */
export async function createDenoiserNode(context, { model = DEFAULT_MODEL, base, ...options } = {}) {
    return createNode(context, { ...options, ...(await partsOf(MODELS, model, base)) });
}

/** A node for Web Audio that tells words as they are said to `onWord`. */
export async function createRecognizerNode(context, { model = DEFAULT_RECOGNIZER, base, ...options } = {}) {
    return createWordsNode(context, { ...options, ...(await partsOf(RECOGNIZERS, model, base)) });
}

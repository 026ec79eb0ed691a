/* web.mjs - the package in a browser. Engine and models come from beside this file, or from `base`. */
import { Denoiser as Bare } from "./denoiser.mjs";
import { createDenoiserNode as createNode } from "./denoiser_node.mjs";
import { DEFAULT_MODEL, FILES, MODELS } from "./files.mjs";
import { engineFile } from "./linnet.mjs";

export { Stream } from "./denoiser.mjs";
export { EngineError, SAMPLE_RATES_HZ } from "./linnet.mjs";

/** Names of the models inside. */
export const modelNames = Object.keys(MODELS);

/* `base`: where the files of this package lie, for pages whose bundler moved this module away from them. */
const addressOf = (path, known, base) => (base === undefined ? known : new URL(path, new URL(base, document.baseURI)));

async function bytesOf(address) {
    const response = await fetch(address);
    if (!response.ok)
        throw new Error(`${address} gave ${response.status}, so the denoiser is not whole; copy linnet.wasm, linnet_scalar.wasm, ` +
            "worklet.mjs and models/ of linnet-rnn there, or name their folder as base.");
    return new Uint8Array(await response.arrayBuffer());
}

function modelAddress(name, base) {
    if (!(name in MODELS))
        throw new RangeError(`No model named ${name} is in linnet-rnn; choose one of ${modelNames.join(", ")}.`);
    return addressOf(`models/${name}.gguf`, MODELS[name], base);
}

const engineBytes = (base) => bytesOf(addressOf(engineFile(), FILES[engineFile()], base));

/** A denoising model, ready to use. */
export class Denoiser extends Bare {
    /** One of the models inside. */
    static async fromPretrained(name = DEFAULT_MODEL, { base } = {}) {
        return this.fromBytes(await bytesOf(modelAddress(name, base)), { base });
    }

    /** A model file of your own. */
    static async fromBytes(file, { base } = {}) {
        return this.open(await WebAssembly.compile(await engineBytes(base)), file);
    }
}

/** A node for Web Audio that cleans what passes through it. `model` is a name, or the bytes of a model file. */
export async function createDenoiserNode(context, { model = DEFAULT_MODEL, base, ...options } = {}) {
    const [engine, file] = await Promise.all([
        engineBytes(base),
        typeof model === "string" ? bytesOf(modelAddress(model, base)) : model,
    ]);
    return createNode(context, { ...options, engine, file, workletUrl: addressOf("worklet.mjs", FILES["worklet.mjs"], base) });
}

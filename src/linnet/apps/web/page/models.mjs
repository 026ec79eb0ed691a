/* models.mjs - the models that can be chosen, as radio buttons, each with its size, score and load on this machine. */
import { engineFile } from "./engine/linnet.mjs";
import * as cleaner from "./cleaner.mjs";
import { NO_MODEL_MESSAGE, missingMessage, modelMessage } from "./messages.mjs";

/** Fetch a file of the page. @throws {Error} with a message for people. */
export async function fetched(url) {
    let response;
    try {
        response = await fetch(url);
    } catch (error) {
        throw new Error(missingMessage(url, error.message));
    }
    if (!response.ok) throw new Error(missingMessage(url, `${response.status} ${response.statusText}`));
    return response;
}

const bytesOf = async (url) => new Uint8Array(await (await fetched(url)).arrayBuffer());
const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
const percent = (load) => `${(100 * load).toPrecision(load < 0.1 ? 1 : 2)} % of a core`;

/** The list. `onChoose(name)` is called, and awaited, once a model is ready to clean. The newest choice counts. */
export class Models {
    #element;
    #onChoose;
    #entries = new Map(); // by name: { bytes, file?: Uint8Array, load?: number, facts: element, radio: element }
    #opening = new Map(); // promises, of those that did not fail
    #started; // promise of the engine, the list and the default
    #choice = 0; // number of the newest one
    chosen = null; // null until a model is ready

    constructor(element, onChoose) {
        this.#element = element;
        this.#onChoose = onChoose;
    }

    /** Fetch the engine and the list, and open the default. */
    start() {
        this.#started = this.#start();
        return this.#started;
    }

    async #start() {
        this.engine = await bytesOf(`engine/${engineFile()}`);
        for (const entry of await (await fetched("models/models.json")).json()) this.#add(entry.name, entry);
        const first = [...this.#entries].find(([, entry]) => entry.isDefault) ?? [...this.#entries][0];
        await this.choose(first[0]);
    }

    /** Learn the load of those that were not chosen yet, one after the other. */
    async measureAll() {
        for (const name of [...this.#entries.keys()]) await this.#open(name);
    }

    /** The score of the test recordings before any model cleans them; undefined where no model says it. */
    get noisyDb() {
        return [...this.#entries.values()].find((entry) => entry.noisyDb !== undefined)?.noisyDb;
    }

    /** The bytes of the engine and of the chosen model, for the audio thread. @throws {Error} where none is ready. */
    get forWorklet() {
        if (this.chosen === null) throw new Error(NO_MODEL_MESSAGE);
        return { engine: this.engine, file: this.#entries.get(this.chosen).file };
    }

    /** @throws {Error} with a message for people; the chosen one stays. */
    async choose(name, choice = ++this.#choice) {
        try {
            await this.#open(name);
        } catch (error) {
            if (choice === this.#choice) this.#mark(this.chosen);
            throw error;
        }
        if (choice !== this.#choice) return;
        this.chosen = name;
        this.#mark(name);
        await this.#onChoose(name);
    }

    #mark(name) {
        for (const [each, { radio }] of this.#entries) radio.checked = each === name;
    }

    /** Take a model file of the user's. @throws {Error} with a message for people; the chosen one stays. */
    async take(file) {
        await this.#started.catch(() => {}); // who started it tells of that
        const choice = ++this.#choice, bytes = new Uint8Array(await file.arrayBuffer());
        this.engine ??= await bytesOf(`engine/${engineFile()}`);
        try {
            await cleaner.open(file.name, this.engine, bytes);
        } catch (error) {
            if (choice === this.#choice) this.#mark(this.chosen);
            throw new Error(modelMessage(file.name, error));
        }
        if (!this.#entries.has(file.name)) this.#add(file.name, { bytes: bytes.length, file: bytes });
        this.#opening.delete(file.name);
        this.#entries.get(file.name).file = bytes;
        await this.choose(file.name, choice);
    }

    #open(name) {
        if (this.#opening.has(name)) return this.#opening.get(name);
        const opened = this.#opened(name);
        this.#opening.set(name, opened);
        opened.catch(() => this.#opening.get(name) === opened && this.#opening.delete(name)); // the next one tries again
        return opened;
    }

    async #opened(name) {
        const entry = this.#entries.get(name);
        entry.file ??= await bytesOf(`models/${name}.gguf`);
        const { load } = await cleaner.open(name, this.engine, entry.file);
        entry.load = load;
        this.#describe(entry);
    }

    #describe({ facts, bytes, cleanedDb, load }) {
        const score = cleanedDb === undefined ? [] : [`${cleanedDb.toFixed(1)} dB`];
        facts.textContent = [kilobytes(bytes), ...score, ...(load === undefined ? [] : [percent(load)])].join(" · ");
    }

    #add(name, entry) {
        const label = document.createElement("label"), radio = document.createElement("input");
        const title = document.createElement("span"), facts = document.createElement("span");
        Object.assign(radio, { type: "radio", name: "model", value: name });
        title.textContent = name.replace(/^denoise-/, "").replace(/\.gguf$/, "");
        title.className = "name";
        facts.className = "facts";
        label.className = "model";
        label.append(radio, title, facts);
        this.#element.append(label);
        Object.assign(entry, { facts, radio });
        this.#entries.set(name, entry);
        this.#describe(entry);
    }
}

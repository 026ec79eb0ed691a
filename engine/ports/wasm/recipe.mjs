/* recipe.mjs - the recipe that a model file carries: what it was trained for, such as its words. Needs no engine.
 *
 * A model file is GGUF; its key linnet.card is JSON, and in that the recipe is TOML. Of TOML the values before the first
 * table are read: strings of one line, numbers, booleans, and arrays of them. */
import { decoded } from "./linnet.mjs";

const STRING = 8, ARRAY = 9;
const BYTES_OF_TYPE = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

/** The values before the first table of a model file's recipe; {} where it carries none.
 *
 * @throws {RangeError} where the bytes are no model file, or its recipe uses more of TOML. */
export function recipeOf(file) {
    return valuesOf(cardOf(new Uint8Array(file)).recipe ?? "");
}

function cardOf(bytes) {
    try {
        return JSON.parse(stringsOf(bytes).get("linnet.card") ?? "{}");
    } catch {
        throw new RangeError(`${bytes.length} bytes came that are no whole model file; give those of a .gguf file.`);
    }
}

/** The task that a model file was trained for: "denoise", "keywords", "text", or the name of another one; undefined where the file
 * carries no recipe, as one that was imported.
 *
 * @throws {RangeError} as `recipeOf`. */
export function taskOf(file) {
    const recipe = recipeOf(file);
    return Object.keys(recipe).length === 0 ? undefined : (recipe.task ?? "denoise");
}

/* The strings among the keys of a GGUF file. */
function stringsOf(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found = new Map();
    let at = 24; // behind "GGUF", the version and the number of tensors and of keys
    const u32 = () => view.getUint32((at += 4) - 4, true), u64 = () => Number(view.getBigUint64((at += 8) - 8, true));
    const text = () => {
        const size = u64();
        return decoded(bytes.subarray(at, (at += size)));
    };
    if (view.getUint32(0, true) !== 0x46554747) throw new RangeError("These are not the bytes of GGUF.");
    for (let keys = Number(view.getBigUint64(16, true)); keys > 0; keys--) {
        const key = text(), type = u32();
        if (type === STRING) found.set(key, text());
        else if (type === ARRAY) skipArray(u32(), u64());
        else skipArray(type, 1);
    }
    function skipArray(type, count) {
        if (type === STRING) for (; count > 0; count--) text();
        else if (type in BYTES_OF_TYPE) at += count * BYTES_OF_TYPE[type];
        else throw new RangeError(`GGUF has no type ${type}.`);
    }
    return found;
}

/* A string of TOML whose escapes JSON has, too; undefined where it has others. */
function stringOf(string) {
    try {
        return JSON.parse(string.replaceAll("\t", "\\t"));
    } catch {
        return undefined;
    }
}

/** The values before the first table of TOML. */
export function valuesOf(toml) {
    const values = {}, blank = /(?:[\s,]|#[^\n]*)*/y, key = /([A-Za-z0-9_-]+)[ \t]*=[ \t]*/y;
    const token = /("(?:[^"\\\n]|\\.)*")|'([^'\n]*)'|(true|false)|([+-]?[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?)/y;
    let at = 0;
    const next = (pattern) => {
        pattern.lastIndex = at;
        const match = pattern.exec(toml);
        if (match !== null) at = pattern.lastIndex;
        return match;
    };
    const refuse = (what) => {
        throw new RangeError(`The recipe of this model has a ${what} that cannot be read here: ${toml.slice(at, at + 30)}; ` +
            "say what you need of it yourself, such as words.");
    };
    const value = () => {
        if (toml[at] === "[") return array();
        const isLong = toml.startsWith('"""', at) || toml.startsWith("'''", at);
        const [, string, literal, truth, number] = (isLong ? null : next(token)) ?? refuse("value");
        if (string !== undefined) return stringOf(string) ?? refuse("string");
        return literal ?? (truth !== undefined ? truth === "true" : Number(number.replaceAll("_", "")));
    };
    const array = () => {
        const items = [];
        for (at++, next(blank); toml[at] !== "]"; next(blank)) items.push(value());
        at++;
        return items;
    };
    for (next(blank); at < toml.length && toml[at] !== "["; next(blank)) {
        const name = next(key) ?? refuse("line");
        values[name[1]] = value();
    }
    return values;
}

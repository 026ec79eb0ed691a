/* recipe.mjs - the recipe that a model file carries: what it was trained for, such as its words. Needs no engine.
 *
 * A model file is GGUF; its key linnet.card is JSON, and in that the recipe is TOML. Of TOML the values before the first
 * table are read: strings of one line, numbers, booleans, and arrays of them. */

const STRING = 8, ARRAY = 9;
const BYTES_OF_TYPE = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

/** The values before the first table of a model file's recipe; {} where it carries none.
 *
 * @throws {RangeError} where the bytes are no model file, or its recipe uses more of TOML. */
export function recipeOf(file) {
    const card = stringsOf(new Uint8Array(file)).get("linnet.card");
    return card === undefined ? {} : valuesOf(JSON.parse(card).recipe ?? "");
}

/* The strings among the keys of a GGUF file. */
function stringsOf(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), found = new Map();
    let at = 24; // behind "GGUF", the version and the number of tensors and of keys
    const u32 = () => view.getUint32((at += 4) - 4, true), u64 = () => Number(view.getBigUint64((at += 8) - 8, true));
    const text = () => {
        const size = u64();
        return new TextDecoder().decode(bytes.subarray(at, (at += size)));
    };
    if (bytes.length < at || view.getUint32(0, true) !== 0x46554747)
        throw new RangeError(`${bytes.length} bytes came that are no model file; give those of a .gguf file.`);
    for (let keys = Number(view.getBigUint64(16, true)); keys > 0; keys--) {
        const key = text(), type = u32();
        if (type === STRING) found.set(key, text());
        else if (type === ARRAY) skipArray(u32(), u64());
        else at += BYTES_OF_TYPE[type];
    }
    function skipArray(type, count) {
        if (type === STRING) for (; count > 0; count--) text();
        else at += count * BYTES_OF_TYPE[type];
    }
    return found;
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
    const value = () => {
        if (toml[at] === "[") return array();
        const match = toml.startsWith('"""', at) || toml.startsWith("'''", at) ? null : next(token);
        if (match === null)
            throw new RangeError(`The recipe of this model has a value that cannot be read here: ${toml.slice(at, at + 30)}; ` +
                "say what you need of it yourself, such as words.");
        const [, string, literal, truth, number] = match;
        if (string !== undefined) return JSON.parse(string);
        return literal ?? (truth !== undefined ? truth === "true" : Number(number.replaceAll("_", "")));
    };
    const array = () => {
        const items = [];
        for (at++, next(blank); toml[at] !== "]"; next(blank)) items.push(value());
        at++;
        return items;
    };
    for (next(blank); at < toml.length && toml[at] !== "["; next(blank)) {
        const name = next(key);
        if (name === null)
            throw new RangeError(`The recipe of this model has a line that cannot be read here: ${toml.slice(at, at + 30)}; ` +
                "say what you need of it yourself, such as words.");
        values[name[1]] = value();
    }
    return values;
}

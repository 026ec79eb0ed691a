/* options.mjs - options come as an object with names, and one that is misspelt must not do nothing. */

/** A value for a message: text in quotes, so that "16000" is not taken for the number. */
export function shown(value) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The options, {} where there are none.
 *
 * @throws {RangeError} where they are no object, or hold what is none of `names`; `taker` says who takes them. */
export function checkOptions(options, names, taker) {
    const offer = `it has ${names.join(", ")}`;
    if (options === undefined) return {};
    if (typeof options !== "object" || options === null)
        throw new RangeError(`${shown(options)} came as the options of ${taker}, and no object; give { name: value }: ${offer}.`);
    for (const name of Object.keys(options))
        if (!names.includes(name))
            throw new RangeError(`The option ${name} came, which ${taker} does not have, so it would do nothing; ${offer}.`);
    return options;
}

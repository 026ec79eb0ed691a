/* recognizer.mjs - sound in, words out: a model of the task keywords in a stream, an answer in every frame.
 *
 *     const recognizer = await Recognizer.open(engine, file);                 // engine: loadEngine of linnet.mjs
 *     const found = recognizer.listen(samples, { sampleRateHz: 16000 });      // [{ word, seconds, likelihood }, ...]
 *     const stream = recognizer.stream({ sampleRateHz: 16000 });              // push(piece), close()
 *
 * Outputs are averaged over the newest frames, as sums of codes. A word is told once, when its mean passes the threshold, and
 * again after it fell below half of that. At the model's own rate the words are those of the Python package: twin of
 * runtime/recognizer.py. At another rate the engine scales its windows, where Python resamples: likelihoods differ a little. */
import { Model, checkRate } from "./linnet.mjs";
import { checkOptions } from "./options.mjs";
import { recipeOf } from "./recipe.mjs";

const SAMPLES_AT_ONCE = 1 << 17; // of a whole recording that go through its stream in one piece
const LONGEST_POOL_SECONDS = 60;

/* As Python rounds: to the nearest, halves to even. */
function rounded(x) {
    const floor = Math.floor(x), rest = x - floor;
    return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** What of a recipe may be said otherwise. */
export const HEARING = ["words", "poolSeconds", "threshold"];

/** Words, poolSeconds and threshold of a model file: what its recipe says, unless `wishes` say otherwise.
 *
 * @throws {RangeError} where the bytes are no model file, or a wish is none of HEARING. */
export function hearingOf(file, options) {
    const wishes = checkOptions(options, HEARING, "Recognizer");
    const known = wishes.words && wishes.poolSeconds && wishes.threshold;
    const { words, pool_seconds: poolSeconds, threshold } = known ? {} : recipeOf(file);
    const said = Object.fromEntries(Object.entries(wishes).filter(([, wish]) => wish !== undefined));
    return { words: words ?? [], poolSeconds: poolSeconds ?? 0.4, threshold: threshold ?? 0.5, ...said };
}

/** A model that hears keywords. Calls and streams do not disturb each other. */
export class Recognizer {
    #model;

    /** Check a model file and lay it out. What its recipe says may be said otherwise: one of `words` for each output,
     * `poolSeconds` over which outputs are averaged, `threshold` of that mean.
     *
     * @throws {EngineError} where the engine refuses the bytes.
     * @throws {RangeError} where the model hears nothing, has other outputs than words, or the numbers decide nothing. */
    static async open(engine, file, wishes) {
        return new this(await Model.open(engine, file), hearingOf(file, wishes));
    }

    constructor(model, { words, poolSeconds, threshold }) {
        const { name, isListener, outputWidth, hop, sampleRateHz, outputExponent } = model.info;
        if (!isListener) throw new RangeError(`The model ${name} is shown no sound, so it hears nothing; open one of the task keywords.`);
        if (words.length !== outputWidth)
            throw new RangeError(`The model ${name} has ${outputWidth} outputs, and ${words.length} words are known for them, so it ` +
                "is no recognizer of these; open a model of the task keywords, or give words.");
        this.pool = rounded((poolSeconds * sampleRateHz) / hop);
        if (!(threshold > 0 && threshold < 1 && this.pool >= 1 && poolSeconds <= LONGEST_POOL_SECONDS))
            throw new RangeError(`threshold ${threshold} and poolSeconds ${poolSeconds} decide nothing; give a threshold between 0 ` +
                `and 1, and from a frame of ${hop / sampleRateHz} s to ${LONGEST_POOL_SECONDS} s.`);
        this.#model = model;
        this.words = Object.freeze([...words]);
        this.threshold = threshold;
        this.one = this.pool * 2 ** outputExponent;
    }

    /** What the model says of itself. */
    get info() {
        return this.#model.info;
    }

    /** The words in a recording, a Float32Array of samples in [-1, 1], in order. */
    listen(samples, options) {
        checkSamples(samples);
        const stream = this.stream(checkOptions(options, ["sampleRateHz"], "listen")), found = [];
        try {
            for (let from = 0; from < samples.length; from += SAMPLES_AT_ONCE)
                found.push(...stream.push(samples.subarray(from, from + SAMPLES_AT_ONCE)));
        } finally {
            stream.close();
        }
        return found;
    }

    /** Begin a stream, at one of the SAMPLE_RATES_HZ. */
    stream(options) {
        const { sampleRateHz } = checkOptions(options, ["sampleRateHz"], "stream");
        checkRate(sampleRateHz);
        return new Recognition(this, this.#model.session(sampleRateHz));
    }
}

function checkSamples(samples) {
    if (!(samples instanceof Float32Array))
        throw new RangeError("Sound came that is no Float32Array; give one channel of samples in [-1, 1].");
}

/** One stream: push samples, get the words that ended in them. */
export class Recognition {
    #recognizer;
    #session;
    #waiting = new Float32Array(0); // less than a hop
    #kept; // codes of the newest frames, a ring
    #sums;
    #told;
    #frames = 0;
    #isOpen = true;

    constructor(recognizer, session) {
        this.#recognizer = recognizer;
        this.#session = session;
        const width = recognizer.words.length;
        this.#kept = Array.from({ length: recognizer.pool }, () => new Int16Array(width));
        this.#sums = new Array(width).fill(0);
        this.#told = new Array(width).fill(false);
    }

    /** Listen to the next samples, a Float32Array of any length; gives [{ word, seconds, likelihood }, ...]. */
    push(samples) {
        checkSamples(samples);
        const all = new Float32Array(this.#waiting.length + samples.length), { hop } = this.#session.format;
        all.set(this.#waiting);
        all.set(samples, this.#waiting.length);
        const whole = all.length - (all.length % hop), width = this.#sums.length, found = [];
        const codes = this.#session.listen(all.subarray(0, whole));
        this.#waiting = all.slice(whole);
        for (let from = 0; from < codes.length; from += width) {
            const word = this.#hear(codes.subarray(from, from + width));
            if (word !== undefined) found.push(word);
        }
        return found;
    }

    /** Give the memory back; a second time this does nothing. */
    close() {
        if (this.#isOpen) this.#session.close();
        this.#isOpen = false;
    }

    #hear(codes) {
        const { pool, one, threshold, words } = this.#recognizer, { hop, sampleRateHz } = this.#session.format;
        const oldest = this.#kept[this.#frames++ % pool], high = rounded(threshold * one);
        let likeliest = 0;
        for (let i = 0; i < codes.length; i++) {
            this.#sums[i] += codes[i] - oldest[i];
            if (2 * this.#sums[i] < high) this.#told[i] = false;
            if (this.#sums[i] > this.#sums[likeliest]) likeliest = i;
        }
        oldest.set(codes);
        if (this.#sums[likeliest] < high || this.#told[likeliest]) return undefined;
        this.#told[likeliest] = true;
        return { word: words[likeliest], seconds: (this.#frames * hop) / sampleRateHz, likelihood: this.#sums[likeliest] / one };
    }
}

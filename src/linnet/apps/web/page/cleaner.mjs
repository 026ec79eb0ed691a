/* cleaner.mjs - asks the thread of worker.mjs, and gives promises of its answers. */

const worker = new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
const waiting = new Map();
let count = 0;

worker.onmessage = ({ data: { id, answer, error, progress } }) => {
    const question = waiting.get(id);
    if (progress !== undefined) return question.onProgress?.(progress);
    waiting.delete(id);
    if (error === undefined) question.resolve(answer);
    else question.reject(Object.assign(new Error(error.message), { name: error.name }));
};

worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(`The thread that cleans ended (${event.message}); reload the page.`));
    waiting.clear();
};

function ask(question, onProgress) {
    const id = ++count;
    worker.postMessage({ ...question, id });
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject, onProgress }));
}

/** Check a model; its info, and its load as a share of one core. */
export const open = (name, engine, file) => ask({ ask: "open", name, engine, file });

/** Clean channels with an opened model: { channels, milliseconds }, or null where a newer call came. */
export const clean = (options, onProgress) => ask({ ask: "clean", ...options }, onProgress);

/** Decibels for a picture of so many columns and rows, and the level of the quietest tenth. */
export const look = (samples, sampleRateHz, { width, height }) =>
    ask({ ask: "look", samples, sampleRateHz, columns: width, rows: height });

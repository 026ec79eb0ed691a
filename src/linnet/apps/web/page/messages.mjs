/* messages.mjs - what the page says when something cannot be done: what came, why not, what to do. */

const MICROPHONE = {
    NotAllowedError: "The browser refused the microphone, so nothing is heard; allow it for this page (the sign beside the " +
        "address), and press the button again.",
    NotFoundError: "There is no microphone here, so nothing is heard; plug one in, or choose a file.",
    NotReadableError: "The microphone is there but gives no sound, probably since another program holds it; close that, " +
        "and press the button again.",
    SecurityError: "This page was loaded over plain http, and browsers give a microphone on https:// and on localhost only; " +
        "choose a file, or open the page with linnet web.",
};

/** For an error of the microphone, of the audio thread or of the engine. */
export const microphoneMessage = (error) => MICROPHONE[error.name] ?? error.message;

/** For a microphone that gave no block before it was stopped. */
export const NOTHING_RECORDED = "The microphone was stopped before any sound came from it, so there is nothing to clean; start it again, " +
    "and stop it once it counts seconds.";

/** For a file that could not be decoded. */
export const notAudioMessage = (name) => `${name} is no sound that this browser reads, so there is nothing to clean; choose a ` +
    "WAV, FLAC, MP3, OGG or M4A file.";

/** For a model file that the engine refused. */
export const modelMessage = (name, error) => `${name} is no model that runs here: ${error.message} The model before it stays; ` +
    "take the file from its source again.";

/** For sound that comes before any model is ready. */
export const NO_MODEL_MESSAGE = "No model is ready, so the microphone cannot be cleaned; wait until one is, or choose another.";

/** For a file of the page itself that did not come. */
export const missingMessage = (url, why) => `${url} could not be loaded (${why}), so the page is not whole; start linnet web ` +
    "again, or copy the whole folder to the server.";

/** What this browser lacks altogether; null where it can clean. */
export function lacking() {
    if (typeof WebAssembly !== "object")
        return "This browser has no WebAssembly (or it is switched off), so nothing can be cleaned here; use a current " +
            "browser, or linnet denoise on the command line.";
    return null;
}

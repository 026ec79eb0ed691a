/* app.mjs - the page: where sound comes from, what is done with it, keys, messages. */
import { engineFile } from "./engine/linnet.mjs";
import { Live } from "./live.mjs";
import { NOTHING_RECORDED, lacking, microphoneMessage, notAudioMessage } from "./messages.mjs";
import { Models, fetched } from "./models.mjs";
import { isTaken, rateForFile } from "./rate.mjs";
import { Result } from "./result.mjs";
import { wavFrom } from "./wav.mjs";

const at = (id) => document.getElementById(id);
const LAST_PLACE = 41; // of the slider: no limit

const result = new Result();
const live = new Live(trying(async ({ before, sampleRateHz }) => {
    if (before.length === 0) throw new Error(NOTHING_RECORDED);
    await present({ name: "Microphone", channels: [before], sampleRateHz });
}));
const models = new Models(at("models"), () => cleanAgain());

const wishes = () => ({ maxAttenuationDb: maxAttenuationDb(), upperBand: at("upper-band").checked });
const maxAttenuationDb = () => (Number(at("strength").value) === LAST_PLACE ? Infinity : Number(at("strength").value));

function warn(message) {
    at("alert").textContent = message;
    at("alert").hidden = message === "";
}

function say(message) {
    at("status").textContent = message;
}

async function cleanAgain() {
    if (result.clip === null) return;
    if (models.chosen === null) return say(`${result.clip.name} waits for a model.`); // which cleans it once it is ready
    if (await result.clean(models.chosen, wishes())) say(`${result.clip.name} is cleaned. ${at("facts").textContent}`);
}

async function present(clip) {
    warn("");
    await result.show(clip);
    await cleanAgain();
}

/* Plain WAVs exactly, as the command line reads them; all else, and rates that the engine does not take, as the browser does. */
async function decode(bytes, name) {
    const plain = wavFrom(bytes);
    const clip = plain !== null && isTaken(plain.sampleRateHz) ? plain : await decodedByBrowser(bytes);
    if (clip === null || clip.channels[0].length === 0) throw new Error(notAudioMessage(name));
    return { name, ...clip };
}

async function decodedByBrowser(bytes) {
    try {
        const context = new OfflineAudioContext({ numberOfChannels: 1, length: 1, sampleRate: rateForFile(bytes) });
        const buffer = await context.decodeAudioData(bytes);
        const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c).slice());
        return { channels, sampleRateHz: buffer.sampleRate };
    } catch {
        return null;
    }
}

async function take(file) {
    if (/\.gguf$/i.test(file.name)) return models.take(file);
    say(`Reading ${file.name}`);
    result.pause();
    await present(await decode(await file.arrayBuffer(), file.name));
}

/* Do what was asked for; say what went wrong. */
function trying(work, messageOf = (error) => error.message) {
    return async (event) => {
        warn("");
        try {
            await work(event);
        } catch (error) {
            warn(messageOf(error));
        }
    };
}

function listenToFiles() {
    for (const id of ["file", "model-file"])
        at(id).addEventListener("change", trying(async () => {
            const [file] = at(id).files;
            at(id).value = "";
            if (file) await take(file);
        }));
    at("example").addEventListener("click", trying(async () => {
        await present(await decode(await (await fetched("example.wav")).arrayBuffer(), "Example: a voice beside a fan"));
    }));
    addEventListener("dragover", (event) => (event.preventDefault(), at("drop").classList.add("over")));
    addEventListener("dragleave", (event) => event.relatedTarget ?? at("drop").classList.remove("over"));
    addEventListener("drop", (event) => {
        event.preventDefault();
        at("drop").classList.remove("over");
        const [file] = event.dataTransfer.files;
        if (file) trying(() => take(file))();
    });
}

function listenToTheMicrophone() {
    at("microphone").addEventListener("click", trying(async () => {
        if (live.isOn) return live.stop();
        result.pause();
        if (await live.start({ ...models.forWorklet, maxAttenuationDb: maxAttenuationDb() })) say("Listening to the microphone.");
    }, microphoneMessage));
}

function hear(side) {
    document.querySelector(`input[name=side][value=${side}]`).checked = true;
    result.hear(side);
    live.hear(side);
}

function showStrength() {
    const limit = maxAttenuationDb();
    const text = limit === Infinity ? "no limit" : `at most ${limit} dB`;
    at("strength-text").textContent = text;
    at("strength").setAttribute("aria-valuetext", text);
    live.limit(limit);
}

function listenToControls() {
    at("sides").addEventListener("change", (event) => hear(event.target.value));
    at("strength").addEventListener("input", showStrength); // at every step; the end of the way is a change
    at("strength").addEventListener("change", trying(cleanAgain));
    at("upper-band").addEventListener("change", trying(cleanAgain));
    at("models").addEventListener("change", trying((event) => models.choose(event.target.value)));
    at("play").addEventListener("click", trying(() => result.toggle()));
    addEventListener("keydown", (event) => {
        if (!at("keys").checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
        if (event.key.toLowerCase() === "b" && (result.clip !== null || live.isOn)) {
            hear(result.side === "after" ? "before" : "after");
            say(`You hear ${result.side}.`);
        }
        const isControl = event.target.closest("button, a, input, label") !== null;
        if (event.key === " " && !isControl && result.clip !== null) {
            event.preventDefault();
            trying(() => result.toggle())();
        }
    });
}

const scoresText = (noisyDb) =>
    noisyDb === undefined ? "" : `Scores: SI-SNR of test recordings that are at ${noisyDb.toFixed(1)} dB before.`;

async function start() {
    const reason = lacking();
    at("starting").hidden = true;
    if (reason !== null) return warn(reason);
    for (const id of ["source", "settings"]) at(id).hidden = false;
    listenToFiles();
    listenToTheMicrophone();
    listenToControls();
    showStrength();
    hear("after");
    await trying(() => models.start())();
    at("engine").textContent = engineFile() === "linnet.wasm" ? scoresText(models.noisyDb) :
        "This browser has no WebAssembly vectors (SIMD), so the plain engine runs: the same sound, about ten times slower.";
    at("engine").classList.toggle("warning", engineFile() !== "linnet.wasm");
    document.documentElement.dataset.ready = "yes";
    if (!navigator.connection?.saveData) await models.measureAll().catch((error) => warn(error.message)); // fetches them all
}

start();

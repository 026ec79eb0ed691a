/* live.mjs - the panel of the microphone: meters, hearing it, the end. */
import { LONGEST_S, listen } from "./microphone.mjs";

const at = (id) => document.getElementById(id);
const FLOOR_DB = -72;

/** The panel. `onEnd(recording)` gets what `Listening.stop` gives. */
export class Live {
    #listening = null;
    #isOpening = false;
    #levels = { before: FLOOR_DB, after: FLOOR_DB };
    #samples = 0;
    #side = "after";
    #onEnd;

    constructor(onEnd) {
        this.#onEnd = onEnd;
        at("stop").addEventListener("click", () => this.stop());
        at("monitor").addEventListener("change", () => this.hear(this.#side));
    }

    get isOn() {
        return this.#listening !== null;
    }

    /** Begin with the bytes of engine and model; false where it began already. @throws what `listen` throws. */
    async start({ engine, file, maxAttenuationDb }) {
        if (this.#isOpening || this.isOn) return false; // the browser may still ask whether it may
        this.#isOpening = true;
        this.#samples = 0;
        const onBlock = (before, after) => this.#take(before, after);
        try {
            this.#listening = await listen({ engine, file, maxAttenuationDb, onBlock });
        } finally {
            this.#isOpening = false;
        }
        at("live").hidden = false;
        at("monitor").checked = false;
        at("stop").focus();
        this.#show();
        return true;
    }

    /** Let a side be heard, where the user wants to hear any. */
    hear(side) {
        this.#side = side;
        this.#listening?.hear(at("monitor").checked ? side : null);
    }

    limit(maxAttenuationDb) {
        this.#listening?.limit(maxAttenuationDb);
    }

    stop() {
        if (!this.isOn) return;
        const recording = this.#listening.stop();
        this.#listening = null;
        at("live").hidden = true;
        this.#onEnd(recording);
    }

    #take(before, after) {
        if (!this.isOn) return; // on its way when it ended
        this.#samples += before.length;
        for (const [side, samples] of Object.entries({ before, after })) {
            const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
            const level = Math.max(FLOOR_DB, 10 * Math.log10(power + 1e-12));
            this.#levels[side] = Math.max(level, this.#levels[side] - 3); // falls slowly
        }
        if (this.#samples > LONGEST_S * this.#listening.sampleRateHz) this.stop();
    }

    #show() {
        if (!this.isOn) return;
        for (const [side, level] of Object.entries(this.#levels)) {
            const meter = at(`meter-${side}`);
            meter.setAttribute("aria-valuenow", level.toFixed(0));
            meter.setAttribute("aria-valuetext", `${level.toFixed(0)} decibels`);
            meter.firstElementChild.style.transform = `scaleX(${1 - level / FLOOR_DB})`;
        }
        const [own, browser] = this.#listening.latencySeconds.map((seconds) => Math.round(1000 * seconds));
        const seconds = this.#samples / this.#listening.sampleRateHz;
        at("live-facts").textContent = `${seconds.toFixed(0)} s recorded · ${own} ms late, and ${browser} ms of the browser's`;
        requestAnimationFrame(() => this.#show());
    }
}

/* result.mjs - a recording before and after: pictures, playing, what was gained, the download. */
import * as cleaner from "./cleaner.mjs";
import { draw, topOf } from "./picture.mjs";
import { Player } from "./player.mjs";
import { heightOf } from "./spectrogram.mjs";
import { wavOf } from "./wav.mjs";

const at = (id) => document.getElementById(id);
const decibels = (value) => `${value.toFixed(0).replace("-", "−")} dB`;
const time = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;

function mixed(channels) {
    if (channels.length === 1) return channels[0];
    return channels[0].map((_, i) => channels.reduce((sum, samples) => sum + samples[i], 0) / channels.length);
}

/** What is shown of one recording. */
export class Result {
    #clip = null; // { name, channels, sampleRateHz }
    #clean = null; // channels
    #topDb = 0;
    #quietDb = {};
    #player = new Player((seconds, isPlaying) => this.#move(seconds, isPlaying));
    side = "after";

    constructor() {
        at("seek").addEventListener("input", () => this.#player.seek(Number(at("seek").value)));
        at("download").addEventListener("click", () => this.download());
        for (const side of ["before", "after"]) {
            const picture = at(side).parentElement;
            picture.addEventListener("click", (event) => {
                const share = (event.clientX - picture.getBoundingClientRect().left) / picture.clientWidth;
                this.#player.seek(share * this.#player.seconds);
            });
        }
    }

    get clip() {
        return this.#clip;
    }

    /** Show a recording; what was there before is forgotten. */
    async show(clip) {
        this.#player.clear();
        this.#clip = clip;
        this.#clean = null;
        at("result").hidden = false;
        at("result-title").textContent = clip.name;
        at("seek").max = clip.channels[0].length / clip.sampleRateHz;
        at("download").disabled = true;
        this.#scale(clip.sampleRateHz);
        at("after").getContext("2d").clearRect(0, 0, at("after").width, at("after").height);
        this.#player.set("before", clip.channels, clip.sampleRateHz);
        this.#move(0, false);
        await this.#draw("before", clip.channels);
    }

    /** Clean what is shown; false where a newer call, or a newer recording, made this one idle. */
    async clean(model, { maxAttenuationDb, upperBand }) {
        const clip = this.#clip, { channels, sampleRateHz } = clip;
        const tell = (text) => this.#clip === clip && (at("facts").textContent = text);
        tell("Cleaning …");
        const onProgress = (share) => tell(`Cleaning … ${Math.round(100 * share)} %`);
        const done = await cleaner.clean({ name: model, channels, sampleRateHz, maxAttenuationDb, upperBand }, onProgress);
        if (done === null || this.#clip !== clip) return false;
        this.#clean = done.channels;
        this.#player.set("after", done.channels, sampleRateHz);
        at("download").disabled = false;
        await this.#draw("after", done.channels);
        if (this.#clip !== clip) return false;
        this.#say(done.milliseconds);
        return true;
    }

    async toggle() {
        if (this.#player.isPlaying) this.#player.pause();
        else await this.#player.play();
    }

    pause() {
        if (this.#player.isPlaying) this.#player.pause();
    }

    hear(side) {
        this.side = side;
        this.#player.hear(side);
        for (const each of ["before", "after"]) at(`figure-${each}`).classList.toggle("heard", each === side);
    }

    /** Give the cleaned recording to the user. */
    download() {
        const { name, sampleRateHz } = this.#clip;
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([wavOf(this.#clean, sampleRateHz)], { type: "audio/wav" }));
        link.download = `${name.replace(/\.[^.]*$/, "")}-cleaned.wav`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    }

    /* Frequencies beside the pictures. */
    #scale(sampleRateHz) {
        for (const mark of document.querySelectorAll(".axis")) {
            const height = heightOf(1000 * Number(mark.dataset.khz), sampleRateHz);
            mark.hidden = height > 0.97;
            mark.style.bottom = `${100 * height}%`;
        }
    }

    async #draw(side, channels) {
        const canvas = at(side), clip = this.#clip, { sampleRateHz } = clip;
        const seen = await cleaner.look(mixed(channels), sampleRateHz, canvas);
        if (this.#clip !== clip) return; // another was shown meanwhile
        if (side === "before") this.#topDb = topOf(seen.decibels);
        this.#quietDb[side] = seen.quietDb;
        draw(canvas, seen.decibels, this.#topDb);
        canvas.setAttribute("aria-label", `Spectrogram ${side} cleaning, 0 to ${sampleRateHz / 2000} kHz; the quietest tenth ` +
            `lies at ${decibels(seen.quietDb)}`);
    }

    #say(milliseconds) {
        const seconds = this.#clip.channels[0].length / this.#clip.sampleRateHz;
        const speed = (1000 * seconds) / Math.max(milliseconds, 0.1);
        at("facts").textContent = `Quietest tenth of the recording: ${decibels(this.#quietDb.before)} before, ` +
            `${decibels(this.#quietDb.after)} after. Cleaned in ${(milliseconds / 1000).toFixed(2)} s, ${speed.toFixed(0)} times ` +
            `faster than it plays. The WAV has ${this.#clip.sampleRateHz / 1000} kHz.`;
    }

    #move(seconds, isPlaying) {
        const share = this.#player.seconds === 0 ? 0 : seconds / this.#player.seconds;
        at("seek").value = seconds;
        at("seek").setAttribute("aria-valuetext", `${seconds.toFixed(1)} of ${this.#player.seconds.toFixed(1)} seconds`);
        at("clock").textContent = `${time(seconds)} / ${time(this.#player.seconds)}`;
        at("play").textContent = isPlaying ? "Pause" : "Play";
        for (const head of document.querySelectorAll(".head")) head.style.left = `${100 * share}%`;
    }
}

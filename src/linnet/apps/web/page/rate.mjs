/* rate.mjs - at which rate the page cleans: that of the recording or of the machine's sound, where the engine takes it. */
import { SAMPLE_RATES_HZ } from "./engine/linnet.mjs";

const OTHERWISE_HZ = 48000; // where the rate is not known, or another: the browser resamples

const taken = (rate) => (SAMPLE_RATES_HZ.includes(rate) ? rate : OTHERWISE_HZ);

/** The rate at which a file is decoded. A FLAC says it at its start; of other kinds browsers do not tell. */
export function rateForFile(bytes) {
    const start = new Uint8Array(bytes, 0, Math.min(bytes.byteLength, 22));
    const isFlac = start.length === 22 && String.fromCharCode(...start.subarray(0, 4)) === "fLaC";
    return taken(isFlac ? (start[18] << 12) | (start[19] << 4) | (start[20] >> 4) : OTHERWISE_HZ);
}

/** Whether sound of this rate is cleaned as it is. */
export const isTaken = (rate) => SAMPLE_RATES_HZ.includes(rate);

/** A context for the microphone, at the rate of the machine's sound where it can be. */
export async function contextForMicrophone() {
    const context = new AudioContext({ latencyHint: "interactive" });
    if (isTaken(context.sampleRate)) return context;
    await context.close();
    return new AudioContext({ latencyHint: "interactive", sampleRate: OTHERWISE_HZ });
}

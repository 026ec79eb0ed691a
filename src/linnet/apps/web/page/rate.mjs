/* rate.mjs - the one place that says at which rate the page cleans. The models hear 16 kHz; the browser resamples. */

export const SAMPLE_RATE_HZ = 16000;

/** A context for decoding a file and for the microphone: what comes out of either has this rate. */
export const forDecoding = () => new OfflineAudioContext({ numberOfChannels: 1, length: 1, sampleRate: SAMPLE_RATE_HZ });
export const forMicrophone = () => new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: "interactive" });

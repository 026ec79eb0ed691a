/* spectrogram.mjs - what the pictures show: decibels over time and frequency, and the level of the quietest tenth. */

const WINDOW = 512;
const COSINES = Float32Array.from({ length: WINDOW / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / WINDOW));
const SINES = Float32Array.from({ length: WINDOW / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / WINDOW));
const HANN = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

/** Decibels of `columns` moments, evenly spread: column after column, WINDOW / 2 bins each from 0 Hz upward. */
export function spectrogramOf(samples, columns) {
    const bins = WINDOW / 2, result = new Float32Array(columns * bins);
    const real = new Float32Array(WINDOW), imaginary = new Float32Array(WINDOW);
    for (let column = 0; column < columns; column++) {
        const from = Math.round(((column + 0.5) * samples.length) / columns) - WINDOW / 2;
        for (let i = 0; i < WINDOW; i++) real[i] = (samples[from + i] ?? 0) * HANN[i];
        imaginary.fill(0);
        transform(real, imaginary);
        for (let k = 0; k < bins; k++)
            result[column * bins + k] = 10 * Math.log10(real[k] ** 2 + imaginary[k] ** 2 + 1e-12);
    }
    return result;
}

/* The discrete Fourier transform in place, radix 2 (Cooley and Tukey). */
function transform(real, imaginary) {
    for (let i = 1, j = 0; i < WINDOW; i++) {
        let bit = WINDOW >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            [real[i], real[j]] = [real[j], real[i]];
            [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
        }
    }
    for (let size = 2; size <= WINDOW; size *= 2) combine(real, imaginary, size);
}

function combine(real, imaginary, size) {
    const half = size / 2, step = WINDOW / size;
    for (let start = 0; start < WINDOW; start += size)
        for (let k = 0; k < half; k++) {
            const c = COSINES[k * step], s = SINES[k * step], a = start + k, b = a + half;
            const re = real[b] * c + imaginary[b] * s, im = imaginary[b] * c - real[b] * s;
            real[b] = real[a] - re, imaginary[b] = imaginary[a] - im;
            real[a] += re, imaginary[a] += im;
        }
}

/** The level, in decibels of full scale, that a tenth of all pieces of 20 ms stay below. */
export function quietLevelDb(samples, sampleRateHz) {
    const size = Math.round(sampleRateHz / 50), levels = [];
    for (let from = 0; from + size <= samples.length; from += size) {
        let sum = 0;
        for (let i = from; i < from + size; i++) sum += samples[i] ** 2;
        levels.push(10 * Math.log10(sum / size + 1e-12));
    }
    return levels.sort((a, b) => a - b)[Math.floor(levels.length / 10)] ?? -120;
}

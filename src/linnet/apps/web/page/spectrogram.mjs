/* spectrogram.mjs - what the pictures show: decibels over time and frequency, and the level of the quietest tenth. */

const WINDOW_S = 0.032;

const mel = (hz) => Math.log1p(hz / 700); // up to a factor: O'Shaughnessy's scale
const fromMel = (value) => 700 * Math.expm1(value);

/** How high a frequency stands in the picture: 0 is its bottom, 1 its top, half the sample rate. */
export const heightOf = (hz, sampleRateHz) => mel(hz) / mel(sampleRateHz / 2);

/** Decibels of `columns` moments, evenly spread: column after column, `rows` numbers each from 0 Hz upward. */
export function spectrogramOf(samples, sampleRateHz, columns, rows) {
    const fourier = new Fourier(2 ** Math.round(Math.log2(WINDOW_S * sampleRateHz)));
    const bands = bandsOf(fourier.size, sampleRateHz, rows), result = new Float32Array(columns * rows);
    for (let column = 0; column < columns; column++) {
        const centre = Math.round(((column + 0.5) * samples.length) / columns);
        const power = fourier.powerAt(samples, centre - fourier.size / 2);
        for (let row = 0; row < rows; row++) {
            let most = 0;
            for (let k = bands[row]; k <= Math.max(bands[row], bands[row + 1] - 1); k++) most = Math.max(most, power[k]);
            result[column * rows + row] = 10 * Math.log10(most + 1e-12);
        }
    }
    return result;
}

/* Where the bins of each row begin. */
function bandsOf(size, sampleRateHz, rows) {
    const top = mel(sampleRateHz / 2);
    return Array.from({ length: rows + 1 }, (_, row) =>
        Math.min(size / 2 - 1, Math.round((fromMel((top * row) / rows) * size) / sampleRateHz)));
}

/* The discrete Fourier transform, radix 2 (Cooley and Tukey), of a Hann window. */
class Fourier {
    constructor(size) {
        const table = (length, of) => Float32Array.from({ length }, (_, i) => of((2 * Math.PI * i) / size));
        this.size = size;
        this.cosines = table(size / 2, Math.cos), this.sines = table(size / 2, Math.sin);
        this.window = table(size, (angle) => (1 - Math.cos(angle)) * (256 / size)); // a tone has one level at every size
        this.real = new Float32Array(size), this.imaginary = new Float32Array(size), this.power = new Float32Array(size / 2);
    }

    powerAt(samples, from) {
        const { size, real, imaginary, power } = this;
        for (let i = 0; i < size; i++) real[i] = (samples[from + i] ?? 0) * this.window[i];
        imaginary.fill(0);
        this.#reverse();
        for (let length = 2; length <= size; length *= 2) this.#combine(length);
        for (let k = 0; k < size / 2; k++) power[k] = real[k] ** 2 + imaginary[k] ** 2;
        return power;
    }

    #reverse() {
        const { size, real } = this;
        for (let i = 1, j = 0; i < size; i++) {
            let bit = size >> 1;
            for (; j & bit; bit >>= 1) j ^= bit;
            j ^= bit;
            if (i < j) [real[i], real[j]] = [real[j], real[i]];
        }
    }

    #combine(length) {
        const { size, real, imaginary, cosines, sines } = this, half = length / 2, step = size / length;
        for (let start = 0; start < size; start += length)
            for (let k = 0; k < half; k++) {
                const c = cosines[k * step], s = sines[k * step], a = start + k, b = a + half;
                const re = real[b] * c + imaginary[b] * s, im = imaginary[b] * c - real[b] * s;
                real[b] = real[a] - re, imaginary[b] = imaginary[a] - im;
                real[a] += re, imaginary[a] += im;
            }
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

/* wav.mjs - WAV files: writes those of 16 bits, and reads plain ones exactly.
 *
 * Browsers read them, too, but some divide positive codes by 32767 and negative ones by 32768 (Chromium 156). */

const PCM = 1, FLOAT = 3, EXTENSIBLE = 0xfffe;
const READERS = {
    [`${PCM} 16`]: (view, at) => view.getInt16(at, true) / 2 ** 15,
    [`${PCM} 24`]: (view, at) => ((view.getInt16(at + 1, true) << 8) | view.getUint8(at)) / 2 ** 23,
    [`${PCM} 32`]: (view, at) => view.getInt32(at, true) / 2 ** 31,
    [`${FLOAT} 32`]: (view, at) => view.getFloat32(at, true),
};

/** The channels of a WAV and its rate; null where the bytes are no WAV, or one of another kind. */
export function wavFrom(bytes) {
    const view = new DataView(bytes);
    const word = (at) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
    if (bytes.byteLength < 12 || word(0) !== "RIFF" || word(8) !== "WAVE") return null;
    let format = null;
    for (let at = 12; at + 8 <= bytes.byteLength; ) {
        const size = view.getUint32(at + 4, true), from = at + 8;
        if (word(at) === "fmt " && from + 26 <= bytes.byteLength) format = formatAt(view, from);
        if (word(at) === "data") return format && channelsFrom(view, from, Math.min(size, bytes.byteLength - from), format);
        at = from + size + (size % 2);
    }
    return null;
}

function formatAt(view, at) {
    const kind = view.getUint16(at, true);
    return {
        kind: kind === EXTENSIBLE ? view.getUint16(at + 24, true) : kind,
        count: view.getUint16(at + 2, true),
        sampleRateHz: view.getUint32(at + 4, true),
        bits: view.getUint16(at + 14, true),
    };
}

function channelsFrom(view, from, size, { kind, count, sampleRateHz, bits }) {
    const read = READERS[`${kind} ${bits}`], bytes = bits / 8;
    if (read === undefined || count === 0) return null;
    const length = Math.floor(size / (count * bytes));
    const channels = Array.from({ length: count }, () => new Float32Array(length));
    for (let c = 0; c < count; c++)
        for (let i = 0; i < length; i++) channels[c][i] = read(view, from + (i * count + c) * bytes);
    return { channels, sampleRateHz };
}

/** The bytes of a WAV of these channels, Float32Array each, in [-1, 1]; what is beyond is cut. */
export function wavOf(channels, sampleRateHz) {
    const count = channels[0].length, frame = 2 * channels.length;
    const view = new DataView(new ArrayBuffer(44 + count * frame));
    const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    text(0, "RIFF"), view.setUint32(4, 36 + count * frame, true), text(8, "WAVEfmt ");
    view.setUint32(16, 16, true), view.setUint16(20, 1, true), view.setUint16(22, channels.length, true);
    view.setUint32(24, sampleRateHz, true), view.setUint32(28, sampleRateHz * frame, true);
    view.setUint16(32, frame, true), view.setUint16(34, 16, true);
    text(36, "data"), view.setUint32(40, count * frame, true);
    channels.forEach((samples, c) => {
        for (let i = 0; i < count; i++) {
            const code = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768)));
            view.setInt16(44 + i * frame + 2 * c, code, true);
        }
    });
    return view.buffer;
}

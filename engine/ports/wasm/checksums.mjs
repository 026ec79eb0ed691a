/* checksums.mjs - SHA-256 (FIPS 180-4) and CRC-32 (that of zlib) of bytes. Those of browsers are asynchronous and on https:// only. */

/* The first 32 bits of what stands behind the point of a number. */
const bitsOf = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime !== 0)) PRIMES.push(n);
const START = PRIMES.slice(0, 8).map((prime) => bitsOf(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => bitsOf(Math.cbrt(prime)));

const turned = (x, bits) => (x >>> bits) | (x << (32 - bits));

/* The bytes, a 1, zeros up to a whole block of 64, their number in bits. */
function padded(bytes) {
    const all = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64), view = new DataView(all.buffer);
    all.set(bytes);
    all[bytes.length] = 0x80;
    view.setBigUint64(all.length - 8, BigInt(bytes.length) * 8n);
    return view;
}

function spread(view, at, words) {
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
    for (let t = 16; t < 64; t++) {
        const x = words[t - 15], y = words[t - 2];
        const low = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3), high = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
        words[t] = words[t - 16] + low + words[t - 7] + high;
    }
}

/** The 32 bytes of SHA-256. */
export function sha256(bytes) {
    const view = padded(bytes), state = Int32Array.from(START), words = new Int32Array(64);
    for (let at = 0; at < view.byteLength; at += 64) {
        spread(view, at, words);
        let [a, b, c, d, e, f, g, h] = state;
        for (let t = 0; t < 64; t++) {
            const one = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[t] + words[t];
            const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = (d + one) | 0, d = c, c = b, b = a, a = (one + two) | 0;
        }
        [a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] += x));
    }
    const digest = new DataView(new ArrayBuffer(32));
    state.forEach((x, i) => digest.setInt32(4 * i, x));
    return new Uint8Array(digest.buffer);
}

const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
    return byte;
});

/** CRC-32 of bytes, behind those that gave `before`. */
export function crc32(bytes, before = 0) {
    let crc = ~before;
    for (const byte of bytes) crc = (crc >>> 8) ^ REMAINDERS[(crc ^ byte) & 0xff];
    return ~crc >>> 0;
}

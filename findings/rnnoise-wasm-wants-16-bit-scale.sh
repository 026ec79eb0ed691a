#!/bin/sh
# @jitsi/rnnoise-wasm 0.2.1: sound in Web Audio's range of +-1 passes through RNNoise almost untouched.
#
# Guess: a package for browsers takes the floats that an AudioWorklet holds.
# Seen: white noise of RMS 0.029 comes out at 0.029 as it is, and below 0.001 if it is multiplied by 32 768 before and divided
# after. Nothing is refused: below the scale of 16 bits RNNoise takes all sound for silence.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" @jitsi/rnnoise-wasm@0.2.1
cat > see.mjs <<'JS'
import createRNNWasmModuleSync from '@jitsi/rnnoise-wasm/dist/rnnoise-sync.js';

const rnnoise = await createRNNWasmModuleSync();
const frameSize = 480;
let seed = 1;
const noise = Float32Array.from({length: 100 * frameSize}, () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return 0.1 * (seed / 2147483648 - 0.5);
});
const rms = (x) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

function denoise(signal, scale) {
  const state = rnnoise._rnnoise_create();
  const at = rnnoise._malloc(4 * frameSize);
  const out = new Float32Array(signal.length);
  for (let start = 0; start < signal.length; start += frameSize) {
    const frame = signal.subarray(start, start + frameSize).map((value) => value * scale);
    rnnoise.HEAPF32.set(frame, at / 4);
    rnnoise._rnnoise_process_frame(state, at, at);
    out.set(rnnoise.HEAPF32.subarray(at / 4, at / 4 + frameSize).map((value) => value / scale), start);
  }
  return out;
}

const half = noise.length / 2;
const before = rms(noise.subarray(half));
const [plain, scaled] = [1, 32768].map((scale) => rms(denoise(noise, scale).subarray(half)));
console.log('RMS before', before, 'after at +-1', plain, 'after at +-32768', scaled);
process.exit(plain > 0.9 * before && scaled < 0.001 ? 0 : 1);
JS
node see.mjs

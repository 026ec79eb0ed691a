#!/bin/sh
# pitchfinder 2.3.4 (npm), YIN: silence, quiet sound and sound too low for the block have a pitch, 0.4 of the sample rate.
#
# Guess: where YIN finds no period it says null, as its type tells, and the volume does not matter.
# Seen: 2048 zeros at 16 kHz have a pitch of 6400 Hz. A tone of 440 Hz is 440 at amplitudes of 0.5 and 0.1, but 6400.4 at 0.001, which a
# microphone without speech has all the time. A tone of 80 Hz at 44 100 Hz, whose period does not fit, is 18 541 Hz. AMDF and DynamicWavelet
# say null for silence.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" pitchfinder@2.3.4
cat > see.mjs <<'JS'
import {createRequire} from 'module';

const pitchfinder = createRequire(import.meta.url)('pitchfinder');
const tone = (frequency, rate, amplitude) =>
  Float32Array.from({length: 2048}, (_, index) => amplitude * Math.sin(2 * Math.PI * frequency * index / rate));
const at = (rate) => pitchfinder.YIN({sampleRate: rate});
const seen = [
  at(16000)(new Float32Array(2048)),
  ...[0.5, 0.1, 0.001].map((amplitude) => at(16000)(tone(440, 16000, amplitude))),
  at(44100)(tone(80, 44100, 0.5)),
];
console.log('silence', seen[0], '440 Hz at 0.5, 0.1, 0.001:', ...seen.slice(1, 4), '80 Hz at 44100 Hz:', seen[4]);
const others = ['AMDF', 'DynamicWavelet'].map((name) => pitchfinder[name]({sampleRate: 16000})(new Float32Array(2048)));
console.log('silence by AMDF and DynamicWavelet:', ...others);
const expected = [6400, 440, 440, 6400.4, 18541];
process.exit(seen.every((value, index) => Math.abs(value - expected[index]) < 1) && others.every((value) => value === null) ? 0 : 1);
JS
node see.mjs

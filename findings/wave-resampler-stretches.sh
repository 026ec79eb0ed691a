#!/bin/sh
# wave-resampler 1.0.0 (npm): it stretches the sound by a sample, overshoots by 24 %, and fades out at the end; at the same rate too.
#
# Guess: sample k of the input lies at k * 3 in the output from 16 to 48 kHz; from 16 to 16 kHz nothing changes; a constant stays one.
# Seen: of pulses in a second of 16 kHz the first are in place, one in the middle is half an input sample late, one at the end a whole one: the sound
# is stretched over one sample more. So it is from 16 to 16 kHz, where each sample is interpolated anew. A constant of 1000 begins at 692, rises
# to 1242 and ends with 32 samples that fall to 0, with "cubic" (the default) and with "sinc".
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" wave-resampler@1.0.0
cat > see.cjs <<'JS'
const {resample} = require('wave-resampler');

let right = true;
const pulses = new Float64Array(16000);
const places = [100, 8000, 15900];
for (const place of places) pulses[place] = 1000;
for (const [rate, method] of [[16000, 'linear'], [48000, 'linear'], [48000, 'cubic']]) {
  const out = resample(pulses, 16000, rate, {method, LPF: false});
  const factor = rate / 16000;
  const late = places.map((place) => { // the center of what the pulse became
    let sum = 0, moment = 0;
    for (let index = place * factor - 20; index < place * factor + 20; index++) {
      sum += out[index];
      moment += out[index] * (index / factor - place);
    }
    return moment / sum;
  });
  console.log(`16000 to ${rate} Hz, ${method}: pulses at`, ...places, 'are late by', ...late.map((value) => value.toFixed(3)));
  right &&= Math.abs(late[0]) < 0.05 && Math.abs(late[1] - 0.5) < 0.05 && Math.abs(late[2] - 1) < 0.05;
}
for (const method of ['cubic', 'sinc']) {
  const out = resample(new Float64Array(16000).fill(1000), 16000, 48000, {method});
  const faded = out.length - 1 - out.findLastIndex((value) => Math.abs(value - 1000) < 10);
  console.log(`1000 for a second, ${method}: begins with ${out[0].toFixed()}, rises to ${Math.max(...out).toFixed()},`,
    `ends with ${out.at(-1).toFixed()} after ${faded} samples of fading`);
  right &&= Math.max(...out) > 1200 && Math.abs(out.at(-1)) < 1 && faded > 20;
}
process.exit(right ? 0 : 1);
JS
node see.cjs

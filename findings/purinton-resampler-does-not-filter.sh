#!/bin/sh
# @purinton/resampler 1.0.4 (npm): from 48 to 16 kHz it takes every third sample from the ninth on, without a filter.
#
# Guess: "windowed-sinc filtering" keeps out what lies above half of the lower rate, and sound stays where it is.
# Seen: a tone of 9 kHz comes out of 48 to 16 kHz as one of 7 kHz, as loud as it was, and of white noise sample k is input sample 3 k + 8, times
# 32767 / 32768: the sinc is as wide as for raising the rate, so it falls on single samples. The first 8 samples are lost, so all comes 8 input samples early;
# at the same rate too, where 16 000 samples come back as 15 993.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" @purinton/resampler@1.0.4
cat > see.mjs <<'JS'
import {Resampler} from '@purinton/resampler';

async function resampled(samples, inRate, outRate) {
  const resampler = new Resampler({inRate, outRate, inChannels: 1, outChannels: 1});
  resampler.end(Buffer.from(samples.buffer));
  const bytes = Buffer.concat(await resampler.toArray());
  return Int16Array.from({length: bytes.length / 2}, (_, index) => bytes.readInt16LE(2 * index));
}

function size(samples, frequency, rate) { // of one frequency, in the middle
  let cosine = 0, sine = 0;
  for (let index = 1600; index < 3200; index++) {
    cosine += samples[index] * Math.cos(2 * Math.PI * frequency * index / rate) / 800;
    sine += samples[index] * Math.sin(2 * Math.PI * frequency * index / rate) / 800;
  }
  return Math.hypot(cosine, sine);
}

const tone = Int16Array.from({length: 48000}, (_, index) => 8000 * Math.sin(2 * Math.PI * 9000 * index / 48000));
const folded = size(await resampled(tone, 48000, 16000), 7000, 16000);
console.log('a tone of 9 kHz and the size 8000 from 48 to 16 kHz is one of 7 kHz and', folded.toFixed());
let state = 1;
const noise = Int16Array.from({length: 48000}, () => (state = state * 16807 % 2147483647) % 60000 - 30000);
const out = await resampled(noise, 48000, 16000);
const same = out.filter((value, index) => Math.abs(value - noise[3 * index + 8] * 32767 / 32768) < 0.6).length;
console.log(`of ${out.length} samples of noise ${same} are every third sample from the ninth on`);
const equal = await resampled(noise.slice(0, 16000), 16000, 16000);
console.log('16000 samples at the same rate come back as', equal.length, 'and begin with', equal[0], '; sample 8 was', noise[8]);
process.exit(Math.abs(folded - 8000) < 80 && same > 0.99 * out.length && equal.length === 15993 ? 0 : 1);
JS
node see.mjs

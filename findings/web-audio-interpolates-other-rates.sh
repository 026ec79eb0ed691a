#!/bin/sh
# node-web-audio-api 1.0.9 (x86-64 Linux), AudioBufferSourceNode. Chromium 156 (Debian 12) gives the same figures, to 0.1 dB.
#
# Guess: a buffer of another rate than its context is resampled with a filter.
# Seen: it is read along straight lines between its samples. A tone of 6 kHz at 16 kHz, played in a context of 48 kHz, loses 3.8 dB
# and gets images at 10 kHz (8 dB below it) and 22 kHz. A tone of 30 kHz at 96 kHz becomes one of 18 kHz of full strength.
# A context that is created with the sampleRate of the buffer avoids it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" node-web-audio-api@1.0.9
cat > see.mjs <<'JS'
import {OfflineAudioContext} from 'node-web-audio-api';

const OUT_HZ = 48000;

async function play(tone, rate) {
  const context = new OfflineAudioContext(1, OUT_HZ, OUT_HZ);
  const buffer = context.createBuffer(1, rate, rate);
  buffer.copyToChannel(Float32Array.from({length: rate}, (_, i) => Math.sin(2 * Math.PI * tone * i / rate)), 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
  return (await context.startRendering()).getChannelData(0).subarray(4800, 43200);
}

function level(sound, tone) {
  let [real, imaginary] = [0, 0];
  sound.forEach((x, i) => {
    real += x * Math.cos(2 * Math.PI * tone * i / OUT_HZ);
    imaginary += x * Math.sin(2 * Math.PI * tone * i / OUT_HZ);
  });
  return 20 * Math.log10(2 * Math.hypot(real, imaginary) / sound.length);
}

const low = await play(6000, 16000), high = await play(30000, 96000);
const seen = [6000, 10000, 22000].map((tone) => level(low, tone));
console.log('6 kHz from 16 kHz: at 6, 10 and 22 kHz', seen.map((x) => x.toFixed(1) + ' dB').join(', '));
console.log('30 kHz from 96 kHz: at 18 kHz', level(high, 18000).toFixed(1), 'dB');
process.exit(Math.abs(seen[0] + 3.8) < 0.2 && Math.abs(seen[1] + 11.8) < 0.2 && level(high, 18000) > -0.5 ? 0 : 1);
JS
node see.mjs

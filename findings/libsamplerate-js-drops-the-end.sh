#!/bin/sh
# @alexanderolsen/libsamplerate-js 2.1.2 (npm), simple: the end of a clip of more than 4 MB is lost.
#
# Guess: simple is for whole clips, so a clip three times as long has three times as many samples.
# Seen: from 48 to 16 kHz 960 000 samples become 320 000, but 1 200 000 become 399 981 instead of 400 000 with SRC_SINC_FASTEST; up from 16 to 48 kHz
# 400 000 become 1 199 940. Where input or output has more than 4 MB it goes through the streaming call (so says the manual), which is never told
# that the end has come: what the filter holds, is lost, and there is no call to get it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" @alexanderolsen/libsamplerate-js@2.1.2
cat > see.mjs <<'JS'
import libsamplerate from '@alexanderolsen/libsamplerate-js';

const {create, ConverterType} = libsamplerate;
const lost = [];
for (const [from, to, length] of [[48000, 16000, 960000], [48000, 16000, 1200000], [16000, 48000, 400000]]) {
  const resampler = await create(1, from, to, {converterType: ConverterType.SRC_SINC_FASTEST});
  const out = resampler.simple(Float32Array.from({length}, (_, index) => Math.sin(index / 200)));
  resampler.destroy();
  lost.push(length * to / from - out.length);
  console.log(`${length} samples from ${from} to ${to} Hz: ${out.length}, ${lost.at(-1)} too few`);
}
process.exit(lost[0] === 0 && lost[1] > 10 && lost[2] > 30 ? 0 : 1);
JS
node see.mjs

#!/bin/sh
# wav-decoder 1.3.0 (npm): the lowest value of a 24-bit WAV file comes as +1.
#
# Guess: 24-bit samples become floats from -1 to 1 with their signs, as those of 8, 16 and 32 bits do.
# Seen: -8388608 becomes 1.0000001, while -8388607 becomes -0.9999999. Its companion wav-encoder writes that value for each sample of -1 and below, so
# sound that was cut at -1 gets spikes of full height upwards. Files of another writer (wavefile 11.0.0) are read the same.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" wav-decoder@1.3.0 wav-encoder@1.3.0 wavefile@11.0.0
cat > see.mjs <<'JS'
import {createRequire} from 'module';

const require = createRequire(import.meta.url);
const {decode} = require('wav-decoder');
const {encode} = require('wav-encoder');
const {WaveFile} = require('wavefile');
const sound = Float32Array.from([-1.5, -1, -0.5, 0, 0.5, 1]);
let right = true;
for (const bitDepth of [8, 16, 24, 32]) {
  const back = [...(await decode(await encode({sampleRate: 16000, channelData: [sound]}, {bitDepth}))).channelData[0]];
  console.log(`${bitDepth} bits:`, ...sound, 'come back as', ...back);
  right &&= back.slice(0, 2).every((value) => Math.abs(value - (bitDepth === 24 ? 1 : -1)) < 1e-6) && Math.abs(back[2] + 0.5) < 0.01;
}
const other = new WaveFile();
other.fromScratch(1, 16000, '24', [-8388608, -8388607, 8388607]);
const back = [...(await decode(other.toBuffer().buffer)).channelData[0]];
console.log('24 bits by wavefile: -8388608 -8388607 8388607 come as', ...back);
process.exit(right && back[0] > 1 && back[1] < -0.99 ? 0 : 1);
JS
node see.mjs

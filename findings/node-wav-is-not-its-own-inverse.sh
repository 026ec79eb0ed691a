#!/bin/sh
# node-wav 0.0.2: decoding a 16-bit WAV and encoding it again changes a quarter of the sample values. wav-decoder 1.3.0 with
# wav-encoder 1.3.0 changes none.
#
# Guess: a 16-bit integer survives the way to float and back.
# Seen: about 16 600 of the 65 536 values come back as another integer. node-wav divides positive values by 32 767 and negative ones by 32 768
# (16 384 becomes 0.50002) and cuts the fraction off when it encodes, so the float's rounding error costs a whole step.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" node-wav@0.0.2 wav-decoder@1.3.0 wav-encoder@1.3.0
cat > see.mjs <<'JS'
import {createRequire} from 'module';
const require = createRequire(import.meta.url);
const nodeWav = require('node-wav');
const decoder = require('wav-decoder');
const encoder = require('wav-encoder');

const values = Int16Array.from({length: 65536}, (_, index) => index - 32768);
const header = Buffer.alloc(44);
header.write('RIFF', 0);
header.writeUInt32LE(36 + 2 * values.length, 4);
header.write('WAVEfmt ', 8);
[[16, 16], [28, 32000], [24, 16000], [40, 2 * values.length]].forEach(([at, value]) => header.writeUInt32LE(value, at));
[[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => header.writeUInt16LE(value, at));
header.write('data', 36);
const wav = Buffer.concat([header, Buffer.from(values.buffer)]);
const changed = (bytes) => values.filter((value, index) => Buffer.from(bytes).readInt16LE(44 + 2 * index) !== value).length;

const floats = nodeWav.decode(wav).channelData;
const again = nodeWav.encode(floats, {sampleRate: 16000, float: false, bitDepth: 16});
const other = await encoder.encode(await decoder.decode(wav));
console.log('16384 as a float:', floats[0][32768 + 16384]);
console.log('values changed: node-wav', changed(again), 'wav-decoder and wav-encoder', changed(other));
process.exit(changed(again) > 10000 && changed(other) === 0 ? 0 : 1);
JS
node see.mjs

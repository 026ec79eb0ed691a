#!/bin/sh
# meyda 5.6.3 (npm): rms and energy are those of the sound under a window, not of the sound.
#
# Guess: rms of a block is the root of the mean of its squares, so a sine of 0.5 has 0.354. A window belongs to spectra.
# Seen: 0.2165, 4.3 dB less, for the default window (Hann) is applied first; 0.354 with windowingFunction 'rect', which takes the window from the
# spectra as well. A click of 1 in the middle of 512 zeros has an rms of 0.044, at the edge of the block 0.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" meyda@5.6.3
cat > see.mjs <<'JS'
import Meyda from 'meyda';

Meyda.bufferSize = 512;
Meyda.sampleRate = 16000;
const tone = Float32Array.from({length: 512}, (_, index) => 0.5 * Math.sin(2 * Math.PI * index / 16));
const click = (place) => Float32Array.from({length: 512}, (_, index) => Number(index === place));
const rms = (block, windowingFunction) => {
  Meyda.windowingFunction = windowingFunction;
  return Meyda.extract('rms', block);
};
const byDefault = Meyda.extract('rms', tone);
const seen = [byDefault, rms(tone, 'hanning'), rms(tone, 'rect'), rms(click(256), 'hanning'), rms(click(0), 'hanning'), rms(click(0), 'rect')];
console.log('sine of 0.5: by default', seen[0], 'hanning', seen[1], 'rect', seen[2]);
console.log('click of 1: in the middle', seen[3], 'at the edge', seen[4], 'at the edge with rect', seen[5]);
const expected = [0.2165, 0.2165, 0.35355, 0.0442, 0, 0.0442];
process.exit(seen.every((value, index) => Math.abs(value - expected[index]) < 1e-3) ? 0 : 1);
JS
node see.mjs

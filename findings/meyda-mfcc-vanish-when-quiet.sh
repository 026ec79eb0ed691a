#!/bin/sh
# meyda 5.6.3 (npm): MFCCs depend on the volume in all coefficients, and those of quiet sound vanish.
#
# Guess: MFCCs are made of logarithms, so volume moves coefficient 0 alone, and the others tell the timbre at any level.
# Seen: bands become log(1 + x), so quiet ones stay as they are, without a logarithm. Coefficient 1 of the same noise is -23.6 at a peak of
# 0.5, -12.7 at 20 dB less, -0.31 at 40 dB less and -0.003 at 60 dB less. It stays as it is for sound beyond full scale only. Features that were
# trained on other libraries' MFCCs do not fit, and a model of one level does not hear another.
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
let seed = 1;
const noise = Float32Array.from({length: 512}, () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648 - 0.5);
const seen = {};
for (const gain of [100, 10, 1, 0.1, 0.01, 0.001]) {
  const coefficients = Meyda.extract('mfcc', noise.map((value) => gain * value));
  seen[gain] = coefficients[1];
  console.log(`gain ${gain}, coefficients 0 to 3:`, ...coefficients.slice(0, 4).map((value) => value.toFixed(3)));
}
const near = (gain, value) => Math.abs(seen[gain] / value - 1) < 0.1;
const loud = Math.abs(seen[100] - seen[10]) < 0.1;
process.exit(loud && near(1, -23.56) && near(0.1, -12.73) && near(0.01, -0.313) && near(0.001, -0.0032) ? 0 : 1);
JS
node see.mjs

#!/bin/sh
# @tensorflow/tfjs 4.22.0 (npm), CPU backend: products of int32 are those of floating-point numbers, cut to 32 bits afterwards.
#
# Guess: int32 tensors multiply as int32, so a product that is too large wraps, as in NumPy and as Math.imul does.
# Seen: 123456789 * 987654321 is -67153024 instead of -67153019: doubles have lost the low bits before the cut. dot and prod do the same.
# square of 123456789 is the lowest value, -2147483648, instead of -1757895751. Sums do wrap. Scaling by a multiplier of 31 bits, random
# numbers and hashes come out otherwise than in C.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" @tensorflow/tfjs@4.22.0
cat > see.mjs <<'JS'
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');
const a = 123456789, b = 987654321;
const int = (...values) => tf.tensor1d(values, 'int32');
const seen = {
  mul: int(a).mul(int(b)).dataSync()[0],
  dot: tf.dot(int(a, 1), int(b, 5)).dataSync()[0],
  prod: tf.prod(int(a, b)).dataSync()[0],
  square: tf.square(int(a)).dataSync()[0],
  sum: int(2147483647, 2147483647, 3).sum().dataSync()[0],
};
const exact = {mul: Math.imul(a, b), dot: (Math.imul(a, b) + 5) | 0, prod: Math.imul(a, b), square: Math.imul(a, a), sum: 1};
for (const name of Object.keys(seen)) console.log(name, seen[name], 'in 32 bits:', exact[name]);
const expected = {mul: -67153024, dot: -67153024, prod: -67153024, square: -2147483648, sum: 1};
process.exit(Object.keys(seen).every((name) => seen[name] === expected[name]) ? 0 : 1);
JS
node see.mjs

#!/bin/sh
# @tensorflow/tfjs 4.22.0 (npm), CPU backend: concat has the type of its first tensor.
#
# Guess: int32 and float32 together become float32, as everywhere else in the library: int32 3 times 0.5 is 1.5.
# Seen: concat([int32 1, float32 0.75]) is int32 with the values 1 and 0, so a sound or a probability in -1 to 1 becomes zeros; in the
# other order both values stay. stack of the two is an error. Also, int32 16777217 cast to float32 stays 16777217 until something is
# computed from it, though no float32 has that value.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" @tensorflow/tfjs@4.22.0
cat > see.mjs <<'JS'
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');
const whole = tf.tensor1d([1], 'int32'), part = tf.tensor1d([0.75]);
const results = {
  'concat int32, float32': tf.concat([whole, part]),
  'concat float32, int32': tf.concat([part, whole]),
  'int32 * float32': whole.mul(part),
};
const seen = Object.entries(results).map(([name, result]) => [name, result.dtype, [...result.dataSync()].join(' ')]);
for (const each of seen) console.log(...each);
const cast = tf.tensor1d([16777217], 'int32').cast('float32');
const kept = cast.dataSync()[0];
console.log('16777217 as float32:', kept, 'times one:', cast.mul(1).dataSync()[0], 'Math.fround:', Math.fround(16777217));
const expected = ['int32 1 0', 'float32 0.75 1', 'float32 0.75'];
process.exit(seen.every((each, index) => each.slice(1).join(' ') === expected[index]) && kept === 16777217 ? 0 : 1);
JS
node see.mjs

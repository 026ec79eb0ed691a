#!/bin/sh
# @tensorflow/tfjs 4.22.0 (npm): the gates of lstm and gru are straight lines, where Keras, PyTorch and ONNX have a sigmoid.
#
# Guess: tf.layers.lstm with the weights of a Keras or PyTorch LSTM gives its results, as the layer has their name and their order of gates.
# Seen: the first output is 0.341 instead of 0.370, the second 0.835 instead of 0.798. recurrentActivation is 'hardSigmoid' (0.2 x + 0.5,
# cut to 0 and 1) unless another is named. Keras changed to the sigmoid with version 2. With recurrentActivation: 'sigmoid' the results
# are those of the formula.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" @tensorflow/tfjs@4.22.0
cat > see.mjs <<'JS'
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');
const inputs = [1, 2, -1];
const course = (layer) => {
  layer.apply(tf.input({shape: [inputs.length, 1]}));
  layer.setWeights([tf.ones([1, 4]), tf.fill([1, 4], 0.5), tf.tensor1d([0, 1, 0, 0])]);
  return [...layer.apply(tf.tensor3d(inputs, [1, inputs.length, 1])).dataSync()];
};
const formula = () => {
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  let cell = 0, out = 0;
  return inputs.map((value) => {
    const sum = value + 0.5 * out;
    cell = sigmoid(sum + 1) * cell + sigmoid(sum) * Math.tanh(sum);
    out = sigmoid(sum) * Math.tanh(cell);
    return out;
  });
};
const plain = course(tf.layers.lstm({units: 1, returnSequences: true}));
const named = course(tf.layers.lstm({units: 1, returnSequences: true, recurrentActivation: 'sigmoid'}));
const right = formula();
console.log('lstm:', plain, "with recurrentActivation 'sigmoid':", named, 'formula:', right);
console.log('gru:', tf.layers.gru({units: 1}).getConfig().recurrentActivation);
const apart = (a, b) => Math.max(...a.map((value, index) => Math.abs(value - b[index])));
process.exit(apart(plain, right) > 0.02 && apart(named, right) < 1e-6 ? 0 : 1);
JS
node see.mjs

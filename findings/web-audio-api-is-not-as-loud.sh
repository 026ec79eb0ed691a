#!/bin/sh
# web-audio-api 1.5.6 and node-web-audio-api 1.0.9 (npm): the same graph is 49 dB louder in one than in the other.
#
# Guess: both pass the tests of the standard, so ConvolverNode, DynamicsCompressorNode and WaveShaperNode are as loud and as late in both.
# Seen: an impulse response of [1] at 16 kHz makes 0.5 into 0.5 in web-audio-api, into 0.0017 in node-web-audio-api (the standard scales by 0.00125 *
# 44100 / rate). A tone of 0.5 leaves the compressor with 0.08, and with 0.51, 128 samples late: without and with the make-up gain of the standard.
# A straight curve of WaveShaperNode with oversampling is 6 to 8 % too high in web-audio-api, and 128 samples late in node-web-audio-api.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" node-web-audio-api@1.0.9 web-audio-api@1.5.6
cat > see.mjs <<'JS'
const tone = Float32Array.from({length: 8000}, (_, index) => 0.5 * Math.sin(index / 5));
const nodes = {
  convolver: (context) => {
    const convolver = context.createConvolver();
    const response = context.createBuffer(1, 1, 16000);
    response.getChannelData(0)[0] = 1;
    convolver.buffer = response;
    return convolver;
  },
  compressor: (context) => context.createDynamicsCompressor(),
  shaper: (context) => {
    const shaper = context.createWaveShaper();
    shaper.curve = Float32Array.of(-1, 0, 1);
    shaper.oversample = '4x';
    return shaper;
  },
};
const seen = {};
for (const name of ['web-audio-api', 'node-web-audio-api']) {
  const {OfflineAudioContext} = await import(name);
  for (const [kind, make] of Object.entries(nodes)) {
    const context = new OfflineAudioContext(1, 8000, 16000);
    const buffer = context.createBuffer(1, 8000, 16000);
    buffer.copyToChannel(tone, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(make(context)).connect(context.destination);
    source.start();
    const out = (await context.startRendering()).getChannelData(0);
    const peak = Math.max(...out.slice(4000));
    const begin = out.findIndex((value) => Math.abs(value) > 0.1 * peak);
    console.log(`${name}, ${kind}: a tone of 0.5 comes out with ${peak.toFixed(4)} and begins at sample ${begin}`);
    seen[`${name} ${kind}`] = [peak, begin];
  }
}
const louder = (kind) => seen[`web-audio-api ${kind}`][0] / seen[`node-web-audio-api ${kind}`][0];
const late = (kind) => seen[`node-web-audio-api ${kind}`][1] - seen[`web-audio-api ${kind}`][1];
console.log('web-audio-api by node-web-audio-api:', ...Object.keys(nodes).map((kind) => louder(kind).toFixed(3)));
process.exit(louder('convolver') > 200 && louder('compressor') < 0.25 && louder('shaper') > 1.05 && late('compressor') > 100 && late('shaper') > 100 ? 0 : 1);
JS
node see.mjs

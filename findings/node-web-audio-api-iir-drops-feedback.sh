#!/bin/sh
# node-web-audio-api 1.0.9 (x86-64 Linux), IIRFilterNode: the longer of the two lists of coefficients is cut to the length of the shorter.
#
# Guess: createIIRFilter([1], [1, -0.5]) is y[n] = x[n] + 0.5 y[n - 1], and a constant of 1 becomes 2.
# Seen: a pulse comes out as 1, 0, 0, 0 and a constant of 1 stays 1: all of the feedback is dropped. With [1, 0] it is 1, 0.5, 0.25, 0.125. So with
# feedforward: [1, 1] over [1] is 1, 0 instead of 1, 1. No error. getFrequencyResponse tells of the whole filter. web-audio-api 1.5.6 is right.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" node-web-audio-api@1.0.9 web-audio-api@1.5.6
cat > see.mjs <<'JS'
const filters = [[[1], [1, -0.5]], [[1, 0], [1, -0.5]], [[1, 1], [1]], [[1], [1, -0.5, 0.25]]];
const seen = {};
for (const name of ['node-web-audio-api', 'web-audio-api']) {
  const {OfflineAudioContext} = await import(name);
  seen[name] = [];
  for (const [forward, back] of filters) {
    const context = new OfflineAudioContext(1, 128, 16000);
    const buffer = context.createBuffer(1, 128, 16000);
    buffer.getChannelData(0)[0] = 1;
    const source = context.createBufferSource();
    source.buffer = buffer;
    const filter = context.createIIRFilter(forward, back);
    const sizes = new Float32Array(1);
    filter.getFrequencyResponse(Float32Array.of(0), sizes, new Float32Array(1));
    source.connect(filter).connect(context.destination);
    source.start();
    const out = Array.from((await context.startRendering()).getChannelData(0).slice(0, 4));
    console.log(`${name}, ${JSON.stringify([forward, back])}: a pulse becomes ${out}; gain at 0 Hz as told: ${sizes[0].toFixed(3)}`);
    seen[name].push(out.join());
  }
}
const cut = ['1,0,0,0', '1,0.5,0.25,0.125', '1,0,0,0', '1,0,0,0'];
const whole = ['1,0.5,0.25,0.125', '1,0.5,0.25,0.125', '1,1,0,0', '1,0.5,0,-0.125'];
process.exit(seen['node-web-audio-api'].join() === cut.join() && seen['web-audio-api'].join() === whole.join() ? 0 : 1);
JS
node see.mjs

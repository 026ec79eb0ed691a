#!/bin/sh
# node-web-audio-api 1.0.9 (x86-64 Linux), AudioParam: before a fade that lies in the future the value explodes.
#
# Guess: a value stays as it is until the event begins; setTargetAtTime(0, 0.1, 0.01) leaves a gain of 1 at 1 until 0.1 s.
# Seen: at 16 kHz it is 1 for 128 samples, 9897 from there until 0.1 s, and then fades from 1; with a start at 0.25 s it is 3.2e10. A setValueAtTime before it,
# as is advised, does not help. setValueCurveAtTime([0, 1, 0], 0.1, 0.1) is 0.16 in between instead of 1: both are computed as if the first block
# of 128 samples, of which they are not part, were their past. setValueAtTime and the ramps are right, and so is the package web-audio-api 1.5.6.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" node-web-audio-api@1.0.9 web-audio-api@1.5.6
cat > see.mjs <<'JS'
const kinds = {
  'setTargetAtTime at 0.1 s': (gain) => gain.setTargetAtTime(0, 0.1, 0.01),
  'setTargetAtTime behind setValueAtTime': (gain) => gain.setValueAtTime(1, 0).setTargetAtTime(0, 0.1, 0.01),
  'setTargetAtTime at 0.25 s': (gain) => gain.setTargetAtTime(0, 0.25, 0.01),
  'setValueCurveAtTime at 0.1 s': (gain) => gain.setValueCurveAtTime([0, 1, 0], 0.1, 0.1),
  'setValueAtTime at 0.1 s': (gain) => gain.setValueAtTime(0, 0.1),
};
const before = {};
for (const name of ['node-web-audio-api', 'web-audio-api']) {
  const {OfflineAudioContext} = await import(name);
  before[name] = [];
  for (const [kind, fade] of Object.entries(kinds)) {
    const context = new OfflineAudioContext(1, 4800, 16000);
    const source = context.createConstantSource();
    const gain = context.createGain();
    fade(gain.gain);
    source.connect(gain).connect(context.destination);
    source.start();
    const out = (await context.startRendering()).getChannelData(0);
    console.log(`${name}, ${kind}: ${out[100]} at sample 100, ${out[1000]} at 1000, ${out[1700].toFixed(4)} at 1700`);
    before[name].push(out[1000]);
  }
}
const [target, behind, late, curve, value] = before['node-web-audio-api'];
const right = Math.abs(target - 9897) < 1 && target === behind && late > 3e10 && Math.abs(curve - 0.16) < 0.001 && value === 1;
process.exit(right && before['web-audio-api'].every((each) => each === 1) ? 0 : 1);
JS
node see.mjs

#!/bin/sh
# dsp.js 1.0.1 (npm): RFFT finds every tone one band too low, and getBandFrequency is half a band too high.
#
# Guess: RFFT is the faster FFT for real input and has the same spectrum; band 64 of 1024 at 16 kHz is 1000 Hz.
# Seen: a tone of 1000 Hz is in band 64 of FFT and DFT, in band 63 of RFFT; so are tones of 500, 2000 and 4000 Hz one band low, with the right size.
# getBandFrequency(64) is 1007.8. A constant of 1 has the size 2 in band 0.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" dsp.js@1.0.1
cat > see.cjs <<'JS'
const {FFT, RFFT, DFT} = require('dsp.js');

let right = true;
for (const frequency of [500, 1000, 2000, 4000]) {
  const tone = Float64Array.from({length: 1024}, (_, index) => Math.sin(2 * Math.PI * frequency * index / 16000));
  const [full, real, slow] = [FFT, RFFT, DFT].map((Kind) => {
    const transform = new Kind(1024, 16000);
    transform.forward(tone);
    const spectrum = Array.from(transform.spectrum);
    return {transform, peak: Math.max(...spectrum), band: spectrum.indexOf(Math.max(...spectrum))};
  });
  const named = full.transform.getBandFrequency(full.band);
  console.log(`${frequency} Hz: band ${full.band} of FFT, ${slow.band} of DFT, ${real.band} of RFFT (size ${real.peak.toFixed(3)});`,
    `band ${full.band} is called ${named} Hz`);
  const band = frequency * 1024 / 16000;
  right &&= full.band === band && slow.band === band && real.band === band - 1 && Math.abs(real.peak - 1) < 1e-6 && named === frequency + 7.8125;
}
const constant = new FFT(1024, 16000);
constant.forward(new Float64Array(1024).fill(1));
console.log('a constant of 1 has the size', constant.spectrum[0]);
process.exit(right && constant.spectrum[0] === 2 ? 0 : 1);
JS
node see.cjs

#!/bin/sh
# wavefile 11.0.0 (npm): more bits and back are other samples, and 8-bit sound is resampled around the wrong zero.
#
# Guess: 16 bits fit into 24, 32 and floats, so toBitDepth there and back changes nothing; silence resampled is silence.
# Seen: by 24 or 32 bits 32 766 of the 65 536 values change (1 becomes 0), by floats 16 639, by doubles none: it scales to 2**23 - 1 and truncates.
# Silence of 8 bits (all 128) at 16 kHz begins with 89, 125, 142 and ends with zeros at 48 kHz, a click at both ends: its zero is not taken off.
# Five samples in mu-law and back are six; 1000 in IMA ADPCM and back are 2000.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" wavefile@11.0.0
cat > see.mjs <<'JS'
import wavefile from 'wavefile';

const make = (bits, samples, rate = 16000) => {
  const wave = new wavefile.WaveFile();
  wave.fromScratch(1, rate, bits, samples);
  return wave;
};
let right = true;
for (const [bits, expected] of [['24', 32766], ['32', 32766], ['32f', 16639], ['64', 0]]) {
  const wave = make('16', Int16Array.from({length: 65536}, (_, index) => index - 32768));
  wave.toBitDepth(bits);
  wave.toBitDepth('16');
  const changed = wave.getSamples(false, Int16Array).filter((value, index) => value !== index - 32768).length;
  console.log(`16 bits to ${bits} and back: ${changed} of 65536 values change`);
  right &&= changed === expected;
}
const silence = make('8', new Uint8Array(1600).fill(128));
silence.toSampleRate(48000);
const out = silence.getSamples(false, Uint8Array);
console.log('silence of 8 bits at 48 kHz:', ...out.slice(0, 5), '...', ...out.slice(2400, 2403), '...', ...out.slice(-5));
right &&= out[0] < 100 && out[2400] === 128 && out.at(-1) === 0;
const law = make('16', new Int16Array(5).fill(3000));
law.toMuLaw();
law.fromMuLaw();
const adpcm = make('16', new Int16Array(1000).fill(3000), 8000);
adpcm.toIMAADPCM();
adpcm.fromIMAADPCM();
const lengths = [law, adpcm].map((wave) => wave.getSamples(false, Int16Array).length);
console.log('5 samples by mu-law and 1000 by ADPCM come back as', ...lengths);
process.exit(right && lengths[0] === 6 && lengths[1] === 2000 ? 0 : 1);
JS
node see.mjs

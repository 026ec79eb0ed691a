#!/bin/sh
# lzma 2.3.2 (npm): bytes come back as text or as signed bytes, depending on what they are.
#
# Guess: compress and decompress of bytes give the same bytes back, as with zlib.
# Seen: 2000 bytes that happen to be UTF-8 come back as a string of 1500 characters; with a last byte of 255 more they come back as an array of 2001
# numbers from -128 to 127. compress tells text from bytes, but the file does not hold which it was.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" lzma@2.3.2
cat > see.cjs <<'JS'
const lzma = require('lzma');

const text = Array.from({length: 2000}, (_, index) => [101, 108, 0xc3, 0xa9][index % 4]);
const whole = lzma.decompress(lzma.compress(Uint8Array.from(text), 1));
const other = lzma.decompress(lzma.compress(Uint8Array.from([...text, 255]), 1));
console.log('2000 bytes come back as a', typeof whole, 'of', whole.length, 'and begin with', whole.slice(0, 4));
console.log('2001 bytes come back as an', typeof other, 'of', other.length, 'and begin with', ...other.slice(0, 4));
process.exit(typeof whole === 'string' && whole.length === 1500 && other.length === 2001 && Math.min(...other) === -87 ? 0 : 1);
JS
node see.cjs

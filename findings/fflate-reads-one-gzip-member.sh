#!/bin/sh
# fflate 0.8.3 and lz4js 0.2.0 (npm): of files that were put one behind the other only the first comes back.
#
# Guess: gzip files joined by cat are one gzip file of all their contents, as the format says, and gzip, zlib and Node read it; so with LZ4 frames.
# Seen: of two gzip files of 240 and 260 bytes, joined, Node's gunzipSync and pako give 500 bytes, fflate's gunzipSync and decompressSync the first
# 240, without an error, and so does lz4js of two LZ4 frames. fflate's streaming Gunzip gives all 500. Logs and bgzip files are of that kind.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" fflate@0.8.3 pako@3.0.3 lz4js@0.2.0
cat > see.mjs <<'JS'
import zlib from 'node:zlib';
import * as fflate from 'fflate';
import lz4 from 'lz4js';
import * as pako from 'pako';

const parts = [Buffer.from('first part. '.repeat(20)), Buffer.from('second part. '.repeat(20))];
const gzip = Buffer.concat(parts.map((part) => zlib.gzipSync(part)));
const frames = Buffer.concat(parts.map((part) => Buffer.from(lz4.compress(part))));
let streamed = 0;
const stream = new fflate.Gunzip((chunk) => { streamed += chunk.length; });
stream.push(gzip, true);
const seen = {
  node: zlib.gunzipSync(gzip).length,
  pako: pako.ungzip(gzip).length,
  gunzipSync: fflate.gunzipSync(gzip).length,
  decompressSync: fflate.decompressSync(gzip).length,
  Gunzip: streamed,
  lz4js: lz4.decompress(frames).length,
};
console.log('two parts of 240 and 260 bytes come back as', seen);
process.exit(Object.values(seen).join() === '500,500,240,240,500,240' ? 0 : 1);
JS
node see.mjs

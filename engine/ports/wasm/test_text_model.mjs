/* test_text_model.mjs - what text_model.mjs and checksums.mjs promise, beyond the bytes: node test_text_model.mjs FOLDER MODEL.gguf
 * OTHER.gguf DENOISER.gguf; OTHER reads text, too. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { crc32, sha256 } from "./checksums.mjs";
import { EngineError, loadEngine } from "./linnet.mjs";
import { taskOf } from "./recipe.mjs";
import { Alphabet } from "./text_coder.mjs";
import { PackedError, TextModel } from "./text_model.mjs";

const [folder, ...modelFiles] = process.argv.slice(2);
const [file, otherFile, denoiserFile] = await Promise.all(modelFiles.map((name) => readFile(name)));
const engine = await loadEngine((name) => readFile(join(folder, name)));
const model = await TextModel.open(engine, file), other = await TextModel.open(engine, otherFile);
const bytes = (text) => new TextEncoder().encode(text);
let seed = 1;
const drawn = (size) => Uint8Array.from({ length: size }, () => (seed = (seed * 48271) % 2147483647) & 0xff);

// Everything comes back: nothing, one byte, text, bytes that no alphabet has, blocks that are stored and then learned.
const sentence = bytes("It was the best of times, it was the worst of times. 25 °C\n");
const twice = new Uint8Array(140000);
twice.set(drawn(70000)), twice.copyWithin(70000, 0, 70000);
const contents = [new Uint8Array(0), bytes("a"), Uint8Array.of(255), sentence, new Uint8Array(9000), twice];
for (const content of contents) {
    const packed = model.compress(content);
    assert.deepEqual(model.decompress(packed), content);
    assert.deepEqual(model.compress(content), packed, "a text leaves nothing behind");
    assert.ok(packed.length <= content.length + 32);
}
assert.ok(model.compress(twice).length < 71000, "what was stored was learned");
assert.deepEqual(model.decompress(model.compress(sentence.buffer).buffer), sentence);
assert.deepEqual(other.decompress(other.compress(sentence)), sentence);

// A cut and a changed byte are noticed, and the model serves on.
const packed = model.compress(sentence);
for (let size = 0; size < packed.length; size += 3)
    assert.throws(() => model.decompress(packed.subarray(0, size)), PackedError, `cut to ${size} bytes`);
for (let i = 0; i < packed.length; i++) {
    const changed = packed.slice();
    changed[i] ^= 1 << i % 8;
    assert.throws(() => model.decompress(changed), PackedError, `byte ${i}`);
}
for (let i = 0; i < 20; i++)
    assert.throws(() => model.decompress(Uint8Array.of(...packed.subarray(0, 13), ...drawn(60))), PackedError);
assert.deepEqual(model.decompress(packed), sentence);

// What is wrong is refused, with what to do.
const refusals = [
    [Uint8Array.of(...packed, 0), /damaged: more bytes follow .* copy it again/],
    [new Uint8Array(0), /do not begin as a text .* check where/],
    [drawn(50), /do not begin as a text/],
    [Uint8Array.of(...packed.subarray(0, 4), 1, ...packed.subarray(5)), /version 1, .* `linnet decompress` and compress it again/],
    [Uint8Array.of(...packed.subarray(0, 4), 9, ...packed.subarray(5)), /version 9, .* take a newer/],
    [Uint8Array.of(...packed.subarray(0, 13), ...new Array(9).fill(255)), /a number in it has no end/],
    [Uint8Array.of(...packed.subarray(0, 13), 2, 1, 0), /larger than its content/],
    [Uint8Array.of(...packed.subarray(0, 13), 1), /a block of 0 bytes/],
];
for (const [wrong, sentence] of refusals) assert.throws(() => model.decompress(wrong), sentence);
assert.throws(() => other.decompress(packed), /compressed with a model of checksum [0-9a-f]{16}, .* give the model file/);
assert.throws(() => model.compress("text"), /no Uint8Array .* TextEncoder/);
assert.throws(() => model.decompress([76, 78]), /no Uint8Array/);
await assert.rejects(TextModel.open(engine, denoiserFile), /cannot read; open a model of the task text/);
await assert.rejects(TextModel.open(engine, file, { Alphabet: "abc" }), /option Alphabet came, which TextModel does not have/);
await assert.rejects(TextModel.open(engine, file, { alphabet: "abc" }), /98 inputs/);
await assert.rejects(TextModel.open(engine, file.subarray(0, 900)), EngineError);
for (const alphabet of ["aa", "a", "a€"]) assert.throws(() => new Alphabet(alphabet), /names no bytes .* give two or more/);
assert.equal(new Alphabet().symbols.length, 256);

// What a file is for.
assert.deepEqual([file, otherFile, denoiserFile].map(taskOf), ["text", "text", "denoise"]);
for (let size = 0; size < 2000; size += 7) assert.throws(() => taskOf(file.subarray(0, size)), /no whole model file; give/);
assert.throws(() => taskOf(Uint8Array.of(...file.subarray(0, 24), ...drawn(400))), RangeError);

// Checksums are those of others.
for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 5000]) {
    const content = drawn(size);
    assert.equal(Buffer.from(sha256(content)).toString("hex"), createHash("sha256").update(content).digest("hex"));
}
assert.equal(crc32(bytes("123456789")), 0xcbf43926); // the catalogue's check value
assert.equal(crc32(bytes("6789"), crc32(bytes("12345"))), 0xcbf43926);
console.log("all of it holds");

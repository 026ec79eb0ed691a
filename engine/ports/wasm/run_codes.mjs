/* run_codes.mjs - a model on codes, for tests: node run_codes.mjs ENGINE.wasm MODEL.gguf CODES.i16 OUT.i16 writes what
 * linnet_session_run gives, frame after frame, and prints which kernels ran. Twin of ../../tests/run_codes.c. */
import { readFile, writeFile } from "node:fs/promises";

import { Model, loadEngine } from "./linnet.mjs";

const [engineFile, modelFile, codesFile, outFile] = process.argv.slice(2);
if (outFile === undefined) {
    console.error("usage: node run_codes.mjs ENGINE.wasm MODEL.gguf CODES.i16 OUT.i16");
    process.exit(2);
}
try {
    const model = await Model.open(await loadEngine(readFile, engineFile), await readFile(modelFile));
    const bytes = new Uint8Array(await readFile(codesFile)); // a copy that starts at a multiple of two
    const result = model.session().run(new Int16Array(bytes.buffer, 0, bytes.length / 2));
    await writeFile(outFile, new Uint8Array(result.buffer));
    console.log(model.info.kernels);
} catch (error) {
    console.error(`${modelFile}: ${error.message}`);
    process.exit(1);
}

/* compress_text.mjs - the smallest program that compresses with Linnet in Node; in a browser only the reading differs:
 *
 *     node compress_text.mjs build/wasm MODEL.gguf compress|decompress IN OUT [ENGINE.wasm]
 *
 * The files are those of `linnet compress` and `linnet decompress`. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { engineFile, loadEngine } from "./linnet.mjs";
import { TextModel } from "./text_model.mjs";

const [folder, modelFile, way, inFile, outFile, engineName = engineFile()] = process.argv.slice(2);
if (outFile === undefined || !["compress", "decompress"].includes(way)) {
    console.error("usage: node compress_text.mjs FOLDER_OF_LINNET_WASM MODEL.gguf compress|decompress IN OUT [ENGINE.wasm]");
    process.exit(2);
}
try {
    const engine = await loadEngine((name) => readFile(join(folder, name)), engineName);
    const model = await TextModel.open(engine, await readFile(modelFile));
    const given = await readFile(inFile), began = performance.now(), made = model[way](given);
    const text = way === "compress" ? given : made, seconds = (performance.now() - began) / 1000;
    await writeFile(outFile, made);
    console.error(`${outFile}: ${made.length} bytes; ${Math.round(text.length / seconds)} bytes of text a second`);
} catch (error) {
    console.error(`${inFile}: ${error.message}`);
    process.exit(1);
}

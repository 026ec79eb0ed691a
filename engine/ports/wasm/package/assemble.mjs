/* assemble.mjs - puts the npm package together: node assemble.mjs BUILD writes BUILD/package, ready for `npm pack`. The
 * version is that of the Python package, and the models are those that lie in it. */
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";

const here = fileURLToPath(new URL(".", import.meta.url)), root = resolve(here, "../../../..");
const MODULES = [
    ...["linnet.mjs", "denoiser.mjs", "denoiser_node.mjs", "options.mjs", "recipe.mjs", "recognizer.mjs", "recognizer_node.mjs"],
    ...["worklet_node.mjs", "checksums.mjs", "text_coder.mjs", "text_model.mjs", "worklet.mjs", "linnet.wasm", "linnet_scalar.wasm"],
];
const OWN = ["README.md", "node.mjs", "web.mjs", "types/shared.d.ts", "types/node.d.ts", "types/web.d.ts"];
const DEFAULTS = { DEFAULT_MODEL: "denoise-bands-large", DEFAULT_RECOGNIZER: "keywords-sparse", DEFAULT_TEXT_MODEL: "text-english" };

const build = resolve(process.argv[2]), out = join(build, "package");
await rm(out, { recursive: true, force: true });
for (const folder of ["models", "types"]) await mkdir(join(out, folder), { recursive: true });
for (const name of MODULES) await copyFile(join(build, name), join(out, name));
for (const name of OWN) await copyFile(join(here, name), join(out, name));
await copyFile(join(here, "../node_stream.mjs"), join(out, "node_stream.mjs"));
await copyFile(join(root, "LICENSE"), join(out, "LICENSE"));

const shipped = join(root, "src/linnet/models");
/* A model's name begins with its task. */
const files = (await readdir(shipped)).filter((name) => name.endsWith(".gguf")).map((name) => name.slice(0, -5)).sort();
const [models, recognizers, textModels] = ["denoise-", "keywords-", "text-"].map((task) => files.filter((name) => name.startsWith(task)));
for (const name of [...models, ...recognizers, ...textModels]) await copyFile(join(shipped, `${name}.gguf`), join(out, "models", `${name}.gguf`));

/* Every address is written out, so that bundlers that look for them find them. */
const address = (name) => `new URL("./${name}", import.meta.url)`;
const addresses = (names) => names.map((name) => `    "${name}": ${address(`models/${name}.gguf`)},\n`).join("");
await writeFile(join(out, "files.mjs"), `/* files.mjs - what lies in this package. Written by assemble.mjs. */
${Object.entries(DEFAULTS).map(([what, name]) => `export const ${what} = "${name}";\n`).join("")}export const FILES = {
${["linnet.wasm", "linnet_scalar.wasm", "worklet.mjs"].map((name) => `    "${name}": ${address(name)},\n`).join("")}};
export const MODELS = {
${addresses(models)}};
export const RECOGNIZERS = {
${addresses(recognizers)}};
export const TEXT_MODELS = {
${addresses(textModels)}};
`);

const [, version] = /^__version__ = "([^"]+)"/m.exec(await readFile(join(root, "src/linnet/__init__.py"), "utf8"));
const description = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
await writeFile(join(out, "package.json"), JSON.stringify({ ...description, version }, null, 2) + "\n");

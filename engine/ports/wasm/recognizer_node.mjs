/* recognizer_node.mjs - a node for Web Audio graphs that hears words as they are said. The other side, on the audio thread, is
 * listening.mjs. */
import { checkOptions } from "./options.mjs";
import { HEARING } from "./recognizer.mjs";
import { workletNode } from "./worklet_node.mjs";

/** An AudioWorkletNode with `words`, `threshold`, `info` and `close()`. It has one input, whose channels are mixed to one, and no
 * output. `onWord` gets { word, seconds, likelihood } for each word, its seconds since the node began; `words`, `poolSeconds` and
 * `threshold` are those of Recognizer. `engine` and `file` are the bytes of linnet.wasm and of a model.
 *
 * @throws {EngineError} where the engine refuses the model.
 * @throws {RangeError} where it is no recognizer of these words. */
export async function createRecognizerNode(context, { engine, file, workletUrl, onWord, ...wishes }) {
    if (typeof onWord !== "function")
        throw new RangeError("No function came that words could be told to; give onWord: ({ word, seconds }) => ...");
    checkOptions(wishes, HEARING, "createRecognizerNode");
    const options = {
        numberOfOutputs: 0,
        channelCount: 1,
        channelCountMode: "explicit",
        processorOptions: { engine, file, wishes },
    };
    return workletNode(context, "linnet-words", { workletUrl, options, hear: ({ found }) => found.forEach(onWord) });
}

/* denoiser_node.mjs - a node for Web Audio graphs that denoises what passes through it. The other side, on the audio
 * thread, is processor.mjs. */
import { minGainOf } from "./denoiser.mjs";
import { NO_LIMIT_DB } from "./linnet.mjs";
import { checkOptions } from "./options.mjs";
import { workletNode } from "./worklet_node.mjs";

const OPTIONS = ["channels", "maxAttenuationDb", "onBlock"];

/** An AudioWorkletNode with `latencySamples`, `info` and `close()`; its parameter maxAttenuationDb is at most 100, which
 * means no limit. `engine` and `file` are the bytes of linnet.wasm and of a model.
 *
 * @throws {EngineError} where the engine refuses the model.
 * @throws {RangeError} where an option is none, or the attenuation. */
export async function createDenoiserNode(context, { engine, file, workletUrl, ...wishes }) {
    const { channels = 1, maxAttenuationDb = Infinity, onBlock } = checkOptions(wishes, OPTIONS, "createDenoiserNode");
    minGainOf(maxAttenuationDb);
    const options = {
        channelCount: channels,
        channelCountMode: "explicit",
        outputChannelCount: [channels],
        parameterData: { maxAttenuationDb: Math.min(maxAttenuationDb, NO_LIMIT_DB) },
        processorOptions: { engine, file, channels, record: onBlock !== undefined },
    };
    return workletNode(context, "linnet", { workletUrl, options, hear: (block) => onBlock(block) });
}

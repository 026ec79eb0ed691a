/* text_model.mjs - bytes compressed without loss, and back: a model of the task text and the engine's coder.
 *
 *     const model = await TextModel.open(engine, file);     // engine: loadEngine of linnet.mjs
 *     const packed = model.compress(bytes);                 // Uint8Array in, Uint8Array out
 *     const bytes = model.decompress(packed);
 *
 * The files are those of `linnet compress`, byte for byte: twin of runtime/text_file.py, which says what every byte is. Files of
 * version 1 are read by Python only. */
import { crc32, sha256 } from "./checksums.mjs";
import { Model } from "./linnet.mjs";
import { checkOptions } from "./options.mjs";
import { recipeOf } from "./recipe.mjs";
import { Alphabet, TextCoder } from "./text_coder.mjs";

const MAGIC = [76, 78, 84, 88], VERSION = 2; // "LNTX"
const BLOCK = 1 << 16; // bytes of content, at most
const MODEL_BYTES = 8, CRC_BYTES = 4, MOST_NUMBER_BYTES = 9;

/** A compressed text that cannot be unpacked: what came, why not, what to do. */
export class PackedError extends Error {
    constructor(message) {
        super(message);
        this.name = "PackedError";
    }
}

/** A model that reads text. Calls do not disturb each other. */
export class TextModel {
    #model;
    #alphabet;
    #checksum;

    /** Check a model file and lay it out. `alphabet`: the bytes that it knows, where its recipe does not say them.
     *
     * @throws {EngineError} where the engine refuses the bytes.
     * @throws {RangeError} where the model reads no text, or other bytes. */
    static async open(engine, file, options) {
        const { alphabet } = checkOptions(options, ["alphabet"], "TextModel");
        const bytes = new Uint8Array(file), model = await Model.open(engine, bytes);
        const recipe = alphabet === undefined ? recipeOf(bytes) : { task: "text", alphabet };
        return new this(model, recipe, sha256(bytes).subarray(0, MODEL_BYTES));
    }

    constructor(model, { task, alphabet = "" }, checksum) {
        const { name, inputWidth, outputWidth } = model.info;
        this.#alphabet = new Alphabet(alphabet);
        const count = this.#alphabet.symbols.length;
        if (task !== "text" || inputWidth !== count || outputWidth !== count)
            throw new RangeError(`The model ${name} takes ${inputWidth} inputs and gives ${outputWidth} outputs, and its recipe does ` +
                "not say that these are the bytes of a text, so it cannot read; open a model of the task text.");
        this.#model = model;
        this.#checksum = checksum;
    }

    /** What the model says of itself. */
    get info() {
        return this.#model.info;
    }

    /** The compressed file of any bytes; `decompress` with the same model gives them back. */
    compress(content) {
        const bytes = bytesOf(content, "to be compressed"), written = new Written([...MAGIC, VERSION, ...this.#checksum]);
        this.#withCoder((coder) => {
            for (let from = 0; from < bytes.length; from += BLOCK) {
                const block = bytes.subarray(from, from + BLOCK), packed = coder.encode(block);
                if (packed === undefined) written.number(2 * block.length + 1).bytes(block);
                else written.number(2 * block.length).number(packed.length).bytes(packed);
            }
        });
        return written.number(0).number(bytes.length).bytes(littleEndian(crc32(bytes))).joined();
    }

    /** The bytes that were compressed with this model.
     *
     * @throws {PackedError} where `packed` is no compressed text, was made with another model, is damaged or ends too early. */
    decompress(packed) {
        const reader = new Reader(bytesOf(packed, "to be decompressed")), written = new Written();
        reader.head(this.#checksum, this.#model.info.name);
        this.#withCoder((coder) => {
            for (let head; (head = reader.number()) !== 0;) written.bytes(blockOf(reader, coder, head));
        });
        const bytes = written.joined();
        reader.end(bytes);
        return bytes;
    }

    #withCoder(use) {
        const coder = new TextCoder(this.#model, this.#alphabet, BLOCK);
        try {
            use(coder);
        } finally {
            coder.close();
        }
    }
}

function bytesOf(content, purpose) {
    if (content instanceof ArrayBuffer) return new Uint8Array(content);
    if (content instanceof Uint8Array) return content;
    throw new RangeError(`What came ${purpose} is no Uint8Array and no ArrayBuffer; give the bytes, those of a string by TextEncoder.`);
}

function blockOf(reader, coder, head) {
    const isStored = head % 2 === 1, length = Math.floor(head / 2);
    if (length === 0 || length > BLOCK) throw reader.damaged(`a block of ${length} bytes cannot be in it`);
    if (isStored) {
        const block = reader.exactly(length);
        coder.learn(block);
        return block;
    }
    const size = reader.number();
    if (size >= length) throw reader.damaged("a block says that it is larger than its content");
    const block = coder.decode(reader.exactly(size), length);
    if (block === undefined) throw reader.damaged("a block ends elsewhere than it says");
    return block;
}

const littleEndian = (crc) => Array.from({ length: CRC_BYTES }, (_, i) => (crc >>> (8 * i)) & 0xff);
const hexadecimal = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const areEqual = (a, b) => a.every((byte, i) => byte === b[i]);

/* Bytes one behind the other. */
class Written {
    #pieces = [];

    constructor(bytes = []) {
        this.bytes(bytes);
    }

    bytes(piece) {
        this.#pieces.push(piece);
        return this;
    }

    /* A number >= 0 in LEB128: 7 bits a byte, the lowest first, bit 7 where more follow. */
    number(value) {
        const written = [];
        for (; value > 0x7f; value = Math.floor(value / 128)) written.push((value % 128) + 128);
        return this.bytes([...written, value]);
    }

    joined() {
        const all = new Uint8Array(this.#pieces.reduce((sum, piece) => sum + piece.length, 0));
        let at = 0;
        for (const piece of this.#pieces) all.set(piece, at), (at += piece.length);
        return all;
    }
}

/* A compressed file, read from its beginning to its end. */
class Reader {
    #file;
    #at = 0;

    constructor(file) {
        this.#file = file;
    }

    head(checksum, name) {
        const magic = this.#file.subarray(0, MAGIC.length), version = this.#file[MAGIC.length];
        if (magic.length === 0 || !areEqual(magic, MAGIC))
            throw new PackedError("The bytes do not begin as a text that linnet compress wrote, so they cannot be unpacked; check " +
                "where they come from.");
        if (version === 1)
            throw new PackedError("The compressed text is of version 1, which only the Python package reads; unpack it by `linnet " +
                "decompress` and compress it again.");
        if (version !== undefined && version !== VERSION)
            throw new PackedError(`The compressed text is of version ${version}, and this Linnet knows version ${VERSION}; take a ` +
                "newer Linnet.");
        this.exactly(MAGIC.length + 1);
        const theirs = this.exactly(MODEL_BYTES);
        if (!areEqual(theirs, checksum))
            throw new PackedError(`The text was compressed with a model of checksum ${hexadecimal(theirs)}, and ${name} has ` +
                `${hexadecimal(checksum)}, which predicts otherwise; give the model file that it was made with.`);
    }

    exactly(size) {
        const found = this.#file.subarray(this.#at, (this.#at += size));
        if (found.length < size)
            throw new PackedError("The compressed text ends too early, so its end is missing; fetch or copy it again.");
        return found;
    }

    number() {
        let value = 0;
        for (let place = 0; place < MOST_NUMBER_BYTES; place++) {
            const [byte] = this.exactly(1);
            value += (byte & 0x7f) * 128 ** place;
            if (byte < 0x80) return value;
        }
        throw this.damaged("a number in it has no end");
    }

    end(content) {
        if (this.number() !== content.length || !areEqual(this.exactly(CRC_BYTES), littleEndian(crc32(content))))
            throw this.damaged("its content has another length or checksum than it had when it was packed");
        if (this.#at !== this.#file.length) throw this.damaged("more bytes follow behind its end");
    }

    damaged(why) {
        return new PackedError(`The compressed text is damaged: ${why}; fetch or copy it again.`);
    }
}

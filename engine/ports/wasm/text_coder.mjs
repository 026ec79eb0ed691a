/* text_coder.mjs - blocks of a text to few bytes and back: a network that says which byte comes next, and the engine, which adds
 * what the text shows. Twin of runtime/text_coder.py. What stands around the blocks of a file is text_model.mjs's business. */

const CHECKSUM = 6; // LINNET_ERROR_CHECKSUM
const AT_ONCE = 2048; // bytes that go through the network in one call where all are known
const UNKNOWN = -1; // the place of a byte that is not in an alphabet
const LINE_FEED = 10;

/** The bytes that a network knows: byte `symbols[i]` is its input i and its output i. */
export class Alphabet {
    /** The bytes whose values are the code points of `characters`; without any, all 256.
     *
     * @throws {RangeError} where a character is no byte or is there twice, or there is only one. */
    constructor(characters = "") {
        const values = Array.from(characters, (character) => character.codePointAt(0));
        if (values.some((value) => value > 255) || new Set(values).size < values.length || values.length === 1)
            throw new RangeError(`The alphabet ${JSON.stringify(characters)} names no bytes to choose from; give two or more ` +
                "different characters up to U+00FF, or none for all 256 bytes.");
        this.symbols = values.length === 0 ? Uint8Array.from({ length: 256 }, (_, i) => i) : Uint8Array.from(values);
        this.places = new Int16Array(256).fill(UNKNOWN);
        this.symbols.forEach((byte, place) => (this.places[byte] = place));
    }

    /** The place of what a network is shown before the first byte of a text: a line feed where it is known. */
    get first() {
        return Math.max(0, this.places[LINE_FEED]);
    }
}

/** One text on its way, block by block, in one direction. It remembers the text until `close`. */
export class TextCoder {
    #model;
    #engine;
    #alphabet;
    #session;
    #room; // the engine's text, then what crosses: a word, bytes, codes
    #roomBytes;
    #word;
    #bytes;
    #codes;
    #handle;
    #ready; // the network's outputs before the next byte

    /** Begin at rest, with `most` bytes in a block. */
    constructor(model, alphabet, most) {
        const { symbols } = alphabet, bytes = model.engine.linnet_text_size(), crossing = Math.max(most, AT_ONCE);
        this.#model = model, this.#engine = model.engine, this.#alphabet = alphabet;
        this.#session = model.session();
        this.#roomBytes = bytes + 8 + 2 * crossing + 2 * AT_ONCE * symbols.length;
        this.#room = model.takeRoom(this.#roomBytes);
        this.#word = this.#room + bytes;
        this.#bytes = this.#word + 8;
        this.#codes = this.#bytes + 2 * crossing; // at an even place, as the sizes before it are
        this.#memory().set(symbols, this.#bytes);
        model.check(this.#engine.linnet_text_init(this.#room, bytes, this.#bytes, symbols.length, this.#word));
        this.#handle = this.#wordThere();
        this.#ready = this.#session.run(this.#shown([alphabet.symbols[alphabet.first]]));
    }

    /** The bytes of the next block; undefined where they would not be fewer. It is learned either way. */
    encode(block) {
        const size = this.#learn(block, block.length);
        return size < block.length ? this.#memory().slice(this.#bytes, this.#bytes + size) : undefined;
    }

    /** Learn the next block, of which nothing is written. */
    learn(block) {
        this.#learn(block, 0);
    }

    /** The next block, of `length` bytes; undefined where `packed` cannot be what was encoded. */
    decode(packed, length) {
        const { linnet_text_read: read, linnet_text_decode: decode, linnet_text_end: end } = this.#engine;
        const block = new Uint8Array(length);
        this.#memory().set(packed, this.#bytes);
        this.#model.check(read(this.#handle, this.#bytes, packed.length));
        for (let i = 0; i < length; i++) {
            this.#cross(this.#ready);
            this.#model.check(decode(this.#handle, this.#codes, this.#word));
            block[i] = this.#memory()[this.#word];
            this.#ready = this.#session.run(this.#shown([block[i]]));
        }
        const status = end(this.#handle, this.#word);
        if (status === CHECKSUM) return undefined;
        this.#model.check(status);
        return block;
    }

    /** Give the memory to the model's next text. */
    close() {
        this.#session.close();
        this.#model.giveRoom(this.#room, this.#roomBytes);
    }

    /* How many bytes the block has; those up to `capacity` are written. */
    #learn(block, capacity) {
        const { linnet_text_write: write, linnet_text_encode: encode, linnet_text_end: end } = this.#engine;
        const content = this.#codes - AT_ONCE; // behind what is written
        this.#model.check(write(this.#handle, this.#bytes, capacity));
        for (let from = 0; from < block.length; from += AT_ONCE) {
            const part = block.subarray(from, from + AT_ONCE);
            this.#memory().set(part, content);
            this.#cross(this.#before(part));
            this.#model.check(encode(this.#handle, this.#codes, content, part.length));
        }
        this.#model.check(end(this.#handle, this.#word));
        return this.#wordThere();
    }

    /* What the network says before each byte of a part of the text. */
    #before(part) {
        const behind = this.#session.run(this.#shown(part)), width = this.#ready.length, codes = new Int16Array(behind.length);
        codes.set(this.#ready);
        codes.set(behind.subarray(0, behind.length - width), width);
        this.#ready = behind.slice(behind.length - width);
        return codes;
    }

    /* A byte is shown as a 1 among zeros, one that is not in the alphabet as zeros. */
    #shown(bytes) {
        const { inputWidth, inputExponent, inputBits } = this.#model.info, codes = new Int16Array(bytes.length * inputWidth);
        const one = Math.min(2 ** inputExponent, 2 ** (inputBits - 1) - 1);
        for (let i = 0; i < bytes.length; i++) {
            const place = this.#alphabet.places[bytes[i]];
            if (place !== UNKNOWN) codes[i * inputWidth + place] = one;
        }
        return codes;
    }

    #cross(codes) {
        new Int16Array(this.#engine.memory.buffer, this.#codes, codes.length).set(codes);
    }

    #memory() {
        return new Uint8Array(this.#engine.memory.buffer);
    }

    #wordThere() {
        return new DataView(this.#engine.memory.buffer).getUint32(this.#word, true);
    }
}

/* player.mjs - plays a recording before and after cleaning, both at once, one of them heard. */

const FADE_S = 0.008; // between the sides: short, and without a click

/** Plays two sides of one length. `onMove(seconds, isPlaying)` is called while it plays, and where it stops. */
export class Player {
    #context = null;
    #sides = { before: null, after: null }; // AudioBuffers
    #sources = {};
    #gains = {};
    #heard = "after";
    #place = 0; // seconds, while it rests
    #began = null; // context time at which the recording's start would lie; null while it rests
    #onMove;

    constructor(onMove) {
        this.#onMove = onMove;
    }

    /** Take the samples of a side; what plays goes on. */
    set(side, channels, sampleRateHz) {
        const buffer = new AudioBuffer({ numberOfChannels: channels.length, length: channels[0].length, sampleRate: sampleRateHz });
        channels.forEach((samples, c) => buffer.copyToChannel(samples, c));
        this.#sides[side] = buffer;
        if (this.#began !== null) this.seek(this.now);
    }

    get seconds() {
        return this.#sides.before?.duration ?? 0;
    }

    get now() {
        if (this.#began === null) return this.#place;
        return Math.max(0, Math.min(this.#context.currentTime - this.#began, this.seconds)); // it begins a moment after `play`
    }

    get isPlaying() {
        return this.#began !== null;
    }

    async play() {
        await this.#contextAt(this.#sides.before.sampleRate).resume();
        this.#start(this.#place >= this.seconds - 0.01 ? 0 : this.#place);
        this.#tick();
    }

    /* At the rate of the recording: in a context of another rate a source is interpolated along straight lines, which takes the
     * highs and puts images in their place; a context as a whole is resampled well. */
    #contextAt(sampleRate) {
        if (this.#context?.sampleRate !== sampleRate) {
            this.#context?.close();
            this.#context = new AudioContext({ sampleRate });
        }
        return this.#context;
    }

    pause() {
        this.#place = this.now;
        this.#stop();
        this.#onMove(this.#place, false);
    }

    /** Forget both sides. */
    clear() {
        this.#stop();
        this.#sides = { before: null, after: null };
        this.#place = 0;
    }

    seek(seconds) {
        this.#place = Math.max(0, Math.min(seconds, this.seconds));
        if (this.#began !== null) this.#start(this.#place);
        this.#onMove(this.#place, this.isPlaying);
    }

    /** Let "before" or "after" be heard. */
    hear(side) {
        this.#heard = side;
        for (const [name, gain] of Object.entries(this.#gains))
            gain.gain.setTargetAtTime(name === side ? 1 : 0, this.#context.currentTime, FADE_S / 3);
    }

    #start(place) {
        this.#stop();
        const when = this.#context.currentTime + 0.02;
        for (const [side, buffer] of Object.entries(this.#sides)) {
            if (buffer === null) continue;
            const gain = new GainNode(this.#context, { gain: side === this.#heard ? 1 : 0 });
            const source = new AudioBufferSourceNode(this.#context, { buffer });
            source.connect(gain).connect(this.#context.destination);
            source.start(when, place);
            this.#sources[side] = source, this.#gains[side] = gain;
        }
        this.#began = when - place;
    }

    #stop() {
        for (const source of Object.values(this.#sources)) source.stop(), source.disconnect();
        this.#sources = {}, this.#gains = {}, this.#began = null;
    }

    #tick() {
        if (this.#began === null) return;
        if (this.now >= this.seconds) {
            this.#stop();
            this.#place = 0;
            return this.#onMove(0, false);
        }
        this.#onMove(this.now, true);
        requestAnimationFrame(() => this.#tick());
    }
}

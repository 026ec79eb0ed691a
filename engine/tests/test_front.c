/* test_front.c - every form of the front end against the scalar one, bit for bit: whole streams of sound with
 * everything in it, and each function on its own at its extremes. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <string.h>

#include "front_forms.h"

extern const ln_front ln_front_quads; /* front_quads.c */

#define HOPS 60u
#define HOPS_OF_LONG_WINDOWS 20u
#define LONG_WINDOW 1024u
#define MOST_WINDOW 8192u

static uint64_t drawn_from; /* what this run's sounds come from */

/* Equal bits: a negative zero is not a zero here. */
static void same_bits(const float *a, const float *b, size_t count) {
    CHECK(memcmp(a, b, sizeof(float) * count) == 0);
}

/* Noise of changing loudness with silence, impulses, NaN, infinity, denormals and far too loud samples in it. */
static void draw_sound(uint64_t *seed, float *samples, uint32_t count) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-42f, -1e-42f, -0.0f, 4.0f, -4.0f};
    const float loudness = ldexpf(1.0f, draw_between(seed, -30, 1));
    const uint32_t kind = draw(seed) % 4;
    for (uint32_t n = 0; n < count; n++) {
        samples[n] = kind == 0 ? 0.0f : draw_sample(seed) * loudness;
        if (kind == 1 && draw(seed) % 16 == 0) samples[n] = odd[draw(seed) % (sizeof odd / sizeof odd[0])];
    }
}

static void a_stream_has_the_bits(ln_front_end plain, ln_front_end other, float offset_alpha) {
    const uint32_t window = plain.window, hop = plain.hop, phase_bins = plain.phase.bins;
    plain.offset_alpha = other.offset_alpha = offset_alpha;
    plain.level_least = other.level_least = offset_alpha != 0.0f ? 0.75f : 0.0f;
    plain.level_most = other.level_most = offset_alpha != 0.0f ? 2.0f : 0.0f;
    const uint32_t shown = ln_band_or_bin_count(&plain), seen = shown + 2 * phase_bins, answered = shown + phase_bins;
    ln_stft a = stft_for(&plain), b = stft_for(&other);
    float *samples = aligned_block(sizeof(float) * (hop + 1)), *features[2], *gains, *out[2];
    for (int i = 0; i < 2; i++) features[i] = aligned_block(sizeof(float) * feature_floats(&plain));
    for (int i = 0; i < 2; i++) out[i] = aligned_block(sizeof(float) * (hop + 1));
    gains = aligned_block(sizeof(float) * gain_floats(&plain));
    uint64_t seed = drawn_from + window + hop + phase_bins + shown;
    const uint32_t hops = window > LONG_WINDOW ? HOPS_OF_LONG_WINDOWS : HOPS;
    for (uint32_t t = 0; t < hops; t++) {
        float *at = samples + t % 2; /* the samples of a caller lie anywhere */
        draw_sound(&seed, at, hop);
        ln_stft_analyze(&a, &plain, at, features[0]);
        ln_stft_analyze(&b, &other, at, features[1]);
        same_bits(features[0], features[1], seen);
        for (uint32_t k = 0; k < seen; k++) CHECK(isfinite(features[0][k]));
        same_bits(a.re, b.re, plain.bins);
        same_bits(a.im, b.im, plain.bins);
        same_bits(a.before.re, b.before.re, phase_bins);
        same_bits(a.before.im, b.before.im, phase_bins);
        same_bits(&a.level, &b.level, 1);
        same_bits(&a.offset.value, &b.offset.value, 1);
        for (uint32_t k = 0; k < answered; k++) gains[k] = draw_sample(&seed) * 3.0f;
        a.min_gain = b.min_gain = (float)(t % 3) * 0.05f;
        ln_stft_synthesize(&a, &plain, gains, out[0] + t % 2);
        ln_stft_synthesize(&b, &other, gains, out[1] + t % 2);
        same_bits(out[0] + t % 2, out[1] + t % 2, hop);
        for (uint32_t n = 0; n < hop; n++) CHECK(isfinite(out[0][t % 2 + n]));
    }
}

static void a_stream_has_the_bits_of_the_scalar_one(const ln_front *front, uint32_t window, uint32_t hop,
                                                    uint32_t phase_bins, uint32_t band_ratio) {
    const ln_front_end plain = front_end_for(&ln_front_scalar, window, hop, phase_bins, band_ratio);
    const ln_front_end other = front_end_for(front, window, hop, phase_bins, band_ratio);
    a_stream_has_the_bits(plain, other, 0.0f);
    a_stream_has_the_bits(plain, other, 0.05f);
    if (4 * hop <= window)
        a_stream_has_the_bits(with_windows(plain, LN_ASYMMETRIC), with_windows(other, LN_ASYMMETRIC), 0.05f);
}

/* Values a stream of sound does not bring: the transforms of one bin or one sample at a time, signed zeros, the ends
 * of float32. */
static void the_transforms_have_the_same_bits(const ln_front *front, uint32_t window) {
    const ln_front_end e = front_end_for(front, window, window / 4, 0, 0);
    const size_t bins = padded(e.bins);
    float *x = aligned_block(sizeof(float) * window), *work = aligned_block(sizeof(float) * ln_fft_work(window));
    float *re[2], *im[2], *back[2];
    for (int i = 0; i < 2; i++) re[i] = aligned_block(sizeof(float) * bins), im[i] = aligned_block(sizeof(float) * bins);
    for (int i = 0; i < 2; i++) back[i] = aligned_block(sizeof(float) * window);
    uint64_t seed = drawn_from + window;
    for (uint32_t turn = 0; turn < 40; turn++) {
        const float size = ldexpf(1.0f, draw_between(&seed, -140, 100));
        const uint32_t chosen = draw(&seed) % window;
        for (uint32_t n = 0; n < window; n++) x[n] = turn % 2 ? draw_sample(&seed) * size : n == chosen ? size : -0.0f;
        ln_front_scalar.forward(&e.fft, x, re[0], im[0], work);
        front->forward(&e.fft, x, re[1], im[1], work);
        same_bits(re[0], re[1], e.bins);
        same_bits(im[0], im[1], e.bins);
        CHECK(im[0][0] == 0.0f && im[0][e.bins - 1] == 0.0f);
        ln_front_scalar.inverse(&e.fft, re[0], im[0], back[0], work);
        front->inverse(&e.fft, re[0], im[0], back[1], work);
        same_bits(back[0], back[1], window);
    }
}

static void it_is_the_scalar_one(const ln_front *front) {
    /* Windows of every rate, and the smallest with odd factors; hops that end within a vector. */
    static const uint32_t windows[] = {160, 288, 352, 384, 704, 768, 1408, 1536, 2816, 3072};
    for (uint32_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        the_transforms_have_the_same_bits(front, windows[i]);
        a_stream_has_the_bits_of_the_scalar_one(front, windows[i], windows[i] / 4, 64, 0);
        a_stream_has_the_bits_of_the_scalar_one(front, windows[i], windows[i] / 2, 20, 16);
    }
    for (uint32_t window = LN_FRONT_LEAST_WINDOW; window <= MOST_WINDOW; window *= 2) {
        the_transforms_have_the_same_bits(front, window);
        for (uint32_t hop = LN_FRONT_LEAST_HOP; hop <= window / 2; hop *= window > 1024 ? 8 : 2)
            a_stream_has_the_bits_of_the_scalar_one(front, window, hop, 0, 0);
    }
    /* Fewer bins than a vector has, whole vectors, some left over, all but the last bin, and all. */
    static const uint32_t some[] = {1, 3, 4, 15, 16, 17, 31, 47, 48, 63, 64, 65};
    for (uint32_t i = 0; i < sizeof some / sizeof some[0]; i++)
        a_stream_has_the_bits_of_the_scalar_one(front, 128, 32, some[i], 0);
    a_stream_has_the_bits_of_the_scalar_one(front, 512, 128, 64, 0);
    a_stream_has_the_bits_of_the_scalar_one(front, 512, 16, 257, 0);
    /* Bands wider than many vectors, a few bins wide, and one; with phase and without. */
    static const uint32_t ratios[] = {2, 3, 5, 8, 16, 31, 63, 64};
    for (uint32_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++)
        for (uint32_t phase_bins = 0; phase_bins <= 65; phase_bins += 13)
            a_stream_has_the_bits_of_the_scalar_one(front, 128, 32, phase_bins, ratios[i]);
    a_stream_has_the_bits_of_the_scalar_one(front, 512, 128, 64, 16);
    a_stream_has_the_bits_of_the_scalar_one(front, MOST_WINDOW, 1024, 4097, 2);
    a_stream_has_the_bits_of_the_scalar_one(front, MOST_WINDOW, 1024, 0, 16);
}

int main(int argc, char **argv) {
    drawn_from = seed_of(argc, argv);
    for (uint32_t i = 0; ln_isa_at(i) != NULL; i++) it_is_the_scalar_one(ln_isa_at(i)->front);
#ifdef __GNUC__
    it_is_the_scalar_one(&ln_front_quads);
#endif
    return 0;
}

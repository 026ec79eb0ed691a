/* test_stft.c - what the phase of the lowest bins means: its features and its turns against their definition in double
 * precision, on tones whose turn is known and on noise. That all forms give the scalar one's bits, test_front.c says. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "front_forms.h"

#define WINDOW 128u
#define HOP 32u
#define BINS (WINDOW / 2 + 1)
#define HOPS 40u

static const double pi = 3.14159265358979323846;

static float features[3 * BINS + 16], gains[2 * BINS + 16];

/* A tone of `cycles` per window; once the window is full of it, its bin's features say how far it turns too much. */
static void a_tone_turns_by_its_distance_from_the_middle(uint32_t bin, double off) {
    const ln_front_end e = front_end_for(&ln_front_scalar, WINDOW, HOP, BINS, 0);
    ln_stft stft = stft_for(&e);
    float samples[HOP];
    for (uint32_t t = 0; t < 2 * WINDOW / HOP; t++) {
        for (uint32_t n = 0; n < HOP; n++) samples[n] = (float)sin(2.0 * pi * (bin + off) / WINDOW * (t * HOP + n) + 1.0);
        ln_stft_analyze(&stft, &e, samples, features);
    }
    const double turned = 2.0 * pi * off * HOP / WINDOW, f = features[bin];
    CHECK(fabs(features[BINS + bin] - f * cos(turned)) <= 2e-3 * f);
    CHECK(fabs(features[2 * BINS + bin] - f * sin(turned)) <= 2e-3 * f);
}

/* By the angles themselves. What the products of two float32 spectra round is relative to their size. */
static void phases_are_those_of_the_definition(const ln_front_end *e, const ln_stft *stft, const ln_stft *before) {
    const uint32_t count = e->phase.bins;
    for (uint32_t k = 0; k < count; k++) {
        const double size = hypot(stft->re[k], stft->im[k]) * hypot(before->re[k], before->im[k]);
        const double turned = atan2(stft->im[k], stft->re[k]) - atan2(before->im[k], before->re[k]) - 2.0 * pi * k * HOP / WINDOW;
        const double f = features[k] * size / (size + 1e-9), limit = 1e-6 * features[k];
        CHECK(fabs(features[BINS + k] - f * cos(turned)) <= limit);
        CHECK(fabs(features[BINS + count + k] - f * sin(turned)) <= limit);
        CHECK(stft->before.re[k] == stft->re[k] && stft->before.im[k] == stft->im[k]);
    }
}

static void turns_are_those_of_the_definition(const ln_front_end *e, const ln_stft *noisy, const ln_stft *cleaned) {
    const double least = cleaned->min_gain;
    for (uint32_t k = 0; k < BINS; k++) {
        const double g = fmin(fmax(gains[k], least), 1.0), t = k < e->phase.bins ? 2.0 * gains[BINS + k] - 1.0 : 0.0;
        const double re = noisy->re[k], im = noisy->im[k], limit = 1e-6 * hypot(re, im);
        const bool is_end = k == 0 || k == BINS - 1; /* real, whatever the turn */
        CHECK(fabs(cleaned->re[k] - g * (re - t * im)) <= limit);
        CHECK(fabs(cleaned->im[k] - (is_end ? 0.0 : g * (im + t * re))) <= limit);
    }
}

/* A copy of the spectrum, which synthesis overwrites. */
static ln_stft kept(const ln_stft *stft) {
    ln_stft copy = *stft;
    copy.re = memcpy(aligned_block(sizeof(float) * BINS), stft->re, sizeof(float) * BINS);
    copy.im = memcpy(aligned_block(sizeof(float) * BINS), stft->im, sizeof(float) * BINS);
    return copy;
}

static void noise_is_heard_and_turned_as_defined(uint32_t phase_bins) {
    const ln_front_end e = front_end_for(&ln_front_scalar, WINDOW, HOP, phase_bins, 0);
    ln_stft stft = stft_for(&e), noisy = kept(&stft);
    float samples[HOP];
    uint64_t seed = 1 + phase_bins;
    stft.min_gain = 0.1f;
    for (uint32_t t = 0; t < HOPS; t++) {
        const ln_stft before = noisy; /* the one that came in, not the one that went out */
        for (uint32_t n = 0; n < HOP; n++) samples[n] = draw_sample(&seed) * ldexpf(1.0f, -(int)(t % 12));
        ln_stft_analyze(&stft, &e, samples, features);
        noisy = kept(&stft);
        phases_are_those_of_the_definition(&e, &stft, &before);
        for (uint32_t k = 0; k < BINS + phase_bins; k++) gains[k] = draw_sample(&seed) + 0.5f;
        ln_stft_synthesize(&stft, &e, gains, samples);
        turns_are_those_of_the_definition(&e, &noisy, &stft);
        for (uint32_t n = 0; n < HOP; n++) CHECK(isfinite(samples[n]));
    }
}

/* One half turns nothing: the samples are those of the front end without phase. */
static void one_half_is_no_turn(void) {
    const ln_front_end with = front_end_for(&ln_front_scalar, WINDOW, HOP, 20, 0), without = front_end_for(&ln_front_scalar, WINDOW, HOP, 0, 0);
    ln_stft a = stft_for(&with), b = stft_for(&without);
    uint64_t seed = 3;
    for (uint32_t t = 0; t < HOPS; t++) {
        float samples[HOP], one[HOP], other[HOP];
        for (uint32_t n = 0; n < HOP; n++) samples[n] = draw_sample(&seed);
        for (uint32_t k = 0; k < BINS + 20; k++) gains[k] = k < BINS ? draw_sample(&seed) + 0.5f : 0.5f;
        ln_stft_analyze(&a, &with, samples, features);
        ln_stft_synthesize(&a, &with, gains, one);
        ln_stft_analyze(&b, &without, samples, features);
        ln_stft_synthesize(&b, &without, gains, other);
        for (uint32_t n = 0; n < HOP; n++) CHECK(one[n] == other[n]);
    }
}

/* With gains of 1 every sample comes out as it went in, synthesis_length - hop later. */
static void nothing_changed_is_nothing_lost(uint32_t hop, uint32_t window_kind) {
    const ln_front_end e = with_windows(front_end_for(&ln_front_scalar, WINDOW, hop, 0, 0), window_kind);
    const uint32_t late = e.synthesis_length - hop;
    ln_stft stft = stft_for(&e);
    float *in = aligned_block(sizeof(float) * HOPS * hop), *out = aligned_block(sizeof(float) * HOPS * hop);
    uint64_t seed = 5 + hop;
    CHECK(late == (window_kind == LN_ASYMMETRIC ? hop : WINDOW - hop));
    for (uint32_t n = 0; n < HOPS * hop; n++) in[n] = draw_sample(&seed);
    for (uint32_t k = 0; k < BINS; k++) gains[k] = 1.0f;
    for (uint32_t t = 0; t < HOPS; t++) {
        ln_stft_analyze(&stft, &e, in + t * hop, features);
        ln_stft_synthesize(&stft, &e, gains, out + t * hop);
    }
    for (uint32_t n = 0; n < late; n++) CHECK(fabs(out[n]) < 1e-6);
    for (uint32_t n = late; n < HOPS * hop; n++) CHECK(fabs(out[n] - in[n - late]) < 2e-6);
}

int main(void) {
    nothing_changed_is_nothing_lost(HOP, LN_RECTANGULAR);
    nothing_changed_is_nothing_lost(HOP, LN_SQRT_HANN);
    nothing_changed_is_nothing_lost(HOP, LN_ASYMMETRIC);
    nothing_changed_is_nothing_lost(HOP / 4, LN_ASYMMETRIC);
    for (uint32_t bin = 16; bin <= 48; bin += 4) { /* 32 bins from its mirror image: what leaks here from there is 4e-4 */
        a_tone_turns_by_its_distance_from_the_middle(bin, 0.0);
        a_tone_turns_by_its_distance_from_the_middle(bin, 0.25);
        a_tone_turns_by_its_distance_from_the_middle(bin, -0.4);
    }
    noise_is_heard_and_turned_as_defined(1);
    noise_is_heard_and_turned_as_defined(20);
    noise_is_heard_and_turned_as_defined(BINS);
    one_half_is_no_turn();
    return 0;
}

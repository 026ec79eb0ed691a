/* test_bands.c - what bands mean: their tables, features and gains against the definition in double precision. That all
 * forms give the scalar one's bits, test_front.c says. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <string.h>

#include "front_forms.h"

#define WINDOW 128u
#define HOP 32u
#define BINS (WINDOW / 2 + 1)
#define HOPS 40u

/* Every bin belongs to one band, as wide as its first bin / ratio but at least one bin; the last takes what is left. */
static void bands_follow_each_other(uint32_t bins, uint32_t ratio) {
    const ln_bands bands = bands_for(bins, ratio);
    CHECK(bands.count >= 2 && bands.starts[0] == 0 && bands.starts[bands.count] == bins);
    for (uint32_t b = 0; b < bands.count; b++) {
        const uint32_t start = bands.starts[b], width = bands.starts[b + 1] - start;
        const uint32_t whole = start / ratio > 1 ? start / ratio : 1;
        CHECK(b + 1 < bands.count ? width == whole : width >= 1 && width <= whole);
        CHECK(bands.part[b] == (float)(1.0 / width));
    }
}

static double middle_of(const ln_bands *bands, uint32_t band) {
    return 0.5 * (bands->starts[band] + bands->starts[band + 1] - 1.0);
}

/* On the straight line between the two middles around it; beyond the last one it goes on flat. */
static double gain_of(const ln_bands *bands, const float *gains, uint32_t bin) {
    for (uint32_t b = 0; b + 1 < bands->count; b++) {
        const double here = middle_of(bands, b), next = middle_of(bands, b + 1);
        if (bin <= next) return gains[b] + (gains[b + 1] - gains[b]) * (bin - here) / (next - here);
    }
    return gains[bands->count - 1];
}

static void gains_are_straight_lines_between_the_middles(uint32_t bins, uint32_t ratio) {
    const ln_bands bands = bands_for(bins, ratio);
    float *gains = aligned_block(sizeof(float) * bands.count);
    float *of_bins = aligned_block(sizeof(float) * (padded(bins) + LN_FRONT_SPARE));
    uint64_t seed = bins + ratio;
    for (uint32_t b = 0; b < bands.count; b++) gains[b] = draw_sample(&seed) + 0.5f;
    ln_front_scalar.spread(&bands, gains, of_bins);
    for (uint32_t k = 0; k < bins; k++) {
        CHECK(fabs(of_bins[k] - gain_of(&bands, gains, k)) <= 1e-6);
        CHECK(bands.share[k] >= 0.0f && bands.share[k] <= 1.0f);
    }
}

/* The same stream without bands, whose features and gains are those of bins. */
static void a_stream_hears_means_and_obeys_lines(uint32_t phase_bins, uint32_t ratio) {
    const ln_front_end with = front_end_for(&ln_front_scalar, WINDOW, HOP, phase_bins, ratio);
    const ln_front_end without = front_end_for(&ln_front_scalar, WINDOW, HOP, phase_bins, 0);
    const uint32_t count = with.bands.count;
    ln_stft a = stft_for(&with), b = stft_for(&without);
    static float bands[3 * BINS], bins[3 * BINS + 16], gains[2 * BINS], of_bins[2 * BINS + 16];
    uint64_t seed = 1 + phase_bins + ratio;
    a.min_gain = b.min_gain = 0.3f;
    for (uint32_t t = 0; t < HOPS; t++) {
        float samples[HOP], one[HOP], other[HOP];
        for (uint32_t n = 0; n < HOP; n++) samples[n] = draw_sample(&seed) * ldexpf(1.0f, -(int)(t % 12));
        ln_stft_analyze(&a, &with, samples, bands);
        ln_stft_analyze(&b, &without, samples, bins);
        CHECK(a.level == b.level); /* over bins, with bands as well */
        for (uint32_t band = 0; band < count; band++) {
            double sum = 0.0;
            for (uint32_t k = with.bands.starts[band]; k < with.bands.starts[band + 1]; k++) sum += bins[k];
            const double mean = sum / (with.bands.starts[band + 1] - with.bands.starts[band]);
            CHECK(fabs(bands[band] - mean) <= 1e-6 * mean);
        }
        CHECK(memcmp(bands + count, bins + BINS, 2 * sizeof(float) * phase_bins) == 0); /* of bins, not of bands */
        for (uint32_t g = 0; g < count + phase_bins; g++) gains[g] = draw_sample(&seed) + 0.5f;
        for (uint32_t k = 0; k < BINS; k++) of_bins[k] = (float)gain_of(&with.bands, gains, k);
        memcpy(of_bins + BINS, gains + count, sizeof(float) * phase_bins);
        ln_stft_synthesize(&a, &with, gains, one);
        ln_stft_synthesize(&b, &without, of_bins, other);
        for (uint32_t k = 0; k < BINS; k++) CHECK(hypot(a.re[k] - b.re[k], a.im[k] - b.im[k]) <= 2e-6 * hypot(b.re[k], b.im[k]));
        for (uint32_t n = 0; n < HOP; n++) CHECK(fabsf(one[n] - other[n]) <= 1e-5f);
    }
}

/* No bin below min_gain: limited is what lies between the bands, not the bands themselves. */
static void the_smallest_gain_holds_for_bins(void) {
    const ln_front_end e = front_end_for(&ln_front_scalar, WINDOW, HOP, 0, 4);
    ln_stft stft = stft_for(&e);
    float samples[HOP], features[BINS], gains[BINS], re[BINS];
    uint64_t seed = 9;
    uint32_t between = 0;
    stft.min_gain = 0.5f;
    for (uint32_t n = 0; n < HOP; n++) samples[n] = draw_sample(&seed);
    ln_stft_analyze(&stft, &e, samples, features);
    memcpy(re, stft.re, sizeof re);
    for (uint32_t b = 0; b < e.bands.count; b++) gains[b] = (float)(b % 2);
    ln_stft_synthesize(&stft, &e, gains, samples);
    for (uint32_t k = 0; k < BINS; k++) {
        const double line = gain_of(&e.bands, gains, k);
        CHECK(fabs(stft.re[k] - (line > 0.5 ? line : 0.5) * re[k]) <= 1e-6 * fabs(re[k]));
        between += line > 0.5 && line < 1.0;
    }
    CHECK(between > 5);
}

int main(void) {
    CHECK(ln_band_count(257, 16) == 70 && ln_band_count(257, 0) == 257 && ln_band_count(9, 8) == 9);
    for (uint32_t window = 16; window <= 8192; window *= 2)
        for (uint32_t ratio = 2; ratio <= window / 2; ratio += 1 + ratio / 8) {
            bands_follow_each_other(window / 2 + 1, ratio);
            gains_are_straight_lines_between_the_middles(window / 2 + 1, ratio);
        }
    for (uint32_t ratio = 2; ratio <= BINS - 1; ratio += 3) {
        a_stream_hears_means_and_obeys_lines(0, ratio);
        a_stream_hears_means_and_obeys_lines(BINS, ratio);
    }
    the_smallest_gain_holds_for_bins();
    return 0;
}

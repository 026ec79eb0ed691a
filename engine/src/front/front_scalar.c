/* front_scalar.c - the meaning of the front end's functions, in plain C; the transforms stand in fft.c. */
#include "front/front.h"

#include <math.h>
#include <string.h>

static void take(const float *samples, uint32_t window, uint32_t hop, float *history, const float *analysis,
                 float *frame) {
    memmove(history, history + hop, sizeof(float) * (window - hop));
    for (size_t n = 0; n < hop; n++) history[window - hop + n] = ln_clean(samples[n]);
    for (size_t n = 0; n < window; n++) frame[n] = history[n] * analysis[n];
}

static void magnitudes(const float *re, const float *im, uint32_t bins, uint32_t roots, float *features) {
    for (uint32_t k = 0; k < bins; k++) features[k] = sqrtf(re[k] * re[k] + im[k] * im[k]);
    for (uint32_t root = 0; root < roots; root++)
        for (uint32_t k = 0; k < bins; k++) features[k] = sqrtf(features[k]);
}

static float sum(const float *values, uint32_t bins) {
    float s[8];
    const uint32_t in_lanes = bins / 8 * 8;
    for (uint32_t lane = 0; lane < 8; lane++) s[lane] = values[lane];
    for (uint32_t i = 8; i < in_lanes; i += 8)
        for (uint32_t lane = 0; lane < 8; lane++) s[lane] = s[lane] + values[i + lane];
    return ln_sum_up(s, values, in_lanes, bins);
}

static void divide(float *values, uint32_t bins, float by) {
    for (uint32_t k = 0; k < bins; k++) values[k] = values[k] / by;
}

static void phases(const ln_phase *phase, ln_parts spectrum, ln_parts before, const float *features, float *turned) {
    for (uint32_t k = 0; k < phase->bins; k++) {
        const float re = spectrum.re[k], im = spectrum.im[k], c = phase->cosine[k], s = phase->sine[k];
        const float cross_re = re * before.re[k] + im * before.im[k], cross_im = im * before.re[k] - re * before.im[k];
        const float a = cross_re * c + cross_im * s, b = cross_im * c - cross_re * s;
        const float size = sqrtf(a * a + b * b) + LN_PHASE_FADES;
        turned[k] = features[k] * (a / size);
        turned[phase->bins + k] = features[k] * (b / size);
        before.re[k] = re;
        before.im[k] = im;
    }
}

static void turn_bins(const float *turns, uint32_t bins, float *re, float *im) {
    for (uint32_t k = 0; k < bins; k++) {
        const float t = 2.0f * turns[k] - 1.0f;
        const float turned_re = re[k] - t * im[k], turned_im = im[k] + t * re[k];
        re[k] = turned_re;
        im[k] = turned_im;
    }
}

static void spread(const ln_bands *bands, const float *gains, float *of_bins) {
    for (uint32_t b = 0; b + 1 < bands->count; b++)
        for (uint32_t k = bands->from[b]; k < bands->from[b + 1]; k++)
            of_bins[k] = gains[b] * (1.0f - bands->share[k]) + gains[b + 1] * bands->share[k];
}

static void gain(const float *gains, float min_gain, uint32_t bins, float *re, float *im) {
    for (uint32_t k = 0; k < bins; k++) {
        const float floored = gains[k] > min_gain ? gains[k] : min_gain;
        const float limited = floored < 1.0f ? floored : 1.0f;
        re[k] = re[k] * limited;
        im[k] = im[k] * limited;
    }
}

static void give(const float *frame, const float *synthesis, uint32_t length, uint32_t hop, float *overlap,
                 float *samples) {
    const size_t kept = length - hop;
    for (size_t n = 0; n < hop; n++) samples[n] = overlap[n] + frame[n] * synthesis[n];
    LN_INDEPENDENT /* what is written has been read */
    for (size_t n = hop; n < kept; n++) overlap[n - hop] = overlap[n] + frame[n] * synthesis[n];
    for (size_t n = kept; n < length; n++) overlap[n - hop] = frame[n] * synthesis[n];
}

const ln_front ln_front_scalar = {take,      ln_fft_forward, magnitudes, sum,  divide,         phases,
                                  turn_bins, spread,         gain,       ln_fft_inverse, give};

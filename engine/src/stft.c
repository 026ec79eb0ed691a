/* stft.c - the front end of a stream: window, transform, features; gain, inverse transform, overlap-add. */
#include "stft.h"

#include <float.h>
#include <math.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "float arithmetic must round to float at every step, or the samples differ between machines"
#endif

#define LOUDEST_SAMPLE 4.0f /* 12 dB over full scale: what is beyond is no sound, and may not reach the features */

void ln_front_end_windows(uint32_t window, uint32_t hop, uint32_t window_kind, float *analysis, float *synthesis) {
    /* Squares of the periodic Hann root sum to half the number of overlaps, those of ones to all of it. */
    const double overlaps = (double)(window / hop);
    const double square_sum = window_kind == 1 ? overlaps / 2 : overlaps;
    for (uint32_t n = 0; n < window; n++) {
        double cosine, sine = 1.0;
        if (window_kind == 1) ln_angle(n, 2 * window, &cosine, &sine); /* sqrt((1 - cos 2a) / 2) = sin a */
        analysis[n] = (float)(sine / (double)window);
        synthesis[n] = (float)(sine / square_sum);
    }
}

/* Floats of a spectrum part, rounded up to whole lines of 64 bytes. Windows have whole lines already. */
static size_t padded_bins(const ln_front_end *front_end) { return (front_end->bins + 15u) / 16u * 16u; }

size_t ln_stft_bytes(const ln_front_end *front_end) {
    return sizeof(float) * (5 * (size_t)front_end->window + 2 * padded_bins(front_end));
}

void ln_stft_place(ln_stft *stft, const ln_front_end *front_end, void *memory) {
    float *place = memory;
    const size_t window = front_end->window;
    stft->history = place;
    stft->overlap = place + window;
    stft->frame = place + 2 * window;
    stft->work = place + 3 * window;
    stft->re = place + 5 * window;
    stft->im = stft->re + padded_bins(front_end);
}

void ln_stft_reset(ln_stft *stft, const ln_front_end *front_end) {
    memset(stft->history, 0, sizeof(float) * front_end->window);
    memset(stft->overlap, 0, sizeof(float) * front_end->window);
    stft->level = front_end->level_initial;
}

/* NaN and infinity become 0. */
static inline float clean(float sample) {
    if (!(sample - sample == 0.0f)) return 0.0f;
    return sample > LOUDEST_SAMPLE ? LOUDEST_SAMPLE : sample < -LOUDEST_SAMPLE ? -LOUDEST_SAMPLE : sample;
}

/* stft.py: mean_over_bins. Eight sums side by side, then their sum, then the bins left over. */
static float mean_over_bins(const float *values, uint32_t bins) {
    float s[8];
    const uint32_t in_lanes = bins / 8 * 8;
    for (uint32_t lane = 0; lane < 8; lane++) s[lane] = values[lane];
    for (uint32_t i = 8; i < in_lanes; i += 8)
        for (uint32_t lane = 0; lane < 8; lane++) s[lane] = s[lane] + values[i + lane];
    float total = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    for (uint32_t i = in_lanes; i < bins; i++) total = total + values[i];
    return total * (float)(1.0 / (double)bins);
}

void ln_stft_analyze(ln_stft *stft, const ln_front_end *front_end, const float *samples, float *features) {
    const uint32_t window = front_end->window, hop = front_end->hop, bins = front_end->bins;
    memmove(stft->history, stft->history + hop, sizeof(float) * (window - hop));
    for (uint32_t n = 0; n < hop; n++) stft->history[window - hop + n] = clean(samples[n]);
    for (uint32_t n = 0; n < window; n++) stft->frame[n] = stft->history[n] * front_end->analysis[n];
    ln_fft_forward(&front_end->fft, stft->frame, stft->re, stft->im, stft->work);

    const float *re = stft->re, *im = stft->im;
    for (uint32_t k = 0; k < bins; k++) features[k] = sqrtf(re[k] * re[k] + im[k] * im[k]);
    for (uint32_t root = 0; root < front_end->compression_roots; root++)
        for (uint32_t k = 0; k < bins; k++) features[k] = sqrtf(features[k]);

    if (front_end->level_alpha == 0.0f) return;
    stft->level = stft->level + front_end->level_alpha * (mean_over_bins(features, bins) - stft->level);
    const float level = stft->level > front_end->level_floor ? stft->level : front_end->level_floor;
    for (uint32_t k = 0; k < bins; k++) features[k] = features[k] / level;
}

void ln_stft_synthesize(ln_stft *stft, const ln_front_end *front_end, const float *gains, float *samples) {
    const uint32_t window = front_end->window, hop = front_end->hop, bins = front_end->bins;
    const float min_gain = stft->min_gain;
    for (uint32_t k = 0; k < bins; k++) {
        const float floored = gains[k] > min_gain ? gains[k] : min_gain;
        const float gain = floored < 1.0f ? floored : 1.0f;
        stft->re[k] = stft->re[k] * gain;
        stft->im[k] = stft->im[k] * gain;
    }
    ln_fft_inverse(&front_end->fft, stft->re, stft->im, stft->frame, stft->work);
    for (uint32_t n = 0; n < window; n++)
        stft->overlap[n] = stft->overlap[n] + stft->frame[n] * front_end->synthesis[n];
    memcpy(samples, stft->overlap, sizeof(float) * hop);
    memmove(stft->overlap, stft->overlap + hop, sizeof(float) * (window - hop));
    memset(stft->overlap + (window - hop), 0, sizeof(float) * hop);
}

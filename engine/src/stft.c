/* stft.c - the front end of a stream: window, transform, features; gain, inverse transform, overlap-add. What each of
 * these computes stands in front_scalar.c and fft.c. */
#include "stft.h"

#include <float.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "float arithmetic must round to float at every step, or the samples differ between machines"
#endif

/* Floats of a spectrum part, rounded up to whole lines of 64 bytes. Windows have whole lines already. */
static size_t padded_bins(const ln_front_end *front_end) { return (front_end->bins + 15u) / 16u * 16u; }

size_t ln_stft_bytes(const ln_front_end *front_end) {
    const size_t window = front_end->window;
    return sizeof(float) * (3 * window + 2 * padded_bins(front_end) + ln_fft_work(front_end->window));
}

void ln_stft_place(ln_stft *stft, const ln_front_end *front_end, void *memory) {
    float *place = memory;
    const size_t window = front_end->window;
    stft->history = place;
    stft->overlap = place + window;
    stft->frame = place + 2 * window;
    stft->re = place + 3 * window;
    stft->im = stft->re + padded_bins(front_end);
    stft->work = stft->im + padded_bins(front_end);
}

void ln_stft_reset(ln_stft *stft, const ln_front_end *front_end) {
    memset(stft->history, 0, sizeof(float) * front_end->window);
    memset(stft->overlap, 0, sizeof(float) * front_end->window);
    stft->level = front_end->level_initial;
}

void ln_stft_analyze(ln_stft *stft, const ln_front_end *front_end, const float *samples, float *features) {
    const ln_front *front = front_end->front;
    const uint32_t bins = front_end->bins;
    front->take(samples, front_end->window, front_end->hop, stft->history, front_end->analysis, stft->frame);
    front->forward(&front_end->fft, stft->frame, stft->re, stft->im, stft->work);
    front->magnitudes(stft->re, stft->im, bins, front_end->compression_roots, features);
    if (front_end->level_alpha == 0.0f) return;
    /* stft.py: mean_over_bins, level_step, normalize_by_level. */
    const float mean = front->sum(features, bins) * (1.0f / (float)bins);
    stft->level = stft->level + front_end->level_alpha * (mean - stft->level);
    front->divide(features, bins, stft->level > front_end->level_floor ? stft->level : front_end->level_floor);
}

void ln_stft_synthesize(ln_stft *stft, const ln_front_end *front_end, const float *gains, float *samples) {
    const ln_front *front = front_end->front;
    front->gain(gains, stft->min_gain, front_end->bins, stft->re, stft->im);
    front->inverse(&front_end->fft, stft->re, stft->im, stft->frame, stft->work);
    front->give(stft->frame, front_end->synthesis, front_end->window, front_end->hop, stft->overlap, samples);
}

/* stft.c - the front end of a stream: window, transform, features, phase, bands; the gains of bins, turn, gain,
 * inverse transform, overlap-add.
 * What each of these computes stands in front_scalar.c and fft.c. */
#include "front/stft.h"

#include <float.h>
#include <stdbool.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "float arithmetic must round to float at every step, or the samples differ between machines"
#endif

#define MOST_HOPS_ALIKE (1u << 20) /* so many hops count alike at most, however slow the mean is; exact in float */

/* Floats of a part of so many, rounded up to whole lines of 64 bytes. */
static size_t whole_lines(uint32_t count) { return (count + 15u) / 16u * 16u; }

/* Of a spectrum: the model's bins that are missing in it stand behind it and are 0. */
static size_t spectrum_floats(const ln_front_end *front_end) {
    return whole_lines(front_end->bins > front_end->model_bins ? front_end->bins : front_end->model_bins);
}

static size_t floats_of_bins(const ln_front_end *front_end) {
    const bool needs_them = front_end->bands.count > 0 || front_end->bins > front_end->model_bins;
    return needs_them ? spectrum_floats(front_end) + LN_FRONT_SPARE : 0;
}

size_t ln_stft_bytes(const ln_front_end *front_end) {
    const size_t window = whole_lines(front_end->window);
    const size_t spectra = 2 * spectrum_floats(front_end) + 2 * whole_lines(front_end->phase.bins);
    return sizeof(float) * (3 * window + spectra + floats_of_bins(front_end) + ln_fft_work(front_end->window));
}

void ln_stft_place(ln_stft *stft, const ln_front_end *front_end, void *memory) {
    float *place = (float *)memory; /* said, since exported C is compiled as C++, too */
    const size_t window = whole_lines(front_end->window), spectrum = spectrum_floats(front_end);
    stft->history = place;
    stft->overlap = place + window;
    stft->frame = place + 2 * window;
    stft->re = place + 3 * window;
    stft->im = stft->re + spectrum;
    stft->before.re = stft->im + spectrum;
    stft->before.im = stft->before.re + whole_lines(front_end->phase.bins);
    stft->of_bins = stft->before.im + whole_lines(front_end->phase.bins);
    stft->work = stft->of_bins + floats_of_bins(front_end);
}

void ln_stft_reset(ln_stft *stft, const ln_front_end *front_end) {
    memset(stft->history, 0, sizeof(float) * front_end->window);
    memset(stft->overlap, 0, sizeof(float) * front_end->window);
    memset(stft->before.re, 0, sizeof(float) * front_end->phase.bins);
    memset(stft->before.im, 0, sizeof(float) * front_end->phase.bins);
    stft->level = front_end->level_initial;
    stft->offset = (ln_offset){0.0f, 0};
}

/* offset.py: hop_mean. */
static float mean_of(const ln_front *front, const float *values, uint32_t count) {
    static const float nothing[8] = {0.0f};
    const float sum = count < 8 ? ln_sum_up(nothing, values, 0, count) : front->sum(values, count);
    return sum * (1.0f / (float)count);
}

/* offset.py: offset_step, less_offset. The newest hop of the history, and of the frame, loses the running mean, along a
 * straight line from the one before. A stream that may not be changed keeps it. */
static void take_offset(ln_stft *stft, const ln_front_end *front_end) {
    const uint32_t hop = front_end->hop, kept = front_end->window - hop;
    float *fresh = stft->history + kept, *frame = stft->frame + kept;
    const float *analysis = front_end->analysis + kept, before = stft->offset.value;
    const float mean = mean_of(front_end->front, fresh, hop);
    if (mean == 0.0f) return; /* digital silence stays silent */
    if (stft->offset.hops < MOST_HOPS_ALIKE) stft->offset.hops++;
    const float alike = 1.0f / (float)stft->offset.hops;
    const float alpha = alike > front_end->offset_alpha ? alike : front_end->offset_alpha;
    stft->offset.value = before + alpha * (mean - before);
    if (stft->min_gain >= 1.0f) return;
    const float start = stft->offset.hops == 1 ? stft->offset.value : before;
    const float slope = (stft->offset.value - start) * (1.0f / (float)hop);
    for (uint32_t n = 0; n < hop; n++) {
        fresh[n] = fresh[n] - (start + slope * (float)(n + 1));
        frame[n] = fresh[n] * analysis[n];
    }
}

/* rates.py: completed. Sizes of the bins that a low rate lacks, as if its highest went on: a model that was trained at its
 * own rate takes silence there for a sign of noise. */
static void complete(const ln_front *front, float *sizes, uint32_t present, uint32_t known) {
    const uint32_t from = present * 13 / 16, to = present - present / 32; /* not the edge, where recorders cut */
    const float held = 0.75f * mean_of(front, sizes + from, to - from);
    for (uint32_t k = present; k < known; k++) sizes[k] = held;
}

/* running_mean.py: bounded. */
static float bounded(float level, float mean, const ln_front_end *front_end) {
    const float least = front_end->level_least * mean, most = front_end->level_most * mean;
    if (front_end->level_most != 0.0f && level > most) level = most;
    return level < least ? least : level;
}

/* stft.py: mean_over_bins, level_step, normalize_by_level. Where all sizes are 0 it is false, there is nothing to divide, and
 * the level stays: what comes after a muted microphone is as loud as what came before. */
static bool normalize(ln_stft *stft, const ln_front_end *front_end, float *sizes) {
    const uint32_t bins = front_end->model_bins;
    const float mean = front_end->front->sum(sizes, bins) * (1.0f / (float)bins);
    if (mean == 0.0f) return false;
    if (front_end->level_alpha == 0.0f) return true;
    stft->level = bounded(stft->level + front_end->level_alpha * (mean - stft->level), mean, front_end);
    const float divisor = stft->level > front_end->level_floor ? stft->level : front_end->level_floor;
    front_end->front->divide(sizes, bins, divisor);
    return true;
}

/* bands.py: merged. A band's bins in order, so no vector could help; that of the next does not wait for them. */
static void merge(const ln_bands *bands, const float *sizes, float *means) {
    for (uint32_t b = 0; b < bands->count; b++) {
        float sum = sizes[bands->starts[b]];
        for (uint32_t k = bands->starts[b] + 1u; k < bands->starts[b + 1]; k++) sum = sum + sizes[k];
        means[b] = sum * bands->part[b];
    }
}

bool ln_stft_analyze(ln_stft *stft, const ln_front_end *front_end, const float *samples, float *features) {
    const ln_front *front = front_end->front;
    const uint32_t known = front_end->model_bins, present = front_end->bins < known ? front_end->bins : known;
    const bool has_bands = front_end->bands.count > 0;
    float *sizes = has_bands ? stft->of_bins : features;
    front->take(samples, front_end->window, front_end->hop, stft->history, front_end->analysis, stft->frame);
    if (front_end->offset_alpha != 0.0f) take_offset(stft, front_end);
    front->forward(&front_end->fft, stft->frame, stft->re, stft->im, stft->work);
    front->magnitudes(stft->re, stft->im, present, front_end->compression_roots, sizes);
    if (present < known) complete(front, sizes, present, known);
    const bool is_heard = normalize(stft, front_end, sizes);
    if (has_bands) merge(&front_end->bands, sizes, features);
    if (front_end->phase.bins == 0) return is_heard;
    float *turned = features + ln_band_or_bin_count(front_end);
    front->phases(&front_end->phase, (ln_parts){stft->re, stft->im}, stft->before, sizes, turned);
    return is_heard;
}

/* The ends of the spectrum of real samples are real; what a turn would add to them is no sound. */
static void turn_spectrum(ln_stft *stft, const ln_front_end *front_end, const float *turns) {
    front_end->front->turn(turns, front_end->phase.bins, stft->re, stft->im);
    stft->im[0] = 0.0f;
    stft->im[front_end->bins - 1] = 0.0f;
}

/* rates.py: upper_gain. The gains of all bins of the spectrum from those of the model's. */
static const float *gains_above(ln_stft *stft, const ln_front_end *front_end, const float *gains) {
    const uint32_t known = front_end->model_bins, from = (known - 1) * 5 / 8;
    const float mean = mean_of(front_end->front, gains + from, known - from);
    const float above = mean > 0.0f ? mean * mean : 0.0f;
    if (gains != stft->of_bins) memcpy(stft->of_bins, gains, sizeof(float) * known);
    for (uint32_t k = known; k < front_end->bins; k++) stft->of_bins[k] = above;
    return stft->of_bins;
}

static void silence_above(ln_stft *stft, const ln_front_end *front_end) {
    for (uint32_t k = front_end->model_bins; k < front_end->bins; k++) stft->re[k] = stft->im[k] = 0.0f;
}

void ln_stft_synthesize(ln_stft *stft, const ln_front_end *front_end, const float *gains, float *samples) {
    const ln_front *front = front_end->front;
    const bool may_change = stft->min_gain < 1.0f; /* or every gain is 1, and phases are to stay, too */
    if (front_end->phase.bins > 0 && may_change)
        turn_spectrum(stft, front_end, gains + ln_band_or_bin_count(front_end));
    const float *of_bins = gains;
    if (front_end->bands.count > 0) {
        front->spread(&front_end->bands, gains, stft->of_bins);
        of_bins = stft->of_bins;
    }
    if (front_end->bins > front_end->model_bins) of_bins = gains_above(stft, front_end, of_bins);
    front->gain(of_bins, stft->min_gain, front_end->bins, stft->re, stft->im);
    if (stft->upper_is_silent) silence_above(stft, front_end);
    front->inverse(&front_end->fft, stft->re, stft->im, stft->frame, stft->work);
    const uint32_t length = front_end->synthesis_length, silent = front_end->window - length;
    front->give(stft->frame + silent, front_end->synthesis + silent, length, front_end->hop, stft->overlap, samples);
}

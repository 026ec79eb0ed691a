/* front_forms.h - every form of the front end that this processor runs, and a stream's buffers for it. */
#ifndef LN_FRONT_FORMS_H
#define LN_FRONT_FORMS_H

#include <string.h>

#include "front/bands.h"
#include "check.h"
#include "front/circle.h"
#include "cpu.h"
#include "front/stft.h"

/* Floats of a buffer of bins. */
static inline size_t padded(uint32_t bins) { return (bins + 15u) / 16u * 16u; }

/* Floats of a buffer of features: padded as that of their first ones if they are bins, exactly as long as all of them. */
static inline size_t feature_floats(const ln_front_end *front_end) {
    const size_t first = front_end->bands.count > 0 ? 0 : padded(front_end->bins);
    const size_t all = ln_band_or_bin_count(front_end) + 2 * front_end->phase.bins;
    return first > all ? first : all;
}

static inline size_t gain_floats(const ln_front_end *front_end) {
    const size_t first = front_end->bands.count > 0 ? 0 : padded(front_end->bins);
    const size_t all = ln_band_or_bin_count(front_end) + front_end->phase.bins;
    return first > all ? first : all;
}

static inline ln_bands bands_for(uint32_t bins, uint32_t ratio) {
    if (ratio == 0) return (ln_bands){.count = 0};
    const uint32_t count = ln_band_count(bins, ratio);
    uint16_t *starts = aligned_block(sizeof(uint16_t) * (count + 1)), *from = aligned_block(sizeof(uint16_t) * count);
    float *part = aligned_block(sizeof(float) * count), *share = aligned_block(sizeof(float) * (bins + LN_FRONT_SPARE));
    memset(share, 0xCD, sizeof(float) * (bins + LN_FRONT_SPARE));
    ln_band_tables(bins, ratio, starts, part, from, share);
    return (ln_bands){count, starts, part, from, share};
}

/* A front end laid out as model.c does it, but never for anything else than `front`. */
static inline ln_front_end front_end_for(const ln_front *front, uint32_t window, uint32_t hop, uint32_t phase_bins,
                                         uint32_t band_ratio) {
    float *cosine = aligned_block(sizeof(float) * window), *sine = aligned_block(sizeof(float) * window);
    float *analysis = aligned_block(sizeof(float) * window), *synthesis = aligned_block(sizeof(float) * window);
    float *twiddles = aligned_block(sizeof(float) * ln_twiddle_count(window));
    float *steady[2];
    for (int i = 0; i < 2; i++) steady[i] = aligned_block(sizeof(float) * padded(phase_bins));
    for (int i = 0; i < 2; i++) memset(steady[i], 0xCD, sizeof(float) * padded(phase_bins));
    ln_steady_turns(window, hop, phase_bins, steady[0], steady[1]);
    ln_circle(window, cosine, sine);
    ln_twiddles(window, cosine, sine, twiddles);
    ln_front_end_windows(window, hop, LN_SQRT_HANN, analysis, synthesis);
    return (ln_front_end){.sample_rate_hz = 16000, .window = window, .hop = hop, .synthesis_length = window,
                          .bins = window / 2 + 1, .model_bins = window / 2 + 1,
                          .compression_roots = 2, .level_alpha = 0.01f, .level_initial = 0.1f, .level_floor = 0.03f,
                          .front = front, .fft = {window, cosine, sine, twiddles},
                          .phase = {phase_bins, steady[0], steady[1]},
                          .bands = bands_for(window / 2 + 1, band_ratio), .analysis = analysis, .synthesis = synthesis};
}

/* The same, with windows of another kind. */
static inline ln_front_end with_windows(ln_front_end front_end, uint32_t window_kind) {
    const uint32_t window = front_end.window, hop = front_end.hop;
    float *analysis = aligned_block(sizeof(float) * window), *synthesis = aligned_block(sizeof(float) * window);
    ln_front_end_windows(window, hop, window_kind, analysis, synthesis);
    front_end.analysis = analysis;
    front_end.synthesis = synthesis;
    front_end.synthesis_length = ln_synthesis_length(window, hop, window_kind);
    return front_end;
}

static inline ln_stft stft_for(const ln_front_end *front_end) {
    ln_stft stft = {.min_gain = 0.0f};
    const size_t size = ln_stft_bytes(front_end);
    uint8_t *memory = aligned_block(size);
    for (size_t i = 0; i < size; i++) memory[i] = 0;
    ln_stft_place(&stft, front_end, memory);
    ln_stft_reset(&stft, front_end);
    return stft;
}

#endif

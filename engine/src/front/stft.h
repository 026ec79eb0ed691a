/* stft.h - sound to features and gains to sound, one hop at a time. Mirror of audio/stft.py; the two agree within
 * float32 rounding. float32 in a fixed order of operations, no fused multiply-add, no function but square root. */
#ifndef LN_STFT_H
#define LN_STFT_H

#include <stdbool.h>

#include "front/front.h"

/* What a model file and the sample rate set; it never changes. */
typedef struct ln_front_end {
    uint32_t sample_rate_hz, window, hop;
    uint32_t synthesis_length; /* so many samples at the end of a window come out */
    uint32_t bins;       /* of the spectrum, window / 2 + 1 */
    uint32_t model_bins; /* what the model knows: as many at its own rate; made up where the spectrum has fewer */
    uint32_t compression_roots;
    float level_alpha, level_initial, level_floor; /* alpha 0: no level */
    float level_least, level_most; /* what the level is held between, as shares of a frame's mean; 0: no bound */
    float offset_alpha;                            /* 0: the samples' mean stays */
    const ln_front *front; /* the instruction set's functions, or the scalar ones where the window is too small */
    ln_fft fft;
    ln_phase phase;
    ln_bands bands;
    const float *analysis;  /* [window], scaled by 1/window */
    const float *synthesis; /* [window], divided by what the products of both sum to over one sample */
} ln_front_end;

/* The mean of a stream's samples: what a microphone's electronics add to sound. */
typedef struct ln_offset {
    float value;
    uint32_t hops; /* that it is the mean of, as long as each counts alike */
} ln_offset;

/* What one stream remembers and works in; all aligned to 64 bytes. */
typedef struct ln_stft {
    float *history;  /* [window] the newest samples */
    float *overlap;  /* [synthesis_length - hop] what later hops still receive */
    float *frame;    /* [window] */
    float *re, *im;  /* [bins or model_bins] the spectrum of this hop */
    ln_parts before; /* [phase.bins] the spectrum of the hop before */
    float *of_bins;  /* [bins or model_bins] what the model is shown or answers as bands, and gains above its bins;
                      * nothing without both */
    float *work;     /* [ln_fft_work(window)] for the transform */
    float level;
    float min_gain;
    bool upper_is_silent; /* what lies above the model's bins */
    ln_offset offset;
} ln_stft;

/* Sizes among the features, and gains: of bands, or of all bins. */
static inline uint32_t ln_band_or_bin_count(const ln_front_end *front_end) {
    return front_end->bands.count > 0 ? front_end->bands.count : front_end->model_bins;
}

/* Bytes of the buffers of one stream, and where they lie in memory aligned to 64. */
size_t ln_stft_bytes(const ln_front_end *front_end);
void ln_stft_place(ln_stft *stft, const ln_front_end *front_end, void *memory);

void ln_stft_reset(ln_stft *stft, const ln_front_end *front_end);

/* One hop of samples to features [bins or bands + 2 phase.bins]: of all bins or, where there are bands, their means, then
 * those of the lowest bins times the cosine and the sine of how much further than a steady tone each of them turned.
 * Keeps the spectrum for ln_stft_synthesize. False where all sizes are 0: digital silence for a whole window. */
bool ln_stft_analyze(ln_stft *stft, const ln_front_end *front_end, const float *samples, float *features);

/* Gains [model_bins or bands], of every bin limited to min_gain..1, times the spectrum to one hop of samples,
 * synthesis_length - hop later. Bins above the model's get the square of the mean gain of its highest three eighths: 5 to 8 kHz of 16 kHz. Behind
 * the gains stand [phase.bins] more: each of the lowest bins is also multiplied by 1 + i (2 x - 1), which turns it by up to
 * 45 degrees. */
void ln_stft_synthesize(ln_stft *stft, const ln_front_end *front_end, const float *gains, float *samples);

#endif

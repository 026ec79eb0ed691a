/* front.h - the table of the front end's functions: what surrounds the integers, in float32.
 *
 * As with kernels and elements, the scalar functions (front_scalar.c, fft.c) are the meaning; front_lanes.h holds the
 * same operations on vectors of any length, and front_<isa>.c makes them for one instruction set. Every element goes
 * through the same operations in the same order, none contracted, so all forms give the same bits; test_front.c
 * compares them.
 *
 * The contract: every buffer is aligned to 64 bytes and, if of bins, padded to whole vectors of 16, which may be read
 * and overwritten with anything. Three lie anywhere and are not padded: the samples that come and go, what stands
 * behind the features and gains of all bins or bands, namely those of the lowest ones' phase, and the gains of bands.
 * Vectors need windows that are multiples of 32 and at least LN_FRONT_LEAST_WINDOW, and hops of at least LN_FRONT_LEAST_HOP;
 * the loader gives others to the scalar form. */
#ifndef LN_FRONT_H
#define LN_FRONT_H

#include <string.h>

#include "front/fft.h"

#define LN_FRONT_LEAST_WINDOW 128u
#define LN_FRONT_LEAST_HOP 16u
#define LN_FRONT_SPARE 16u /* floats: a vector that begins at the last bin ends there */
#define LN_LOUDEST_SAMPLE 4.0f /* 12 dB over full scale: what is beyond is no sound, and may not reach the features */
#define LN_PHASE_FADES 1e-9f   /* where |X| |X of the frame before| is far below it, there is no phase to speak of */

/* The lowest bins, whose phase is heard and turned; none where `bins` is 0. */
typedef struct ln_phase {
    uint32_t bins;
    const float *cosine, *sine; /* [bins] of how far a steady tone in the middle of a bin turns from frame to frame */
} ln_phase;

/* Neighbouring bins that are shown as their mean and have one gain; none where `count` is 0, else at least two. Between
 * the middles of band b and the next lie the bins from[b] to before from[b + 1]; share says how far, 0..1. */
typedef struct ln_bands {
    uint32_t count;
    const uint16_t *starts; /* [count + 1] their first bins, and the number of all bins */
    const float *part;      /* [count] of one bin in the mean */
    const uint16_t *from;   /* [count] */
    const float *share;     /* [bins], and LN_FRONT_SPARE more that may be read */
} ln_bands;

typedef struct ln_front {
    /* history [window] moves on by a hop; new samples come in cleaned: NaN and infinity are 0, the rest is within
     * +-LN_LOUDEST_SAMPLE. frame = history * analysis. */
    void (*take)(const float *samples, uint32_t window, uint32_t hop, float *history, const float *analysis,
                 float *frame);
    void (*forward)(const ln_fft *fft, const float *samples, float *re, float *im, float *work);
    /* features = |re + i im|, and its square root `roots` times. */
    void (*magnitudes)(const float *re, const float *im, uint32_t bins, uint32_t roots, float *features);
    /* The sum of eight sums side by side, and of the bins left over. */
    float (*sum)(const float *values, uint32_t bins);
    void (*divide)(float *values, uint32_t bins, float by);
    /* For every bin of `phase` its feature times cosine, turned [bins], and sine, turned + bins [bins], of how much
     * further it turned since the spectrum `before` than a steady tone would have. Then `before` is this spectrum. */
    void (*phases)(const ln_phase *phase, ln_parts spectrum, ln_parts before, const float *features, float *turned);
    /* re + i im times 1 + i (2 turns - 1). */
    void (*turn)(const float *turns, uint32_t bins, float *re, float *im);
    /* Gains of bins [bins] from those of bands, along straight lines between their middles. What lies up to LN_FRONT_SPARE
     * behind the padded bins is overwritten, too. */
    void (*spread)(const ln_bands *bands, const float *gains, float *of_bins);
    /* re, im times their gain, limited to min_gain..1. */
    void (*gain)(const float *gains, float min_gain, uint32_t bins, float *re, float *im);
    void (*inverse)(const ln_fft *fft, const float *re, const float *im, float *samples, float *work);
    /* frame * synthesis, both [length], is added to overlap [length - hop]; its first hop goes to samples, the rest moves
     * up. Neither lies at an aligned place where the length is not the window's. */
    void (*give)(const float *frame, const float *synthesis, uint32_t length, uint32_t hop, float *overlap,
                 float *samples);
} ln_front;

extern const ln_front ln_front_scalar;
extern const ln_front ln_front_avx2;
extern const ln_front ln_front_avx512;
extern const ln_front ln_front_neon;
extern const ln_front ln_front_simd128;

/* The cleaning of one sample: the meaning. */
static inline float ln_clean(float sample) {
    if (!(sample - sample == 0.0f)) return 0.0f;
    return sample > LN_LOUDEST_SAMPLE ? LN_LOUDEST_SAMPLE : sample < -LN_LOUDEST_SAMPLE ? -LN_LOUDEST_SAMPLE : sample;
}

/* The largest magnitude of samples that are finite, or `loudest` where that is larger. Finite magnitudes are ordered as
 * their bits are, so compilers make vectors of this. */
static inline float ln_louder(const float *samples, uint32_t count, float loudest) {
    int32_t most;
    memcpy(&most, &loudest, sizeof most);
    for (uint32_t n = 0; n < count; n++) {
        int32_t bits;
        memcpy(&bits, samples + n, sizeof bits);
        bits &= 0x7FFFFFFF;
        bits = bits < 0x7F800000 ? bits : 0;
        most = bits > most ? bits : most;
    }
    memcpy(&loudest, &most, sizeof loudest);
    return loudest;
}

/* The end of every sum over bins: eight sums to one, then the bins behind them. */
static inline float ln_sum_up(const float s[8], const float *values, uint32_t from, uint32_t bins) {
    float total = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
    for (uint32_t i = from; i < bins; i++) total = total + values[i];
    return total;
}

#endif

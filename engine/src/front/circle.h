/* circle.h - the tables of the front end: angles and windows. Computed once, when a model is laid out, in double
 * precision; what runs afterwards has float32 only. */
#ifndef LN_CIRCLE_H
#define LN_CIRCLE_H

#include <stddef.h>
#include <stdint.h>

/* Cosine and sine of 2 pi k / size, k < size; size >= 4, a multiple of 4. */
void ln_angle(uint32_t k, uint32_t size, double *cosine, double *sine);

/* cosine[k], sine[k] of 2 pi k / size for k < size, rounded to float32. */
void ln_circle(uint32_t size, float *cosine, float *sine);

/* The same numbers once more, in the order in which the vectors of front_lanes.h meet them. A step of the transform
 * turns three of four values by w, w^2 and w^3; six numbers each: cosines and negative sines.
 *
 *     first step   [6][size/8]   side by side, one for each butterfly
 *     second step  [6][size/8]   each one four times, for the four neighbours that share it
 *     later steps  [n/4][6]      read one at a time, for a vector of neighbours
 *     pairs        [n/2][2]      the same, where an odd factor follows the radix-4 steps at twice its length */
size_t ln_twiddle_count(uint32_t size);
void ln_twiddles(uint32_t size, const float *cosine, const float *sine, float *twiddles);

/* As model files number them. */
enum { LN_RECTANGULAR, LN_SQRT_HANN, LN_ASYMMETRIC, LN_WINDOW_KINDS };

/* Of the window's end, so many samples come out. */
static inline uint32_t ln_synthesis_length(uint32_t window, uint32_t hop, uint32_t window_kind) {
    return window_kind == LN_ASYMMETRIC ? 2 * hop : window;
}

/* The windows before and after the transforms, each [window]; stft.py: analysis_window, synthesis_window. */
void ln_front_end_windows(uint32_t window, uint32_t hop, uint32_t window_kind, float *analysis, float *synthesis);

/* cosine[k], sine[k] of how far a steady tone in the middle of bin k turns within a hop, k < bins, to float32. */
void ln_steady_turns(uint32_t window, uint32_t hop, uint32_t bins, float *cosine, float *sine);

#endif

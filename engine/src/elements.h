/* elements.h - the table of element-wise functions: what nodes compute beside their matrices, one value at a time.
 *
 * As with kernels, elements_scalar.c is the meaning, bit for bit that of ir/interpreter.py; a faster twin for an
 * instruction set stands in elements_<isa>.c and is admitted by a test that finds it equal (test_elements.c).
 *
 * The contract of all of them: every buffer starts at a multiple of 64 bytes and is as long as its width rounded up
 * to a multiple of LN_PADDING. What lies behind the width may be read, has no effect, and may be overwritten with
 * anything. So vectors are always whole: a store of 32 bytes read back as 64 would cost more than the work itself. */
#ifndef LN_ELEMENTS_H
#define LN_ELEMENTS_H

#include "fixed.h"
#include "kernels.h"

/* A DiagonalRecurrence of `states` complex states: decays hold (Lambda_bar - 1) * 2^decay_shift. Wires and state hold
 * 2 * states numbers, real parts first; nothing lies between the parts, so nothing may be written behind the first. */
typedef struct ln_recurrence {
    uint32_t states;
    int out_shift; /* 0..31 */
    const int16_t *decay_re, *decay_im;
    const uint8_t *decay_shift; /* 0..46 */
} ln_recurrence;

typedef struct ln_sum {
    int source_shift, other_shift, shift; /* 0..15, 0..15, 0..31 */
} ln_sum;

typedef struct ln_elements {
    /* out[o] = requantize(sums[o], shift[o]) to 16 or 32 bits; shifts are -31..47. */
    void (*narrow16)(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out);
    void (*narrow32)(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out);
    /* sums[i] = weight[i] * x[i] + bias[i]; the loader has proven that it fits. */
    void (*scale)(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums);
    /* state += (Lambda_bar - 1) state + drive, saturated; out = requantize(state, out_shift) to 16 bits. */
    void (*recur)(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out);
    void (*relu)(const int16_t *x, uint32_t width, int16_t *out);
    /* Pairs of width / 2 real and imaginary parts: kept where re > 0, else 0. */
    void (*complex_relu)(const int16_t *x, uint32_t width, int16_t *out);
    /* out = requantize(x * sigmoid15(control), 15) */
    void (*gate)(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out);
    void (*add)(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out);
    void (*sigmoid)(const int16_t *z, uint32_t width, int16_t *out);
    /* clamp(floor(f * power + 1/2)) in float32, NaN gives 0; power is a power of two. */
    void (*quantize)(const float *f, float power, uint32_t width, int16_t *out);
    void (*dequantize)(const int16_t *codes, float power, uint32_t width, float *out);
} ln_elements;

extern const ln_elements ln_elements_scalar;
extern const ln_elements ln_elements_avx2;
extern const ln_elements ln_elements_avx512;
extern const ln_elements ln_elements_neon;
extern const ln_elements ln_elements_simd128;

/* One state of a recurrence: the meaning, and the rest behind the last whole vector. */
static inline void ln_recur_one(const ln_recurrence *r, uint32_t p, const int32_t *drive, int32_t *state,
                                int16_t *out) {
    const uint32_t q = r->states + p; /* the imaginary part */
    const int64_t re = state[p], im = state[q];
    const int64_t mu_re = r->decay_re[p], mu_im = r->decay_im[p];
    const int shift = r->decay_shift[p];
    const int64_t moved_re = ln_shift_right_round(mu_re * re - mu_im * im, shift);
    const int64_t moved_im = ln_shift_right_round(mu_re * im + mu_im * re, shift);
    state[p] = ln_saturate32(re + moved_re + drive[p]);
    state[q] = ln_saturate32(im + moved_im + drive[q]);
    out[p] = ln_saturate16(ln_shift_right_round(state[p], r->out_shift));
    out[q] = ln_saturate16(ln_shift_right_round(state[q], r->out_shift));
}

/* One pair of a complex ReLU, likewise. */
static inline void ln_complex_relu_one(const int16_t *x, uint32_t j, uint32_t pairs, int16_t *out) {
    const int16_t re = x[j], im = x[pairs + j];
    out[j] = re > 0 ? re : 0;
    out[pairs + j] = re > 0 ? im : 0;
}

#endif

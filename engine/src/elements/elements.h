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

#include "number/fixed.h"
#include "matrix/kernels.h"

/* A DiagonalRecurrence of `states` complex states: decays hold (Lambda_bar - 1) * 2^decay_shift. Wires and state hold
 * 2 * states numbers, real parts first; nothing lies between the parts, so nothing may be written behind the first. */
typedef struct ln_recurrence {
    uint32_t states;
    int out_shift; /* 0..31 */
    const int16_t *decay_re, *decay_im;
    const uint8_t *decay_shift; /* 0..46 */
} ln_recurrence;

/* A GatedRecurrence of `states` states, each of which stays within 24 bits. */
typedef struct ln_gated {
    uint32_t states;
    int out_shift; /* 0..31 */
} ln_gated;

typedef struct ln_sum {
    int source_shift, other_shift, shift; /* 0..15, 0..15, 0..31 */
} ln_sum;

/* What becomes of a matrix's sums where the nodes behind it are computed in one go (fusion.c). First comes the code
 * n = requantize(sums, shift) to 16 bits; then by kind, each step rounded and saturated as its node would:
 *
 *     LN_END_NARROW   n
 *     LN_END_SKIP     n + requantize(weight beside + bias, skip_shift), added as `how` says
 *     LN_END_GATE     beside sigmoid15(n) + other, likewise
 *     LN_END_SIGMOID  min(sigmoid15(n), 32767)
 *
 * and at last max(that, least): 0 for a ReLU, INT16_MIN for none. */
enum ln_end { LN_END_NONE, LN_END_NARROW, LN_END_SKIP, LN_END_GATE, LN_END_SIGMOID, LN_END_RECURRENCE };

typedef struct ln_finish {
    enum ln_end kind;
    int16_t least;
    bool shifts_right;   /* all of `shift` are within 2..31, as trained models have them */
    const int8_t *shift;
    const int16_t *beside, *other;
    const int8_t *weight, *skip_shift;
    const int32_t *bias;
    ln_sum how;
} ln_finish;

typedef struct ln_elements {
    /* out[o] = requantize(sums[o], shift[o]) to 16 or 32 bits; shifts are -31..47. */
    void (*narrow16)(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out);
    void (*narrow32)(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out);
    /* Codes to -128..127, in place: what follows all that writes a wire of 8 bits. */
    void (*saturate8)(uint32_t width, int16_t *codes);
    /* sums[i] = weight[i] * x[i] + bias[i]; the loader has proven that it fits. */
    void (*scale)(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums);
    /* state += (Lambda_bar - 1) state + drive, saturated; out = requantize(state, out_shift) to 16 bits. */
    void (*recur)(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out);
    /* state += round(sigmoid15(control) (sat24(candidate) - state) / 2^15); out = requantize(state, out_shift) to 16 bits.
     * A vector form may take the product apart: with d = 2^15 high + low it is sigmoid15 high, exact, and what is left,
     * sigmoid15 low, needs no more than 31 bits. */
    void (*recur_gated)(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out);
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
    /* All of a finish but LN_END_RECURRENCE; NULL where an instruction set computes node by node, as the next one. */
    void (*finish)(const ln_finish *f, const int32_t *sums, uint32_t width, int16_t *out);
    /* narrow32, recur and, where `rectified`, complex_relu. */
    void (*recur_sums)(const ln_recurrence *r, const int32_t *sums, const int8_t *shift, bool rectified, int32_t *state,
                       int16_t *out);
} ln_elements;

extern const ln_elements ln_elements_scalar;
extern const ln_elements ln_elements_words; /* for 32-bit processors; not on the staircase of cpu.c */
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
    const int64_t moved_re = ln_shift_right_round(ln_add64(ln_multiply64(mu_re, re), -ln_multiply64(mu_im, im)), shift);
    const int64_t moved_im = ln_shift_right_round(ln_add64(ln_multiply64(mu_re, im), ln_multiply64(mu_im, re)), shift);
    state[p] = ln_saturate32(re + moved_re + drive[p]);
    state[q] = ln_saturate32(im + moved_im + drive[q]);
    out[p] = ln_saturate16(ln_shift_right_round(state[p], r->out_shift));
    out[q] = ln_saturate16(ln_shift_right_round(state[q], r->out_shift));
}

/* One state of recur_sums, likewise. */
static inline void ln_recur_sums_one(const ln_recurrence *r, uint32_t p, const int32_t *sums, const int8_t *shift,
                                     bool rectified, int32_t *state, int16_t *out) {
    const uint32_t q = r->states + p;
    const int32_t drive[2] = {ln_saturate32(ln_rescale(sums[p], shift[p])), ln_saturate32(ln_rescale(sums[q], shift[q]))};
    const ln_recurrence one = {1, r->out_shift, r->decay_re + p, r->decay_im + p, r->decay_shift + p};
    int32_t both[2] = {state[p], state[q]};
    int16_t codes[2];
    ln_recur_one(&one, 0, drive, both, codes);
    const bool is_kept = !rectified || codes[0] > 0;
    state[p] = both[0], state[q] = both[1];
    out[p] = is_kept ? codes[0] : 0;
    out[q] = is_kept ? codes[1] : 0;
}

/* One pair of a complex ReLU, likewise. */
static inline void ln_complex_relu_one(const int16_t *x, uint32_t j, uint32_t pairs, int16_t *out) {
    const int16_t re = x[j], im = x[pairs + j];
    out[j] = re > 0 ? re : 0;
    out[pairs + j] = re > 0 ? im : 0;
}

#endif

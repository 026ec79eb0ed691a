/* elements_words.c - the element-wise functions for processors whose words have 32 bits, such as microcontrollers: the
 * bits of elements_scalar.c, in 32-bit arithmetic wherever that is proven to suffice. `linnet export c` uses them. */
#include "elements/elements.h"

/* floor(v / 2^shift + 1/2), shift 1..31: v >> (shift - 1), halved upward, without a sum that could overflow. */
static inline int32_t halved_up(int32_t v, int shift) {
    const int32_t doubled = v >> (shift - 1);
    return (doubled >> 1) + (doubled & 1);
}

static inline int32_t clamp16(int32_t v) { return v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v; }

/* A trained program shifts its sums by some ten bits; the rest of -31..47 takes the long way. */
static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    for (uint32_t o = 0; o < width; o++) {
        const bool is_short = shift[o] > 0 && shift[o] < 32;
        out[o] = is_short ? (int16_t)clamp16(halved_up(sums[o], shift[o])) : ln_saturate16(ln_rescale(sums[o], shift[o]));
    }
}

static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    for (uint32_t o = 0; o < width; o++) {
        const bool is_short = shift[o] > 0 && shift[o] < 32;
        out[o] = is_short ? halved_up(sums[o], shift[o]) : ln_saturate32(ln_rescale(sums[o], shift[o]));
    }
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i++) sums[i] = (int32_t)weight[i] * x[i] + bias[i];
}

/* floor(v / 2^shift + 1/2), shift 0..46, |v| < 2^49. */
static inline int64_t moved(int64_t v, int shift) {
    return shift == 0 ? v : ((v >> (shift - 1)) + 1) >> 1;
}

/* state + moved + drive, saturated. |moved| < 2^48, so the sum needs 64 bits. */
static inline int32_t stepped(int32_t state, int64_t by, int32_t drive) {
    return ln_saturate32((int64_t)state + by + drive);
}

static void recur(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    const int out_shift = r->out_shift;
    for (uint32_t p = 0; p < r->states; p++) {
        const uint32_t q = r->states + p;
        const int32_t re = state[p], im = state[q], mu_re = r->decay_re[p], mu_im = r->decay_im[p];
        const int shift = r->decay_shift[p];
        state[p] = stepped(re, moved((int64_t)mu_re * re - (int64_t)mu_im * im, shift), drive[p]);
        state[q] = stepped(im, moved((int64_t)mu_re * im + (int64_t)mu_im * re, shift), drive[q]);
        out[p] = (int16_t)clamp16(out_shift == 0 ? state[p] : halved_up(state[p], out_shift));
        out[q] = (int16_t)clamp16(out_shift == 0 ? state[q] : halved_up(state[q], out_shift));
    }
}

/* elements.h: the product in two parts. */
static void recur_gated(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out) {
    const int out_shift = r->out_shift;
    for (uint32_t p = 0; p < r->states; p++) {
        const int32_t v = candidates[p] > LN_MOST24 ? LN_MOST24 : candidates[p] < LN_LEAST24 ? LN_LEAST24 : candidates[p];
        const int32_t way = v - state[p], share = ln_sigmoid15(control[p]);
        const int32_t next = state[p] + share * (way >> 15) + ((share * (way & 0x7FFF) + (1 << 14)) >> 15);
        state[p] = next;
        out[p] = (int16_t)clamp16(out_shift == 0 ? next : halved_up(next, out_shift));
    }
}

static void saturate8(uint32_t width, int16_t *codes) {
    for (uint32_t i = 0; i < width; i++) codes[i] = ln_saturate8(codes[i]);
}

static void relu(const int16_t *x, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++) out[i] = x[i] > 0 ? x[i] : 0;
}

static void complex_relu(const int16_t *x, uint32_t width, int16_t *out) {
    for (uint32_t j = 0; j < width / 2; j++) ln_complex_relu_one(x, j, width / 2, out);
}

/* |x * sigmoid| <= 2^30, and a sigmoid of at most 1 leaves x within 16 bits. */
static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++) out[i] = (int16_t)((x[i] * ln_sigmoid15(control[i]) + (1 << 14)) >> 15);
}

/* Each side is at least -2^30 and less than 2^30, so the sum fits. */
static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    const int32_t times_x = 1 << how->source_shift, times_other = 1 << how->other_shift;
    for (uint32_t i = 0; i < width; i++) {
        const int32_t sum = x[i] * times_x + other[i] * times_other;
        out[i] = (int16_t)clamp16(how->shift == 0 ? sum : halved_up(sum, how->shift));
    }
}

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++) out[i] = (int16_t)clamp16(ln_sigmoid15(z[i]));
}

static void quantize(const float *f, float power, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++) {
        const float v = f[i] * power + 0.5f;
        const float limited = v >= 32767.0f ? 32767.0f : v >= -32768.0f ? v : v < -32768.0f ? -32768.0f : 0.0f;
        const int32_t toward_zero = (int32_t)limited;
        out[i] = (int16_t)(toward_zero - ((float)toward_zero > limited));
    }
}

static void dequantize(const int16_t *codes, float power, uint32_t width, float *out) {
    for (uint32_t i = 0; i < width; i++) out[i] = (float)codes[i] * power;
}

const ln_elements ln_elements_words = {
    .narrow16 = narrow16, .narrow32 = narrow32, .saturate8 = saturate8, .scale = scale,
    .recur = recur, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize};

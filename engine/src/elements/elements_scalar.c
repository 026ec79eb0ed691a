/* elements_scalar.c - the meaning of the element-wise functions, in plain C. */
#include "elements/elements.h"

static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    for (uint32_t o = 0; o < width; o++) out[o] = ln_saturate16(ln_rescale(sums[o], shift[o]));
}

static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    for (uint32_t o = 0; o < width; o++) out[o] = ln_saturate32(ln_rescale(sums[o], shift[o]));
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i++) sums[i] = ln_add32(ln_multiply32(weight[i], x[i]), bias[i]);
}

static void recur(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    for (uint32_t p = 0; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

static void recur_gated(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out) {
    for (uint32_t p = 0; p < r->states; p++) {
        const int64_t way = (int64_t)ln_saturate24(candidates[p]) - state[p];
        const int64_t next = state[p] + ln_shift_right_round(ln_multiply64(ln_sigmoid15(control[p]), way), 15);
        LN_HOLDS(LN_LEAST24 <= next && next <= LN_MOST24);
        state[p] = (int32_t)next;
        out[p] = ln_saturate16(ln_shift_right_round(next, r->out_shift));
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

static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++)
        out[i] = ln_saturate16(ln_shift_right_round((int64_t)x[i] * ln_sigmoid15(control[i]), 15));
}

static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    const int64_t times_x = ln_power64(how->source_shift), times_other = ln_power64(how->other_shift);
    for (uint32_t i = 0; i < width; i++)
        out[i] = ln_saturate16(ln_shift_right_round(x[i] * times_x + other[i] * times_other, how->shift));
}

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++) out[i] = ln_saturate16(ln_sigmoid15(z[i]));
}

static void quantize(const float *f, float power, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i++) {
        const float v = f[i] * power + 0.5f;
        const float limited = v >= 32767.0f ? 32767.0f : v >= -32768.0f ? v : v < -32768.0f ? -32768.0f : 0.0f;
        const int32_t toward_zero = (int32_t)limited;
        out[i] = ln_int16(toward_zero - ((float)toward_zero > limited));
    }
}

static void dequantize(const int16_t *codes, float power, uint32_t width, float *out) {
    for (uint32_t i = 0; i < width; i++) out[i] = (float)codes[i] * power;
}

const ln_elements ln_elements_scalar = {
    .narrow16 = narrow16, .narrow32 = narrow32, .saturate8 = saturate8, .scale = scale,
    .recur = recur, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize};

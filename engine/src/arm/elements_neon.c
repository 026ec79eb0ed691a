/* elements_neon.c - the element-wise functions with NEON: 8 codes at a time. sqrshl is requantize itself: to the right
 * it rounds as fixed.h does, as if with more bits than it has, to the left it saturates. */
#include <arm_neon.h>

#include "elements/elements.h"

/* 4 + 4 int32, saturated to 8 int16. */
static inline int16x8_t pack16(int32x4_t low, int32x4_t high) { return vqmovn_high_s32(vqmovn_s32(low), high); }

static inline int32x4_t widen_low(int16x8_t codes) { return vmovl_s16(vget_low_s16(codes)); }
static inline int32x4_t widen_high(int16x8_t codes) { return vmovl_high_s16(codes); }

/* Eight shifts, to the left where positive. */
static inline int16x8_t left_shifts(const int8_t *shift) { return vnegq_s16(vmovl_s8(vld1_s8(shift))); }

static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    for (uint32_t o = 0; o < width; o += 8) {
        const int16x8_t s = left_shifts(shift + o);
        vst1q_s16(out + o, pack16(vqrshlq_s32(vld1q_s32(sums + o), widen_low(s)),
                                  vqrshlq_s32(vld1q_s32(sums + o + 4), widen_high(s))));
    }
}

static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    for (uint32_t o = 0; o < width; o += 8) {
        const int16x8_t s = left_shifts(shift + o);
        vst1q_s32(out + o, vqrshlq_s32(vld1q_s32(sums + o), widen_low(s)));
        vst1q_s32(out + o + 4, vqrshlq_s32(vld1q_s32(sums + o + 4), widen_high(s)));
    }
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i += 8) {
        const int16x8_t codes = vld1q_s16(x + i), w = vmovl_s8(vld1_s8(weight + i));
        vst1q_s32(sums + i, vmlal_s16(vld1q_s32(bias + i), vget_low_s16(codes), vget_low_s16(w)));
        vst1q_s32(sums + i + 4, vmlal_high_s16(vld1q_s32(bias + i + 4), codes, w));
    }
}

/* Two int64 products moved right by their shifts, added to where the state stands and to what drives it. */
static inline int32x2_t moved(int64x2_t products, int64x2_t s, int32x2_t from, int32x2_t drive) {
    return vqmovn_s64(vaddq_s64(vrshlq_s64(products, s), vaddl_s32(from, drive)));
}

typedef struct complex_half {
    int32x2_t re, im;
} complex_half;

/* ln_recur_one for two states, without what leaves them. */
static inline complex_half recur2(complex_half state, complex_half mu, complex_half drive, int32x2_t shift) {
    const int64x2_t s = vmovl_s32(shift);
    const int64x2_t to_re = vmlsl_s32(vmull_s32(mu.re, state.re), mu.im, state.im);
    const int64x2_t to_im = vmlal_s32(vmull_s32(mu.re, state.im), mu.im, state.re);
    return (complex_half){moved(to_re, s, state.re, drive.re), moved(to_im, s, state.im, drive.im)};
}

/* Four states from `p` on, real and imaginary parts. */
static inline int32x4x2_t recur4(const ln_recurrence *r, uint32_t p, const int32_t *drive, const int32_t *state) {
    const uint32_t q = r->states + p;
    const int32x4_t re = vld1q_s32(state + p), im = vld1q_s32(state + q);
    const int32x4_t drive_re = vld1q_s32(drive + p), drive_im = vld1q_s32(drive + q);
    const int32x4_t mu_re = vmovl_s16(vld1_s16(r->decay_re + p)), mu_im = vmovl_s16(vld1_s16(r->decay_im + p));
    int32_t shifts;
    __builtin_memcpy(&shifts, r->decay_shift + p, sizeof shifts);
    const int32x4_t s = vnegq_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(shifts))))));
    const complex_half a = recur2((complex_half){vget_low_s32(re), vget_low_s32(im)},
                                  (complex_half){vget_low_s32(mu_re), vget_low_s32(mu_im)},
                                  (complex_half){vget_low_s32(drive_re), vget_low_s32(drive_im)}, vget_low_s32(s));
    const complex_half b = recur2((complex_half){vget_high_s32(re), vget_high_s32(im)},
                                  (complex_half){vget_high_s32(mu_re), vget_high_s32(mu_im)},
                                  (complex_half){vget_high_s32(drive_re), vget_high_s32(drive_im)}, vget_high_s32(s));
    return (int32x4x2_t){{vcombine_s32(a.re, b.re), vcombine_s32(a.im, b.im)}};
}

static void recur(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    const uint32_t in_vectors = r->states / 4 * 4;
    const int32x4_t s = vdupq_n_s32(-r->out_shift);
    for (uint32_t p = 0; p < in_vectors; p += 4) {
        const int32x4x2_t next = recur4(r, p, drive, state);
        for (uint32_t part = 0; part < 2; part++) {
            vst1q_s32(state + part * r->states + p, next.val[part]);
            vst1_s16(out + part * r->states + p, vqmovn_s32(vrshlq_s32(next.val[part], s)));
        }
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

static void saturate8(uint32_t width, int16_t *codes) {
    const int16x8_t least = vdupq_n_s16(INT8_MIN), most = vdupq_n_s16(INT8_MAX);
    for (uint32_t i = 0; i < width; i += 8)
        vst1q_s16(codes + i, vminq_s16(vmaxq_s16(vld1q_s16(codes + i), least), most));
}

static void relu(const int16_t *x, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8) vst1q_s16(out + i, vmaxq_s16(vld1q_s16(x + i), vdupq_n_s16(0)));
}

static void complex_relu(const int16_t *x, uint32_t width, int16_t *out) {
    const uint32_t pairs = width / 2, in_vectors = pairs / 8 * 8;
    for (uint32_t j = 0; j < in_vectors; j += 8) {
        const int16x8_t re = vld1q_s16(x + j), im = vld1q_s16(x + pairs + j);
        const int16x8_t is_kept = vreinterpretq_s16_u16(vcgtzq_s16(re));
        vst1q_s16(out + j, vandq_s16(is_kept, re));
        vst1q_s16(out + pairs + j, vandq_s16(is_kept, im));
    }
    for (uint32_t j = in_vectors; j < pairs; j++) ln_complex_relu_one(x, j, pairs, out);
}

/* An entry of the table and the next one, at each of four places. */
static inline uint16x8_t entries(const uint16_t *at) {
    uint32_t both[4];
    for (uint32_t i = 0; i < 4; i++) __builtin_memcpy(&both[i], ln_sigmoid_table + at[i], sizeof both[i]);
    return vreinterpretq_u16_u32(vld1q_u32(both));
}

/* fixed.h: ln_sigmoid15 of 8 codes. low + ((high - low) * fraction + 64 >> 7) stays below 2^16 because no step of the
 * table is larger than 512. */
static inline uint16x8_t sigmoid15(int16x8_t z) {
    const uint16x8_t place = veorq_u16(vreinterpretq_u16_s16(z), vdupq_n_u16(1u << 15));
    const uint16x8_t fraction = vandq_u16(place, vdupq_n_u16(127));
    uint16_t at[8];
    vst1q_u16(at, vshrq_n_u16(place, 7));
    const uint16x8_t first = entries(at), second = entries(at + 4);
    const uint16x8_t low = vuzp1q_u16(first, second), high = vuzp2q_u16(first, second);
    return vaddq_u16(low, vshrq_n_u16(vmlaq_u16(vdupq_n_u16(64), vsubq_u16(high, low), fraction), 7));
}

/* sqrdmulh is (x * s + 2^14) >> 15; 32768, which is 1 and no int16, leaves x as it is. */
static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8) {
        const int16x8_t codes = vld1q_s16(x + i);
        const uint16x8_t s = sigmoid15(vld1q_s16(control + i));
        vst1q_s16(out + i, vbslq_s16(vceqq_u16(s, vdupq_n_u16(1u << 15)), codes,
                                     vqrdmulhq_s16(codes, vreinterpretq_s16_u16(s))));
    }
}

/* elements.h: recur_gated of four states. rshrn rounds as fixed.h does, and what is left fits 32 bits. */
static inline int32x4_t recur_gated4(uint16x4_t shares, const int32_t *candidates, int32_t *state) {
    const int32x4_t most = vdupq_n_s32(LN_MOST24), least = vdupq_n_s32(LN_LEAST24);
    const int32x4_t h = vld1q_s32(state), v = vminq_s32(vmaxq_s32(vld1q_s32(candidates), least), most);
    const int32x4_t way = vsubq_s32(v, h), share = vreinterpretq_s32_u32(vmovl_u16(shares));
    const int32x2_t first = vrshrn_n_s64(vmull_s32(vget_low_s32(share), vget_low_s32(way)), 15);
    const int32x4_t next = vaddq_s32(h, vrshrn_high_n_s64(first, vmull_high_s32(share, way), 15));
    vst1q_s32(state, next);
    return next;
}

static void recur_gated(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out) {
    const int32x4_t s = vdupq_n_s32(-r->out_shift);
    for (uint32_t p = 0; p < r->states; p += 8) {
        const uint16x8_t shares = sigmoid15(vld1q_s16(control + p));
        const int32x4_t low = recur_gated4(vget_low_u16(shares), candidates + p, state + p);
        const int32x4_t high = recur_gated4(vget_high_u16(shares), candidates + p + 4, state + p + 4);
        vst1q_s16(out + p, pack16(vrshlq_s32(low, s), vrshlq_s32(high, s)));
    }
}

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8)
        vst1q_s16(out + i, vreinterpretq_s16_u16(vminq_u16(sigmoid15(vld1q_s16(z + i)), vdupq_n_u16(INT16_MAX))));
}

/* No overflow: two codes moved by at most 15 places sum to -2^31 at least. */
static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    const int32x4_t by_x = vdupq_n_s32(how->source_shift), by_other = vdupq_n_s32(how->other_shift);
    const int32x4_t s = vdupq_n_s32(-how->shift);
    for (uint32_t i = 0; i < width; i += 8) {
        const int16x8_t a = vld1q_s16(x + i), b = vld1q_s16(other + i);
        const int32x4_t low = vaddq_s32(vshlq_s32(widen_low(a), by_x), vshlq_s32(widen_low(b), by_other));
        const int32x4_t high = vaddq_s32(vshlq_s32(widen_high(a), by_x), vshlq_s32(widen_high(b), by_other));
        vst1q_s16(out + i, pack16(vrshlq_s32(low, s), vrshlq_s32(high, s)));
    }
}

/* fcvtms is floor, saturated to 32 bits, and makes 0 of NaN. */
static inline int32x4_t code_of(const float *f, float power) {
    return vcvtmq_s32_f32(vaddq_f32(vmulq_n_f32(vld1q_f32(f), power), vdupq_n_f32(0.5f)));
}

static void quantize(const float *f, float power, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8)
        vst1q_s16(out + i, pack16(code_of(f + i, power), code_of(f + i + 4, power)));
}

static void dequantize(const int16_t *codes, float power, uint32_t width, float *out) {
    for (uint32_t i = 0; i < width; i += 8) {
        const int16x8_t v = vld1q_s16(codes + i);
        vst1q_f32(out + i, vmulq_n_f32(vcvtq_f32_s32(widen_low(v)), power));
        vst1q_f32(out + i + 4, vmulq_n_f32(vcvtq_f32_s32(widen_high(v)), power));
    }
}

const ln_elements ln_elements_neon = {
    .narrow16 = narrow16, .narrow32 = narrow32, .saturate8 = saturate8, .scale = scale,
    .recur = recur, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize};

/* elements_simd128.c - the element-wise functions with the 128-bit vectors of WebAssembly: 8 codes at a time.
 *
 * These vectors shift all numbers by the same places only, and a row has a shift of its own. So what is shifted row by
 * row is multiplied by powers of two as float64, which is exact: a number of at most 47 bits, moved by at most 47
 * places, and the half added to it have no bit above 2^47 and none below 2^-47 that are not zero, and between their
 * highest and their lowest bit lie at most 53. Where that fails, to the left, the result is beyond 32 bits. */
#include <wasm_simd128.h>

#include "elements/elements.h"

typedef v128_t vec;

static inline vec load(const void *p) { return wasm_v128_load(p); }
static inline void store(void *p, vec v) { wasm_v128_store(p, v); }

/* Four int32 of four int16; of four bytes, with their signs. */
static inline vec codes_at(const int16_t *p) { return wasm_i32x4_load16x4(p); }
static inline vec bytes_at(const void *p) {
    return wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(p)));
}

/* The last two of four, in place of the first. */
static inline vec upper(vec v) { return wasm_i64x2_shuffle(v, v, 1, 1); }

/* Two float64 each: 2^-s of four shifts. The exponent's bits are the upper ones of the upper half. */
typedef struct powers {
    vec first, second;
} powers;

static inline powers powers_of(vec s) {
    const vec exponents = wasm_i32x4_shl(wasm_i32x4_sub(wasm_i32x4_splat(1023), s), 20), zero = wasm_i32x4_splat(0);
    return (powers){wasm_i32x4_shuffle(zero, exponents, 0, 4, 1, 5), wasm_i32x4_shuffle(zero, exponents, 2, 6, 3, 7)};
}

/* floor(v * power + 1/2), which is shift_right_round, of two float64. */
static inline vec scaled(vec v, vec power) {
    return wasm_f64x2_floor(wasm_f64x2_add(wasm_f64x2_mul(v, power), wasm_f64x2_splat(0.5)));
}

/* Two and two whole float64 saturated to four int32: 2^52 + 2^51 moves their bits down to the lower halves. (trunc_sat
 * would do it, but is ten instructions on x86.) */
static inline vec saturate32(vec first, vec second) {
    const vec most = wasm_f64x2_splat(INT32_MAX), least = wasm_f64x2_splat(INT32_MIN);
    const vec down = wasm_f64x2_splat(0x1.8p52);
    const vec low = wasm_f64x2_add(wasm_f64x2_pmin(wasm_f64x2_pmax(first, least), most), down);
    const vec high = wasm_f64x2_add(wasm_f64x2_pmin(wasm_f64x2_pmax(second, least), most), down);
    return wasm_i32x4_shuffle(low, high, 0, 2, 4, 6);
}

/* requantize to 32 bits. */
static inline vec rescaled(const int32_t *sums, const int8_t *shift) {
    const vec v = load(sums);
    const powers p = powers_of(bytes_at(shift));
    return saturate32(scaled(wasm_f64x2_convert_low_i32x4(v), p.first),
                      scaled(wasm_f64x2_convert_low_i32x4(upper(v)), p.second));
}

/* The same where no row moves to the left, so that nothing saturates. Adding 2^52 + 2^51 rounds to the nearest; the
 * quarter lifts what lies between two numbers to the upper one, and reaches nothing else. */
static inline vec rescaled_to_right(const int32_t *sums, const int8_t *shift) {
    const vec v = load(sums), quarter = wasm_f64x2_splat(0.25), down = wasm_f64x2_splat(0x1.8p52);
    const powers p = powers_of(bytes_at(shift));
    const vec first = wasm_f64x2_mul(wasm_f64x2_add(wasm_f64x2_convert_low_i32x4(v), quarter), p.first);
    const vec second = wasm_f64x2_mul(wasm_f64x2_add(wasm_f64x2_convert_low_i32x4(upper(v)), quarter), p.second);
    return wasm_i32x4_shuffle(wasm_f64x2_add(first, down), wasm_f64x2_add(second, down), 0, 2, 4, 6);
}

/* Whether all rows move to the right, and those behind them up to the next multiple of eight. */
static bool moves_to_right(const int8_t *shift, uint32_t width) {
    vec all = wasm_i32x4_splat(0);
    for (uint32_t o = 0; o < width; o += 8) all = wasm_v128_or(all, wasm_v128_load64_zero(shift + o));
    return wasm_i8x16_bitmask(all) == 0;
}

static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    if (moves_to_right(shift, width))
        for (uint32_t o = 0; o < width; o += 8)
            store(out + o, wasm_i16x8_narrow_i32x4(rescaled_to_right(sums + o, shift + o),
                                                   rescaled_to_right(sums + o + 4, shift + o + 4)));
    else
        for (uint32_t o = 0; o < width; o += 8)
            store(out + o, wasm_i16x8_narrow_i32x4(rescaled(sums + o, shift + o), rescaled(sums + o + 4, shift + o + 4)));
}

static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    if (moves_to_right(shift, width))
        for (uint32_t o = 0; o < width; o += 4) store(out + o, rescaled_to_right(sums + o, shift + o));
    else
        for (uint32_t o = 0; o < width; o += 4) store(out + o, rescaled(sums + o, shift + o));
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i += 8) {
        const vec codes = load(x + i), w = wasm_i16x8_load8x8(weight + i);
        store(sums + i, wasm_i32x4_add(wasm_i32x4_extmul_low_i16x8(codes, w), load(bias + i)));
        store(sums + i + 4, wasm_i32x4_add(wasm_i32x4_extmul_high_i16x8(codes, w), load(bias + i + 4)));
    }
}

/* fixed.h: ln_shift_right_round of four int32, all by the same 0..31 places: v >> s and the bit below it added. */
static inline vec shift_right_round(vec v, int s) {
    if (s == 0) return v;
    const vec below = wasm_v128_and(wasm_i32x4_shr(v, (uint32_t)s - 1), wasm_i32x4_splat(1));
    return wasm_i32x4_add(wasm_i32x4_shr(v, (uint32_t)s), below);
}

typedef struct complex_half {
    vec re, im;
} complex_half;

static inline complex_half as_float64(vec re, vec im) {
    return (complex_half){wasm_f64x2_convert_low_i32x4(re), wasm_f64x2_convert_low_i32x4(im)};
}

/* ln_recur_one for two states in float64, before saturation. */
static inline complex_half recur2(complex_half mu, complex_half state, complex_half drive, vec power) {
    const vec to_re = wasm_f64x2_sub(wasm_f64x2_mul(mu.re, state.re), wasm_f64x2_mul(mu.im, state.im));
    const vec to_im = wasm_f64x2_add(wasm_f64x2_mul(mu.re, state.im), wasm_f64x2_mul(mu.im, state.re));
    return (complex_half){wasm_f64x2_add(wasm_f64x2_add(state.re, scaled(to_re, power)), drive.re),
                          wasm_f64x2_add(wasm_f64x2_add(state.im, scaled(to_im, power)), drive.im)};
}

/* Four states from `p` on. */
static inline complex_half recur4(const ln_recurrence *r, uint32_t p, const int32_t *drive, const int32_t *state) {
    const uint32_t q = r->states + p;
    const vec mu_re = codes_at(r->decay_re + p), mu_im = codes_at(r->decay_im + p);
    const vec re = load(state + p), im = load(state + q), drive_re = load(drive + p), drive_im = load(drive + q);
    const powers by = powers_of(bytes_at(r->decay_shift + p));
    const complex_half a = recur2(as_float64(mu_re, mu_im), as_float64(re, im),
                                  as_float64(drive_re, drive_im), by.first);
    const complex_half b = recur2(as_float64(upper(mu_re), upper(mu_im)), as_float64(upper(re), upper(im)),
                                  as_float64(upper(drive_re), upper(drive_im)), by.second);
    return (complex_half){saturate32(a.re, b.re), saturate32(a.im, b.im)};
}

static inline void put_states(const ln_recurrence *r, vec next, int32_t *state, int16_t *out) {
    store(state, next);
    const vec codes = wasm_i16x8_narrow_i32x4(shift_right_round(next, r->out_shift), next);
    wasm_v128_store64_lane(out, codes, 0);
}

static void recur(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    const uint32_t in_vectors = r->states / 4 * 4;
    for (uint32_t p = 0; p < in_vectors; p += 4) {
        const complex_half next = recur4(r, p, drive, state);
        put_states(r, next.re, state + p, out + p);
        put_states(r, next.im, state + r->states + p, out + r->states + p);
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

static void saturate8(uint32_t width, int16_t *codes) {
    const vec least = wasm_i16x8_splat(INT8_MIN), most = wasm_i16x8_splat(INT8_MAX);
    for (uint32_t i = 0; i < width; i += 8)
        store(codes + i, wasm_i16x8_min(wasm_i16x8_max(load(codes + i), least), most));
}

static void relu(const int16_t *x, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8) store(out + i, wasm_i16x8_max(load(x + i), wasm_i16x8_splat(0)));
}

static void complex_relu(const int16_t *x, uint32_t width, int16_t *out) {
    const uint32_t pairs = width / 2, in_vectors = pairs / 8 * 8;
    for (uint32_t j = 0; j < in_vectors; j += 8) {
        const vec re = load(x + j), im = load(x + pairs + j), is_kept = wasm_i16x8_gt(re, wasm_i16x8_splat(0));
        store(out + j, wasm_v128_and(is_kept, re));
        store(out + pairs + j, wasm_v128_and(is_kept, im));
    }
    for (uint32_t j = in_vectors; j < pairs; j++) ln_complex_relu_one(x, j, pairs, out);
}

/* An entry of the table and the next one, at each of the four places `at` holds from `first` on. */
#define ENTRIES(at, first)                                                                                            \
    wasm_u32x4_make(entry(wasm_u16x8_extract_lane(at, first)), entry(wasm_u16x8_extract_lane(at, first + 1)),         \
                    entry(wasm_u16x8_extract_lane(at, first + 2)), entry(wasm_u16x8_extract_lane(at, first + 3)))

static inline uint32_t entry(uint32_t place) {
    uint32_t both;
    __builtin_memcpy(&both, ln_sigmoid_table + place, sizeof both);
    return both;
}

/* fixed.h: ln_sigmoid15 of 8 codes, as uint16. low + ((high - low) * fraction + 64 >> 7) stays below 2^16 because no
 * step of the table is larger than 512. */
static inline vec sigmoid15(vec z) {
    const vec place = wasm_v128_xor(z, wasm_i16x8_splat(INT16_MIN));
    const vec fraction = wasm_v128_and(place, wasm_i16x8_splat(127)), at = wasm_u16x8_shr(place, 7);
    const vec first = ENTRIES(at, 0), second = ENTRIES(at, 4);
    const vec low = wasm_i16x8_shuffle(first, second, 0, 2, 4, 6, 8, 10, 12, 14);
    const vec high = wasm_i16x8_shuffle(first, second, 1, 3, 5, 7, 9, 11, 13, 15);
    const vec part = wasm_i16x8_add(wasm_i16x8_mul(wasm_i16x8_sub(high, low), fraction), wasm_i16x8_splat(64));
    return wasm_i16x8_add(low, wasm_u16x8_shr(part, 7));
}

/* q15mulr_sat is (x * s + 2^14) >> 15; 32768, which is 1 and no int16, leaves x as it is. */
static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8) {
        const vec codes = load(x + i), s = sigmoid15(load(control + i));
        const vec is_one = wasm_i16x8_eq(s, wasm_i16x8_splat(INT16_MIN));
        store(out + i, wasm_v128_bitselect(codes, wasm_i16x8_q15mulr_sat(codes, s), is_one));
    }
}

/* elements.h: recur_gated of four states in two products by -sigmoid15, which fits int16 where sigmoid15 is 2^15, too.
 * dot takes pairs of int16: the upper one of `back` is 0. */
static inline vec recur_gated4(vec back, const int32_t *candidates, int32_t *state) {
    const vec least = wasm_i32x4_splat(LN_LEAST24), most = wasm_i32x4_splat(LN_MOST24);
    const vec h = load(state), v = wasm_i32x4_min(wasm_i32x4_max(load(candidates), least), most);
    const vec way = wasm_i32x4_sub(v, h);
    const vec high = wasm_i32x4_dot_i16x8(wasm_i32x4_shr(way, 15), back);
    const vec low = wasm_i32x4_dot_i16x8(wasm_v128_and(way, wasm_i32x4_splat(0x7FFF)), back);
    const vec rest = wasm_i32x4_shr(wasm_i32x4_sub(wasm_i32x4_splat(1 << 14), low), 15);
    const vec next = wasm_i32x4_add(wasm_i32x4_sub(h, high), rest);
    store(state, next);
    return next;
}

static void recur_gated(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out) {
    for (uint32_t p = 0; p < r->states; p += 8) {
        const vec back = wasm_i16x8_neg(sigmoid15(load(control + p)));
        const vec low = recur_gated4(wasm_u32x4_extend_low_u16x8(back), candidates + p, state + p);
        const vec high = recur_gated4(wasm_u32x4_extend_high_u16x8(back), candidates + p + 4, state + p + 4);
        store(out + p, wasm_i16x8_narrow_i32x4(shift_right_round(low, r->out_shift), shift_right_round(high, r->out_shift)));
    }
}

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8)
        store(out + i, wasm_u16x8_min(sigmoid15(load(z + i)), wasm_i16x8_splat(INT16_MAX)));
}

/* No overflow: two codes moved by at most 15 places sum to -2^31 at least. */
static inline vec sum_of(const ln_sum *how, const int16_t *x, const int16_t *other) {
    const vec a = wasm_i32x4_shl(codes_at(x), (uint32_t)how->source_shift);
    const vec b = wasm_i32x4_shl(codes_at(other), (uint32_t)how->other_shift);
    return shift_right_round(wasm_i32x4_add(a, b), how->shift);
}

/* Of codes moved by at most 14 places, the powers being int16: one dot takes both. Nothing overflows: their sum is below
 * 2^30, and so is what is added for rounding. */
static void add_by_dot(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    const v128_t powers = wasm_i32x4_splat(1 << how->source_shift | 1 << (16 + how->other_shift));
    const v128_t half = wasm_i32x4_splat(how->shift > 0 ? 1 << (how->shift - 1) : 0);
    const uint32_t places = (uint32_t)how->shift;
    for (uint32_t i = 0; i < width; i += 8) {
        const vec a = load(x + i), b = load(other + i);
        const vec low = wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11), powers);
        const vec high = wasm_i32x4_dot_i16x8(wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15), powers);
        store(out + i, wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(wasm_i32x4_add(low, half), places),
                                               wasm_i32x4_shr(wasm_i32x4_add(high, half), places)));
    }
}

static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    if (how->source_shift <= 14 && how->other_shift <= 14) {
        add_by_dot(how, x, other, width, out);
        return;
    }
    for (uint32_t i = 0; i < width; i += 8)
        store(out + i, wasm_i16x8_narrow_i32x4(sum_of(how, x + i, other + i), sum_of(how, x + i + 4, other + i + 4)));
}

/* trunc_sat saturates to 32 bits and makes 0 of NaN. */
static inline vec code_of(const float *f, float power) {
    const vec v = wasm_f32x4_add(wasm_f32x4_mul(load(f), wasm_f32x4_splat(power)), wasm_f32x4_splat(0.5f));
    return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_floor(v));
}

static void quantize(const float *f, float power, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 8)
        store(out + i, wasm_i16x8_narrow_i32x4(code_of(f + i, power), code_of(f + i + 4, power)));
}

static void dequantize(const int16_t *codes, float power, uint32_t width, float *out) {
    for (uint32_t i = 0; i < width; i += 4)
        store(out + i, wasm_f32x4_mul(wasm_f32x4_convert_i32x4(codes_at(codes + i)), wasm_f32x4_splat(power)));
}

const ln_elements ln_elements_simd128 = {
    .narrow16 = narrow16, .narrow32 = narrow32, .saturate8 = saturate8, .scale = scale,
    .recur = recur, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize};

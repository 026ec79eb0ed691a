/* elements_avx512.c - the element-wise functions with AVX-512 (F, BW, DQ, VL): 32 codes or 16 sums at a time. */
#include <immintrin.h>

#include "elements.h"

typedef __m512i vec;

static inline vec load(const void *p) { return _mm512_loadu_si512(p); }
static inline void store(void *p, vec v) { _mm512_storeu_si512(p, v); }

/* 16 + 16 int32, saturated to 32 int16 in order: vpackssdw works within lanes of 128 bits, so these are put right. */
static inline vec pack16(vec low, vec high) {
    const vec order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    return _mm512_permutexvar_epi64(order, _mm512_packs_epi32(low, high));
}

static inline vec widen_low(vec codes) { return _mm512_cvtepi16_epi32(_mm512_castsi512_si256(codes)); }
static inline vec widen_high(vec codes) { return _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(codes, 1)); }

static inline vec shifts_at(const int8_t *shift) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)shift));
}

/* fixed.h: ln_shift_right_round for shifts 0..47 within 32 bits: floor(v / 2^s + 1/2) is v >> s and the bit below it
 * added. From 33 on both shifts leave copies of the sign, -1 + 1 or 0 + 0. With s = 0 there is no bit below. */
static inline vec shift_right_round(vec v, vec s) {
    const vec one = _mm512_set1_epi32(1);
    const __mmask16 rounds = _mm512_cmpgt_epi32_mask(s, _mm512_setzero_si512());
    const vec below = _mm512_maskz_and_epi32(rounds, _mm512_srav_epi32(v, _mm512_sub_epi32(s, one)), one);
    return _mm512_add_epi32(_mm512_srav_epi32(v, s), below);
}

/* requantize, all but the last saturation to 16 bits. To the left: a value beyond 16 bits stays beyond them, and 16
 * places take every other one but 0 there, so that saturating first and limiting the shift keeps it in 32 bits. */
static inline vec rescale16(vec v, vec s) {
    const vec right = shift_right_round(v, s);
    const __mmask16 is_left = _mm512_movepi32_mask(s);
    if (is_left == 0) return right;
    const vec limited = _mm512_max_epi32(_mm512_min_epi32(v, _mm512_set1_epi32(32767)), _mm512_set1_epi32(-32768));
    const vec places = _mm512_min_epi32(_mm512_sub_epi32(_mm512_setzero_si512(), s), _mm512_set1_epi32(16));
    return _mm512_mask_sllv_epi32(right, is_left, limited, places);
}

static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    for (uint32_t o = 0; o < width; o += 32)
        store(out + o, pack16(rescale16(load(sums + o), shifts_at(shift + o)),
                              rescale16(load(sums + o + 16), shifts_at(shift + o + 16))));
}

/* To the left: what does not come back from it has left 32 bits and becomes the rail of its sign. */
static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    for (uint32_t o = 0; o < width; o += 16) {
        const vec v = load(sums + o), s = shifts_at(shift + o), right = shift_right_round(v, s);
        const vec places = _mm512_sub_epi32(_mm512_setzero_si512(), s), left = _mm512_sllv_epi32(v, places);
        const __mmask16 is_left = _mm512_movepi32_mask(s);
        const __mmask16 is_beyond = _mm512_mask_cmpneq_epi32_mask(is_left, _mm512_srav_epi32(left, places), v);
        const vec rail = _mm512_xor_si512(_mm512_srai_epi32(v, 31), _mm512_set1_epi32(INT32_MAX));
        store(out + o, _mm512_mask_mov_epi32(_mm512_mask_mov_epi32(right, is_left, left), is_beyond, rail));
    }
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i += 32) {
        const vec codes = load(x + i);
        const vec low = _mm512_mullo_epi32(widen_low(codes), shifts_at(weight + i));
        const vec high = _mm512_mullo_epi32(widen_high(codes), shifts_at(weight + i + 16));
        store(sums + i, _mm512_add_epi32(low, load(bias + i)));
        store(sums + i + 16, _mm512_add_epi32(high, load(bias + i + 16)));
    }
}

/* Eight numbers widened to int64. */
static inline vec wide(const void *p) { return _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)p)); }
static inline vec wide16(const void *p) { return _mm512_cvtepi16_epi64(_mm_loadu_si128((const __m128i *)p)); }

typedef struct complex_half {
    __m256i re, im; /* eight int32 each */
} complex_half;

static inline __m256i moved(vec from, vec products, vec s, const int32_t *drive) {
    const vec half = _mm512_srli_epi64(_mm512_sllv_epi64(_mm512_set1_epi64(1), s), 1);
    const vec by = _mm512_srav_epi64(_mm512_add_epi64(products, half), s);
    return _mm512_cvtsepi64_epi32(_mm512_add_epi64(_mm512_add_epi64(from, by), wide(drive)));
}

/* ln_recur_one for eight states, without what leaves them. */
static inline complex_half recur8(const ln_recurrence *r, uint32_t p, const int32_t *drive, const int32_t *state) {
    const vec re = wide(state + p), im = wide(state + r->states + p);
    const vec mu_re = wide16(r->decay_re + p), mu_im = wide16(r->decay_im + p);
    const vec s = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(const void *)(r->decay_shift + p)));
    const vec to_re = _mm512_sub_epi64(_mm512_mul_epi32(mu_re, re), _mm512_mul_epi32(mu_im, im));
    const vec to_im = _mm512_add_epi64(_mm512_mul_epi32(mu_re, im), _mm512_mul_epi32(mu_im, re));
    return (complex_half){moved(re, to_re, s, drive + p), moved(im, to_im, s, drive + r->states + p)};
}

static inline vec whole(__m256i low, __m256i high) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

static void recur(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    const uint32_t in_vectors = r->states / 32 * 32;
    const vec s = _mm512_set1_epi32(r->out_shift);
    for (uint32_t p = 0; p < in_vectors; p += 32) {
        vec re[2], im[2];
        for (uint32_t i = 0; i < 2; i++) {
            const complex_half first = recur8(r, p + 16 * i, drive, state);
            const complex_half second = recur8(r, p + 16 * i + 8, drive, state);
            re[i] = whole(first.re, second.re), im[i] = whole(first.im, second.im);
        }
        for (uint32_t i = 0; i < 2; i++) store(state + p + 16 * i, re[i]), store(state + r->states + p + 16 * i, im[i]);
        store(out + p, pack16(shift_right_round(re[0], s), shift_right_round(re[1], s)));
        store(out + r->states + p, pack16(shift_right_round(im[0], s), shift_right_round(im[1], s)));
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

static void relu(const int16_t *x, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 32) store(out + i, _mm512_max_epi16(load(x + i), _mm512_setzero_si512()));
}

static void complex_relu(const int16_t *x, uint32_t width, int16_t *out) {
    const uint32_t pairs = width / 2, in_vectors = pairs / 32 * 32;
    for (uint32_t j = 0; j < in_vectors; j += 32) {
        const __mmask32 is_kept = _mm512_cmpgt_epi16_mask(load(x + j), _mm512_setzero_si512());
        store(out + j, _mm512_maskz_mov_epi16(is_kept, load(x + j)));
        store(out + pairs + j, _mm512_maskz_mov_epi16(is_kept, load(x + pairs + j)));
    }
    for (uint32_t j = in_vectors; j < pairs; j++) ln_complex_relu_one(x, j, pairs, out);
}

/* Entry `index` & 255 of 256 uint16, 64 at a time: two registers are one table of the permute. */
static inline vec look_up(const uint16_t *table, vec index, __mmask32 bit6, __mmask32 bit7) {
    vec part[4];
    for (uint32_t i = 0; i < 4; i++)
        part[i] = _mm512_permutex2var_epi16(load(table + 64 * i), index, load(table + 64 * i + 32));
    const vec low = _mm512_mask_mov_epi16(part[0], bit6, part[1]);
    return _mm512_mask_mov_epi16(low, bit7, _mm512_mask_mov_epi16(part[2], bit6, part[3]));
}

/* fixed.h: ln_sigmoid15 of 32 codes, as uint16: low + ((high - low) * fraction + 64 >> 7) stays below 2^16 because
 * no step of the table is larger than 512. The table has 512 steps and a permute sees 64 entries, so the upper half
 * is made of the lower by symmetry: table[i] = 32768 - table[512 - i], which test_elements.c checks. */
static inline vec sigmoid15(vec z) {
    const vec place = _mm512_xor_si512(z, _mm512_set1_epi16(INT16_MIN));
    const vec fraction = _mm512_and_si512(place, _mm512_set1_epi16(127));
    const __mmask32 is_upper = _mm512_movepi16_mask(place);
    const vec step = _mm512_srli_epi16(place, 7);
    const vec mirrored = _mm512_mask_sub_epi16(step, is_upper, _mm512_set1_epi16(511), step);
    const __mmask32 bit6 = _mm512_test_epi16_mask(mirrored, _mm512_set1_epi16(64));
    const __mmask32 bit7 = _mm512_test_epi16_mask(mirrored, _mm512_set1_epi16(128));
    const vec nearer = look_up(ln_sigmoid_table, mirrored, bit6, bit7);
    const vec farther = look_up(ln_sigmoid_table + 1, mirrored, bit6, bit7);
    const vec rise = _mm512_sub_epi16(farther, nearer);
    const vec low = _mm512_mask_sub_epi16(nearer, is_upper, _mm512_set1_epi16(INT16_MIN), farther);
    const vec part = _mm512_add_epi16(_mm512_mullo_epi16(rise, fraction), _mm512_set1_epi16(64));
    return _mm512_add_epi16(low, _mm512_srli_epi16(part, 7));
}

/* vpmulhrsw is (x * s + 2^14) >> 15; 32768, which is 1 and no int16, leaves x as it is. */
static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    const vec one = _mm512_set1_epi16(INT16_MIN);
    for (uint32_t i = 0; i < width; i += 32) {
        const vec codes = load(x + i), s = sigmoid15(load(control + i));
        store(out + i, _mm512_mask_mov_epi16(_mm512_mulhrs_epi16(codes, s), _mm512_cmpeq_epi16_mask(s, one), codes));
    }
}

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 32)
        store(out + i, _mm512_min_epu16(sigmoid15(load(z + i)), _mm512_set1_epi16(INT16_MAX)));
}

/* No overflow: two codes moved by at most 15 places sum to -2^31 at least. */
static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    const __m128i by_x = _mm_cvtsi32_si128(how->source_shift), by_other = _mm_cvtsi32_si128(how->other_shift);
    const vec s = _mm512_set1_epi32(how->shift);
    for (uint32_t i = 0; i < width; i += 32) {
        const vec a = load(x + i), b = load(other + i);
        const vec a0 = _mm512_sll_epi32(widen_low(a), by_x), b0 = _mm512_sll_epi32(widen_low(b), by_other);
        const vec a1 = _mm512_sll_epi32(widen_high(a), by_x), b1 = _mm512_sll_epi32(widen_high(b), by_other);
        store(out + i, pack16(shift_right_round(_mm512_add_epi32(a0, b0), s),
                              shift_right_round(_mm512_add_epi32(a1, b1), s)));
    }
}

/* The minimum takes its second operand where the first is NaN; what is left of NaN is masked out. */
static inline vec code_of(__m512 f, __m512 power) {
    const __m512 v = _mm512_add_ps(_mm512_mul_ps(f, power), _mm512_set1_ps(0.5f));
    const __mmask16 is_number = _mm512_cmp_ps_mask(v, v, _CMP_ORD_Q);
    const __m512 limited = _mm512_max_ps(_mm512_min_ps(v, _mm512_set1_ps(32767.0f)), _mm512_set1_ps(-32768.0f));
    return _mm512_maskz_cvt_roundps_epi32(is_number, limited, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

static void quantize(const float *f, float power, uint32_t width, int16_t *out) {
    const __m512 times = _mm512_set1_ps(power);
    for (uint32_t i = 0; i < width; i += 32)
        store(out + i, pack16(code_of(_mm512_loadu_ps(f + i), times), code_of(_mm512_loadu_ps(f + i + 16), times)));
}

static void dequantize(const int16_t *codes, float power, uint32_t width, float *out) {
    const __m512 times = _mm512_set1_ps(power);
    for (uint32_t i = 0; i < width; i += 32) {
        const vec v = load(codes + i);
        _mm512_storeu_ps(out + i, _mm512_mul_ps(_mm512_cvtepi32_ps(widen_low(v)), times));
        _mm512_storeu_ps(out + i + 16, _mm512_mul_ps(_mm512_cvtepi32_ps(widen_high(v)), times));
    }
}

const ln_elements ln_elements_avx512 = {
    .narrow16 = narrow16, .narrow32 = narrow32, .scale = scale, .recur = recur, .relu = relu,
    .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid, .quantize = quantize,
    .dequantize = dequantize};

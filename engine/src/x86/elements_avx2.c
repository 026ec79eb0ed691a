/* elements_avx2.c - the element-wise functions with AVX2: 16 codes or 8 sums at a time. */
#include "x86/vectors_avx2.h"

/* requantize, all but the last saturation to 16 bits. To the left: a value beyond 16 bits stays beyond them, and 16
 * places take every other one but 0 there, so that saturating first and limiting the shift keeps it in 32 bits. */
static inline vec rescale16(vec v, vec s) {
    const vec right = shift_right_round(v, s), is_left = _mm256_srai_epi32(s, 31);
    if (_mm256_testz_si256(is_left, is_left)) return right;
    const vec limited = _mm256_max_epi32(_mm256_min_epi32(v, _mm256_set1_epi32(32767)), _mm256_set1_epi32(-32768));
    const vec places = _mm256_min_epi32(_mm256_sub_epi32(_mm256_setzero_si256(), s), _mm256_set1_epi32(16));
    return _mm256_blendv_epi8(right, _mm256_sllv_epi32(limited, places), is_left);
}

/* 16 codes of sums. */
static inline vec narrowed(const int32_t *sums, const int8_t *shift) {
    return pack16(rescale16(load(sums), bytes_at(shift)), rescale16(load(sums + 8), bytes_at(shift + 8)));
}

static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    for (uint32_t o = 0; o < width; o += 16) store(out + o, narrowed(sums + o, shift + o));
}

/* The same where all shifts are within 2..31: ((v >> s - 1) + 1) >> 1, which has no overflow then. */
static inline vec moved_right(vec v, vec s) {
    const vec one = _mm256_set1_epi32(1);
    return _mm256_srai_epi32(_mm256_add_epi32(_mm256_srav_epi32(v, _mm256_sub_epi32(s, one)), one), 1);
}

static inline vec narrowed_right(const int32_t *sums, const int8_t *shift) {
    return pack16(moved_right(load(sums), bytes_at(shift)), moved_right(load(sums + 8), bytes_at(shift + 8)));
}

/* To the left: what does not come back from it has left 32 bits and becomes the rail of its sign. */
static inline vec rescale32(vec v, vec s) {
    const vec right = shift_right_round(v, s), is_left = _mm256_srai_epi32(s, 31);
    if (_mm256_testz_si256(is_left, is_left)) return right;
    const vec places = _mm256_sub_epi32(_mm256_setzero_si256(), s), left = _mm256_sllv_epi32(v, places);
    const vec is_within = _mm256_cmpeq_epi32(_mm256_srav_epi32(left, places), v);
    const vec rail = _mm256_xor_si256(_mm256_srai_epi32(v, 31), _mm256_set1_epi32(INT32_MAX));
    return _mm256_blendv_epi8(right, _mm256_blendv_epi8(rail, left, is_within), is_left);
}

static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    for (uint32_t o = 0; o < width; o += 8) store(out + o, rescale32(load(sums + o), bytes_at(shift + o)));
}

/* Both factors fit 16 bits, and vpmaddwd with zeros beside them multiplies sooner than vpmulld. */
static inline vec scaled(const int16_t *x, const int8_t *weight, const int32_t *bias) {
    const vec codes = _mm256_and_si256(widen(x), _mm256_set1_epi32(0xFFFF));
    return _mm256_add_epi32(_mm256_madd_epi16(codes, bytes_at(weight)), load(bias));
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i += 8) store(sums + i, scaled(x + i, weight + i, bias + i));
}

/* Four numbers widened to int64. */
static inline vec wide(const int32_t *p) { return _mm256_cvtepi32_epi64(load_half(p)); }
static inline vec wide16(const int16_t *p) { return _mm256_cvtepi16_epi64(load_quarter(p)); }

/* AVX2 shifts int64 right without signs only: 2^63 is added before and its quotient taken off behind. */
static inline vec shift_right64(vec v, vec s) {
    const vec sign = _mm256_set1_epi64x(INT64_MIN);
    return _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(v, sign), s), _mm256_srlv_epi64(sign, s));
}

/* Four int64 saturated to int32. */
static inline __m128i saturate32(vec v) {
    const vec most = _mm256_set1_epi64x(INT32_MAX), least = _mm256_set1_epi64x(INT32_MIN);
    const vec below = _mm256_blendv_epi8(v, most, _mm256_cmpgt_epi64(v, most));
    const vec within = _mm256_blendv_epi8(below, least, _mm256_cmpgt_epi64(least, below));
    const vec even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    return _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(within, even));
}

typedef struct complex_half {
    __m128i re, im; /* four int32 each */
} complex_half;

static inline __m128i moved(vec from, vec products, vec s, const int32_t *drive) {
    const vec half = _mm256_srli_epi64(_mm256_sllv_epi64(_mm256_set1_epi64x(1), s), 1);
    const vec by = shift_right64(_mm256_add_epi64(products, half), s);
    return saturate32(_mm256_add_epi64(_mm256_add_epi64(from, by), wide(drive)));
}

/* ln_recur_one for four states, without what leaves them. */
static inline complex_half recur4(const ln_recurrence *r, uint32_t p, const int32_t *const drive[2],
                                  const int32_t *state) {
    const vec re = wide(state + p), im = wide(state + r->states + p);
    const vec mu_re = wide16(r->decay_re + p), mu_im = wide16(r->decay_im + p);
    int32_t shifts;
    __builtin_memcpy(&shifts, r->decay_shift + p, sizeof shifts);
    const vec s = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(shifts));
    const vec to_re = _mm256_sub_epi64(_mm256_mul_epi32(mu_re, re), _mm256_mul_epi32(mu_im, im));
    const vec to_im = _mm256_add_epi64(_mm256_mul_epi32(mu_re, im), _mm256_mul_epi32(mu_im, re));
    return (complex_half){moved(re, to_re, s, drive[0]), moved(im, to_im, s, drive[1])};
}

/* Sixteen states from `p` on, their drives' parts at drive[0] and drive[1]. */
static inline void recur16(const ln_recurrence *r, uint32_t p, const int32_t *const drive[2], bool rectified,
                           int32_t *state, int16_t *out) {
    const vec s = _mm256_set1_epi32(r->out_shift);
    vec re[2], im[2];
    for (uint32_t i = 0; i < 2; i++) {
        const int32_t *const first_drive[2] = {drive[0] + 8 * i, drive[1] + 8 * i};
        const int32_t *const second_drive[2] = {drive[0] + 8 * i + 4, drive[1] + 8 * i + 4};
        const complex_half first = recur4(r, p + 8 * i, first_drive, state);
        const complex_half second = recur4(r, p + 8 * i + 4, second_drive, state);
        re[i] = _mm256_set_m128i(second.re, first.re), im[i] = _mm256_set_m128i(second.im, first.im);
    }
    for (uint32_t i = 0; i < 2; i++) store(state + p + 8 * i, re[i]), store(state + r->states + p + 8 * i, im[i]);
    const vec re_out = pack16(shift_right_round(re[0], s), shift_right_round(re[1], s));
    const vec im_out = pack16(shift_right_round(im[0], s), shift_right_round(im[1], s));
    const vec is_kept = _mm256_cmpgt_epi16(re_out, _mm256_setzero_si256());
    store(out + p, rectified ? _mm256_and_si256(re_out, is_kept) : re_out);
    store(out + r->states + p, rectified ? _mm256_and_si256(im_out, is_kept) : im_out);
}

static void recur(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    const uint32_t in_vectors = r->states / 16 * 16;
    for (uint32_t p = 0; p < in_vectors; p += 16) {
        const int32_t *const drives[2] = {drive + p, drive + r->states + p};
        recur16(r, p, drives, false, state, out);
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

static void recur_sums(const ln_recurrence *r, const int32_t *sums, const int8_t *shift, bool rectified, int32_t *state,
                       int16_t *out) {
    const uint32_t in_vectors = r->states / 16 * 16;
    for (uint32_t p = 0; p < in_vectors; p += 16) {
        _Alignas(32) int32_t narrow[2][16];
        const int32_t *const drives[2] = {narrow[0], narrow[1]};
        narrow32(sums + p, shift + p, 16, narrow[0]);
        narrow32(sums + r->states + p, shift + r->states + p, 16, narrow[1]);
        recur16(r, p, drives, rectified, state, out);
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_sums_one(r, p, sums, shift, rectified, state, out);
}

static void recur_gated(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out) {
    for (uint32_t p = 0; p < r->states; p += 16)
        store(out + p, recur_gated16(r, load(control + p), candidates + p, state + p));
}

static void saturate8(uint32_t width, int16_t *codes) {
    const vec least = _mm256_set1_epi16(INT8_MIN), most = _mm256_set1_epi16(INT8_MAX);
    for (uint32_t i = 0; i < width; i += 16)
        store(codes + i, _mm256_min_epi16(_mm256_max_epi16(load(codes + i), least), most));
}

static void relu(const int16_t *x, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 16) store(out + i, _mm256_max_epi16(load(x + i), _mm256_setzero_si256()));
}

static void complex_relu(const int16_t *x, uint32_t width, int16_t *out) {
    const uint32_t pairs = width / 2, in_vectors = pairs / 16 * 16;
    for (uint32_t j = 0; j < in_vectors; j += 16) {
        const vec is_kept = _mm256_cmpgt_epi16(load(x + j), _mm256_setzero_si256());
        store(out + j, _mm256_and_si256(is_kept, load(x + j)));
        store(out + pairs + j, _mm256_and_si256(is_kept, load(x + pairs + j)));
    }
    for (uint32_t j = in_vectors; j < pairs; j++) ln_complex_relu_one(x, j, pairs, out);
}

static inline vec gated_half(const int16_t *x, __m128i control) {
    const vec product = _mm256_mullo_epi32(widen(x), sigmoid15(control));
    return _mm256_srai_epi32(_mm256_add_epi32(product, _mm256_set1_epi32(1 << 14)), 15);
}

static inline vec gated(const int16_t *x, vec control) {
    return pack16(gated_half(x, half_of(control, 0)), gated_half(x + 8, half_of(control, 1)));
}

static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 16) store(out + i, gated(x + i, load(control + i)));
}

static inline vec sigmoid_codes(vec z) { return pack16(sigmoid15(half_of(z, 0)), sigmoid15(half_of(z, 1))); }

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 16) store(out + i, sigmoid_codes(load(z + i)));
}

/* As in elements_avx512.c: vpmaddwd multiplies each pair of codes by its powers of two and adds the products; even with
 * the half that rounds they stay below 2^31. 2^15 is no int16: there the codes are moved one by one. */
static inline vec added(const ln_sum *how, vec a, vec b) {
    const __m128i by_a = _mm_cvtsi32_si128(how->source_shift), by_b = _mm_cvtsi32_si128(how->other_shift);
    if (how->source_shift == 15 || how->other_shift == 15) {
        vec sum[2];
        for (int i = 0; i < 2; i++)
            sum[i] = shift_right_round(_mm256_add_epi32(_mm256_sll_epi32(_mm256_cvtepi16_epi32(half_of(a, i)), by_a),
                                                        _mm256_sll_epi32(_mm256_cvtepi16_epi32(half_of(b, i)), by_b)),
                                       _mm256_set1_epi32(how->shift));
        return pack16(sum[0], sum[1]);
    }
    const vec powers = _mm256_set1_epi32((1 << how->other_shift) * 65536 + (1 << how->source_shift));
    const vec half = _mm256_set1_epi32((int32_t)((1u << how->shift) >> 1));
    const __m128i by = _mm_cvtsi32_si128(how->shift);
    const vec low = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), powers), half);
    const vec high = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), powers), half);
    return _mm256_packs_epi32(_mm256_sra_epi32(low, by), _mm256_sra_epi32(high, by));
}

static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 16) store(out + i, added(how, load(x + i), load(other + i)));
}

/* n and then max(.., least), always inline for each kind. */
static inline __attribute__((always_inline)) void finish_as(const ln_finish *f, const int32_t *sums, uint32_t width,
                                                            enum ln_end kind, int16_t *out) {
    const ln_finish how = *f;
    const vec least = _mm256_set1_epi16(how.least);
    for (uint32_t i = 0; i < width; i += 16) {
        const int32_t *s = sums + i;
        vec v = how.shifts_right ? narrowed_right(s, how.shift + i) : narrowed(s, how.shift + i);
        if (kind == LN_END_SKIP) {
            const int16_t *u = how.beside + i;
            const int8_t *weight = how.weight + i, *shift = how.skip_shift + i;
            const vec low = rescale16(scaled(u, weight, how.bias + i), bytes_at(shift));
            const vec high = rescale16(scaled(u + 8, weight + 8, how.bias + i + 8), bytes_at(shift + 8));
            v = added(&how.how, v, pack16(low, high));
        }
        if (kind == LN_END_GATE) v = added(&how.how, gated(how.beside + i, v), load(how.other + i));
        if (kind == LN_END_SIGMOID) v = sigmoid_codes(v);
        store(out + i, _mm256_max_epi16(v, least));
    }
}

static void finish(const ln_finish *f, const int32_t *sums, uint32_t width, int16_t *out) {
    if (f->kind == LN_END_SKIP) finish_as(f, sums, width, LN_END_SKIP, out);
    else if (f->kind == LN_END_GATE) finish_as(f, sums, width, LN_END_GATE, out);
    else if (f->kind == LN_END_SIGMOID) finish_as(f, sums, width, LN_END_SIGMOID, out);
    else finish_as(f, sums, width, LN_END_NARROW, out);
}

/* The minimum takes its second operand where the first is NaN; what is left of NaN is masked out. */
static inline vec code_of(__m256 f, __m256 power) {
    const __m256 v = _mm256_add_ps(_mm256_mul_ps(f, power), _mm256_set1_ps(0.5f));
    const vec is_number = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_ORD_Q));
    const __m256 limited = _mm256_max_ps(_mm256_min_ps(v, _mm256_set1_ps(32767.0f)), _mm256_set1_ps(-32768.0f));
    return _mm256_and_si256(is_number, _mm256_cvttps_epi32(_mm256_floor_ps(limited)));
}

static void quantize(const float *f, float power, uint32_t width, int16_t *out) {
    const __m256 times = _mm256_set1_ps(power);
    for (uint32_t i = 0; i < width; i += 16)
        store(out + i, pack16(code_of(_mm256_loadu_ps(f + i), times), code_of(_mm256_loadu_ps(f + i + 8), times)));
}

static void dequantize(const int16_t *codes, float power, uint32_t width, float *out) {
    const __m256 times = _mm256_set1_ps(power);
    for (uint32_t i = 0; i < width; i += 8)
        _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(widen(codes + i)), times));
}

const ln_elements ln_elements_avx2 = {
    .narrow16 = narrow16, .narrow32 = narrow32, .saturate8 = saturate8, .scale = scale,
    .recur = recur, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize, .finish = finish, .recur_sums = recur_sums};

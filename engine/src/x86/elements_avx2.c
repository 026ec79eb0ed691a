/* elements_avx2.c - the element-wise functions with AVX2: 16 codes or 8 sums at a time. */
#include "x86/vectors_avx2.h"

/* recurrence_avx2.c */
void ln_recur_avx2(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out);
void ln_recur_sums_avx2(const ln_recurrence *r, const int32_t *sums, const int8_t *shift, bool rectified, int32_t *state,
                        int16_t *out);

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

/* vpmulhrsw is the gate, too, but for a sigmoid of 32768, which leaves a code as it is. */
static inline vec gated(const int16_t *x, vec control) {
    const vec s = sigmoid15(control), is_one = _mm256_cmpeq_epi16(s, _mm256_set1_epi16(INT16_MIN));
    return _mm256_blendv_epi8(_mm256_mulhrs_epi16(load(x), s), load(x), is_one);
}

static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 16) store(out + i, gated(x + i, load(control + i)));
}

static inline vec sigmoid_codes(vec z) { return _mm256_min_epu16(sigmoid15(z), _mm256_set1_epi16(INT16_MAX)); }

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
    .recur = ln_recur_avx2, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate, .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize, .finish = finish, .recur_sums = ln_recur_sums_avx2};

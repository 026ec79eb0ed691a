/* elements_avx512.c - the element-wise functions with AVX-512 (F, BW, DQ, VL): 32 codes or 16 sums at a time. */
#include "x86/vectors_avx512.h"

static void narrow16(const int32_t *sums, const int8_t *shift, uint32_t width, int16_t *out) {
    for (uint32_t o = 0; o < width; o += 32) store(out + o, narrowed(sums + o, shift + o));
}

static void narrow32(const int32_t *sums, const int8_t *shift, uint32_t width, int32_t *out) {
    for (uint32_t o = 0; o < width; o += 16) store(out + o, narrowed32(sums + o, shift + o));
}

/* Both factors fit 16 bits, and vpmaddwd with zeros beside them multiplies sooner than vpmulld. */
static inline vec scaled(vec codes, const int8_t *weight, const int32_t *bias) {
    const vec low_half = _mm512_set1_epi32(0xFFFF);
    return _mm512_add_epi32(_mm512_madd_epi16(_mm512_and_si512(codes, low_half), shifts_at(weight)), load(bias));
}

static void scale(const int16_t *x, const int8_t *weight, const int32_t *bias, uint32_t width, int32_t *sums) {
    for (uint32_t i = 0; i < width; i += 32) {
        const vec codes = load(x + i);
        store(sums + i, scaled(widen_low(codes), weight + i, bias + i));
        store(sums + i + 16, scaled(widen_high(codes), weight + i + 16, bias + i + 16));
    }
}

static void saturate8(uint32_t width, int16_t *codes) {
    const vec least = _mm512_set1_epi16(INT8_MIN), most = _mm512_set1_epi16(INT8_MAX);
    for (uint32_t i = 0; i < width; i += 32)
        store(codes + i, _mm512_min_epi16(_mm512_max_epi16(load(codes + i), least), most));
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

/* The lower half of the table of the sigmoid, and the same from its second entry on: read once for a whole vector of
 * codes, because half of these loads cross a line of the cache. */
typedef struct sigmoid_halves {
    vec nearer[8], farther[8];
} sigmoid_halves;

static inline __attribute__((always_inline)) sigmoid_halves read_sigmoid(void) {
    sigmoid_halves halves;
    for (uint32_t i = 0; i < 8; i++) {
        halves.nearer[i] = load(ln_sigmoid_table + 32 * i);
        halves.farther[i] = load(ln_sigmoid_table + 32 * i + 1);
    }
    return halves;
}

/* Entry `index` & 255 of 256 uint16, 64 at a time: two registers are one table of the permute. */
static inline __attribute__((always_inline)) vec look_up(const vec table[8], vec index, __mmask32 bit6, __mmask32 bit7) {
    vec part[4];
    for (uint32_t i = 0; i < 4; i++) part[i] = _mm512_permutex2var_epi16(table[2 * i], index, table[2 * i + 1]);
    const vec low = _mm512_mask_mov_epi16(part[0], bit6, part[1]);
    return _mm512_mask_mov_epi16(low, bit7, _mm512_mask_mov_epi16(part[2], bit6, part[3]));
}

/* fixed.h: ln_sigmoid15 of 32 codes, as uint16: low + ((high - low) * fraction + 64 >> 7) stays below 2^16 because
 * no step of the table is larger than 512. The table has 512 steps and a permute sees 64 entries, so the upper half
 * is made of the lower by symmetry: table[i] = 32768 - table[512 - i], which test_elements.c checks. */
static inline __attribute__((always_inline)) vec sigmoid15(const sigmoid_halves *halves, vec z) {
    const vec place = _mm512_xor_si512(z, _mm512_set1_epi16(INT16_MIN));
    const vec fraction = _mm512_and_si512(place, _mm512_set1_epi16(127));
    const __mmask32 is_upper = _mm512_movepi16_mask(place);
    const vec step = _mm512_srli_epi16(place, 7);
    const vec mirrored = _mm512_mask_sub_epi16(step, is_upper, _mm512_set1_epi16(511), step);
    const __mmask32 bit6 = _mm512_test_epi16_mask(mirrored, _mm512_set1_epi16(64));
    const __mmask32 bit7 = _mm512_test_epi16_mask(mirrored, _mm512_set1_epi16(128));
    const vec nearer = look_up(halves->nearer, mirrored, bit6, bit7);
    const vec farther = look_up(halves->farther, mirrored, bit6, bit7);
    const vec rise = _mm512_sub_epi16(farther, nearer);
    const vec low = _mm512_mask_sub_epi16(nearer, is_upper, _mm512_set1_epi16(INT16_MIN), farther);
    const vec part = _mm512_add_epi16(_mm512_mullo_epi16(rise, fraction), _mm512_set1_epi16(64));
    return _mm512_add_epi16(low, _mm512_srli_epi16(part, 7));
}

/* vpmulhrsw is (x * s + 2^14) >> 15; 32768, which is 1 and no int16, leaves x as it is. */
static inline __attribute__((always_inline)) vec gated(const sigmoid_halves *halves, vec codes, vec control) {
    const vec s = sigmoid15(halves, control);
    return _mm512_mask_mov_epi16(_mm512_mulhrs_epi16(codes, s), _mm512_movepi16_mask(s), codes);
}

static void gate(const int16_t *x, const int16_t *control, uint32_t width, int16_t *out) {
    const sigmoid_halves halves = read_sigmoid();
    for (uint32_t i = 0; i < width; i += 32) store(out + i, gated(&halves, load(x + i), load(control + i)));
}

/* elements.h: recur_gated of 16 states in two products by -sigmoid15, which fits int16 where sigmoid15 is 2^15, too.
 * vpmaddwd takes pairs of int16: the upper one of these factors is 0. */
static inline vec recur_gated16(__m256i back16, const int32_t *candidates, int32_t *state) {
    const vec least = _mm512_set1_epi32(LN_LEAST24), most = _mm512_set1_epi32(LN_MOST24);
    const vec h = load(state), v = _mm512_min_epi32(_mm512_max_epi32(load(candidates), least), most);
    const vec way = _mm512_sub_epi32(v, h), back = _mm512_cvtepu16_epi32(back16);
    const vec high = _mm512_madd_epi16(_mm512_srai_epi32(way, 15), back);
    const vec low = _mm512_madd_epi16(_mm512_and_si512(way, _mm512_set1_epi32(0x7FFF)), back);
    const vec rest = _mm512_srai_epi32(_mm512_sub_epi32(_mm512_set1_epi32(1 << 14), low), 15);
    const vec next = _mm512_add_epi32(_mm512_sub_epi32(h, high), rest);
    store(state, next);
    return next;
}

/* 32 states moved on; the codes that leave them. */
static inline __attribute__((always_inline)) vec recur_gated32(const sigmoid_halves *halves, const ln_gated *r,
                                                               vec control, const int32_t *candidates, int32_t *state) {
    const vec s = _mm512_set1_epi32(r->out_shift);
    const vec back = _mm512_sub_epi16(_mm512_setzero_si512(), sigmoid15(halves, control));
    const vec low = recur_gated16(_mm512_castsi512_si256(back), candidates, state);
    const vec high = recur_gated16(_mm512_extracti64x4_epi64(back, 1), candidates + 16, state + 16);
    return pack16(shift_right_round(low, s), shift_right_round(high, s));
}

static void recur_gated(const ln_gated *r, const int32_t *candidates, const int16_t *control, int32_t *state,
                        int16_t *out) {
    const sigmoid_halves halves = read_sigmoid();
    for (uint32_t p = 0; p < r->states; p += 32)
        store(out + p, recur_gated32(&halves, r, load(control + p), candidates + p, state + p));
}

static inline __attribute__((always_inline)) vec sigmoid_codes(const sigmoid_halves *halves, vec z) {
    return _mm512_min_epu16(sigmoid15(halves, z), _mm512_set1_epi16(INT16_MAX));
}

static void sigmoid(const int16_t *z, uint32_t width, int16_t *out) {
    const sigmoid_halves halves = read_sigmoid();
    for (uint32_t i = 0; i < width; i += 32) store(out + i, sigmoid_codes(&halves, load(z + i)));
}

/* Moves of 15 places: no overflow, two codes sum to -2^31 at least. */
static inline vec added_far(const ln_sum *how, vec a, vec b) {
    const __m128i by_a = _mm_cvtsi32_si128(how->source_shift), by_b = _mm_cvtsi32_si128(how->other_shift);
    const vec s = _mm512_set1_epi32(how->shift);
    const vec low = _mm512_add_epi32(_mm512_sll_epi32(widen_low(a), by_a), _mm512_sll_epi32(widen_low(b), by_b));
    const vec high = _mm512_add_epi32(_mm512_sll_epi32(widen_high(a), by_a), _mm512_sll_epi32(widen_high(b), by_b));
    return pack16(shift_right_round(low, s), shift_right_round(high, s));
}

/* Otherwise vpmaddwd multiplies each pair of codes by its powers of two and adds the products; even with the half that
 * rounds they stay below 2^31. What is unpacked within lanes of 128 bits is packed within them again. */
static inline vec added(const ln_sum *how, vec a, vec b) {
    if (how->source_shift == 15 || how->other_shift == 15) return added_far(how, a, b);
    const vec powers = _mm512_set1_epi32((1 << how->other_shift) * 65536 + (1 << how->source_shift));
    const vec half = _mm512_set1_epi32((int32_t)((1u << how->shift) >> 1));
    const __m128i by = _mm_cvtsi32_si128(how->shift);
    const vec low = _mm512_add_epi32(_mm512_madd_epi16(_mm512_unpacklo_epi16(a, b), powers), half);
    const vec high = _mm512_add_epi32(_mm512_madd_epi16(_mm512_unpackhi_epi16(a, b), powers), half);
    return _mm512_packs_epi32(_mm512_sra_epi32(low, by), _mm512_sra_epi32(high, by));
}

static void add(const ln_sum *how, const int16_t *x, const int16_t *other, uint32_t width, int16_t *out) {
    for (uint32_t i = 0; i < width; i += 32) store(out + i, added(how, load(x + i), load(other + i)));
}

/* n and then max(.., least), always inline for each kind. */
static inline __attribute__((always_inline)) void finish_as(const ln_finish *f, const int32_t *sums, uint32_t width,
                                                            enum ln_end kind, int16_t *out) {
    const ln_finish how = *f;
    const vec least = _mm512_set1_epi16(how.least);
    sigmoid_halves halves;
    if (kind == LN_END_GATE || kind == LN_END_SIGMOID) halves = read_sigmoid();
    for (uint32_t i = 0; i < width; i += 32) {
        const int32_t *s = sums + i;
        vec v = how.shifts_right ? narrowed_right(s, how.shift + i) : narrowed(s, how.shift + i);
        if (kind == LN_END_SKIP) {
            const vec u = load(how.beside + i);
            const int8_t *weight = how.weight + i, *shift = how.skip_shift + i;
            const vec low = rescale16(scaled(widen_low(u), weight, how.bias + i), shifts_at(shift));
            const vec high = rescale16(scaled(widen_high(u), weight + 16, how.bias + i + 16), shifts_at(shift + 16));
            v = added(&how.how, v, pack16(low, high));
        }
        if (kind == LN_END_GATE) v = added(&how.how, gated(&halves, load(how.beside + i), v), load(how.other + i));
        if (kind == LN_END_SIGMOID) v = sigmoid_codes(&halves, v);
        store(out + i, _mm512_max_epi16(v, least));
    }
}

static void finish(const ln_finish *f, const int32_t *sums, uint32_t width, int16_t *out) {
    if (f->kind == LN_END_SKIP) finish_as(f, sums, width, LN_END_SKIP, out);
    else if (f->kind == LN_END_GATE) finish_as(f, sums, width, LN_END_GATE, out);
    else if (f->kind == LN_END_SIGMOID) finish_as(f, sums, width, LN_END_SIGMOID, out);
    else finish_as(f, sums, width, LN_END_NARROW, out);
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
    .narrow16 = narrow16, .narrow32 = narrow32, .saturate8 = saturate8, .scale = scale,
    .recur = ln_recur_avx512, .recur_gated = recur_gated, .relu = relu, .complex_relu = complex_relu, .gate = gate,
    .add = add, .sigmoid = sigmoid,
    .quantize = quantize, .dequantize = dequantize, .finish = finish, .recur_sums = ln_recur_sums_avx512};

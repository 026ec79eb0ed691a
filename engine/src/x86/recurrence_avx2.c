/* recurrence_avx2.c - the diagonal recurrence with AVX2, four states at a time in float64, which is exact here.
 *
 * A product of 16 and 32 bits and the sum of two stay below 2^48. Divided by 2^s, s = 0..46, with one half added they are
 * multiples of 2^-s or 1/2 below 2^(49 - s), which the 53 bits of a float64 hold; so do the sums with state and drive, two
 * integers of 32 bits. floor(v / 2^s + 1/2) is then ln_shift_right_round itself. What is less than INT32_MIN is converted
 * to INT32_MIN. */
#include <immintrin.h>

#include "elements/elements.h"

typedef __m256i vec;

static inline vec load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, vec v) { _mm256_storeu_si256((__m256i *)p, v); }
static inline __m128i load_half(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
static inline __m128i load_quarter(const void *p) { return _mm_loadl_epi64((const __m128i *)p); }
static inline __m256d wide16(const int16_t *p) { return _mm256_cvtepi32_pd(_mm_cvtepi16_epi32(load_quarter(p))); }

/* Where a state stands: half 0 or 1 of eight int32. */
static inline __m128i half_of(vec v, int half) {
    return half == 0 ? _mm256_castsi256_si128(v) : _mm256_extracti128_si256(v, 1);
}

/* state + round(products * scale) + drive, saturated to 32 bits. */
static inline __m128i moved(__m256d state, __m256d products, __m256d scale, __m128i drive) {
    const __m256d by = _mm256_floor_pd(_mm256_add_pd(_mm256_mul_pd(products, scale), _mm256_set1_pd(0.5)));
    const __m256d sum = _mm256_add_pd(_mm256_add_pd(state, by), _mm256_cvtepi32_pd(drive));
    return _mm256_cvttpd_epi32(_mm256_min_pd(sum, _mm256_set1_pd(INT32_MAX)));
}

/* Eight int32 of each part. */
typedef struct complex_vec {
    vec re, im;
} complex_vec;

/* ln_recur_one for eight states, without what leaves them. */
static inline complex_vec recur8(const ln_recurrence *r, uint32_t p, complex_vec drive, const int32_t *state) {
    __m128i next[2][2];
    for (uint32_t i = 0; i < 2; i++) {
        const uint32_t q = p + 4 * i;
        int32_t shifts;
        __builtin_memcpy(&shifts, r->decay_shift + q, sizeof shifts);
        const vec s = _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(shifts)); /* 2^-s: 1023 - s is its exponent */
        const __m256d scale = _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_sub_epi64(_mm256_set1_epi64x(1023), s), 52));
        const __m256d re = _mm256_cvtepi32_pd(load_half(state + q));
        const __m256d im = _mm256_cvtepi32_pd(load_half(state + r->states + q));
        const __m256d mu_re = wide16(r->decay_re + q), mu_im = wide16(r->decay_im + q);
        const __m256d to_re = _mm256_sub_pd(_mm256_mul_pd(mu_re, re), _mm256_mul_pd(mu_im, im));
        const __m256d to_im = _mm256_add_pd(_mm256_mul_pd(mu_re, im), _mm256_mul_pd(mu_im, re));
        next[0][i] = moved(re, to_re, scale, half_of(drive.re, (int)i));
        next[1][i] = moved(im, to_im, scale, half_of(drive.im, (int)i));
    }
    return (complex_vec){_mm256_set_m128i(next[0][1], next[0][0]), _mm256_set_m128i(next[1][1], next[1][0])};
}

/* Codes of 16 states: (v >> s) and the bit below it added, which 32 bits hold whatever v is. */
static inline vec codes_of(vec first, vec second, int s) {
    const __m128i by = _mm_cvtsi32_si128(s), below = _mm_cvtsi32_si128(s - 1);
    const vec one = _mm256_set1_epi32(s > 0);
    const vec low = _mm256_and_si256(_mm256_sra_epi32(first, below), one);
    const vec high = _mm256_and_si256(_mm256_sra_epi32(second, below), one);
    const vec both = _mm256_packs_epi32(_mm256_add_epi32(_mm256_sra_epi32(first, by), low),
                                        _mm256_add_epi32(_mm256_sra_epi32(second, by), high));
    return _mm256_permute4x64_epi64(both, 0xD8);
}

/* Sixteen states from `p` on. */
static inline __attribute__((always_inline)) void recur16(const ln_recurrence *r, uint32_t p, const complex_vec drive[2],
                                                          bool rectified, int32_t *state, int16_t *out) {
    const complex_vec a = recur8(r, p, drive[0], state), b = recur8(r, p + 8, drive[1], state);
    store(state + p, a.re), store(state + p + 8, b.re);
    store(state + r->states + p, a.im), store(state + r->states + p + 8, b.im);
    const vec re = codes_of(a.re, b.re, r->out_shift), im = codes_of(a.im, b.im, r->out_shift);
    const vec is_kept = rectified ? _mm256_cmpgt_epi16(re, _mm256_setzero_si256()) : _mm256_set1_epi32(-1);
    store(out + p, _mm256_and_si256(re, is_kept));
    store(out + r->states + p, _mm256_and_si256(im, is_kept));
}

void ln_recur_avx2(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    const uint32_t in_vectors = r->states / 16 * 16;
    for (uint32_t p = 0; p < in_vectors; p += 16) {
        const int32_t *re = drive + p, *im = drive + r->states + p;
        const complex_vec drives[2] = {{load(re), load(im)}, {load(re + 8), load(im + 8)}};
        recur16(r, p, drives, false, state, out);
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

/* Whether 16 shifts are within 2..31, as trained models have them. */
static inline bool shift_right(const int8_t *shift) {
    const __m128i beyond = _mm_sub_epi8(load_half(shift), _mm_set1_epi8(2));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(beyond, _mm_set1_epi8(29)), beyond)) == 0xFFFF;
}

/* ((v >> s - 1) + 1) >> 1: rounded, for such shifts. */
static inline vec moved_right(const int32_t *sums, const int8_t *shift) {
    const vec one = _mm256_set1_epi32(1), s = _mm256_cvtepi8_epi32(load_quarter(shift));
    return _mm256_srai_epi32(_mm256_add_epi32(_mm256_srav_epi32(load(sums), _mm256_sub_epi32(s, one)), one), 1);
}

/* narrow32 of 16 sums. */
static inline void drive16(const int32_t *sums, const int8_t *shift, vec drive[2]) {
    if (shift_right(shift)) {
        for (uint32_t i = 0; i < 2; i++) drive[i] = moved_right(sums + 8 * i, shift + 8 * i);
        return;
    }
    _Alignas(32) int32_t narrow[16];
    ln_elements_avx2.narrow32(sums, shift, 16, narrow);
    for (uint32_t i = 0; i < 2; i++) drive[i] = load(narrow + 8 * i);
}

void ln_recur_sums_avx2(const ln_recurrence *r, const int32_t *sums, const int8_t *shift, bool rectified, int32_t *state,
                        int16_t *out) {
    const uint32_t n = r->states, in_vectors = n / 16 * 16;
    for (uint32_t p = 0; p < in_vectors; p += 16) {
        vec re[2], im[2];
        drive16(sums + p, shift + p, re);
        drive16(sums + n + p, shift + n + p, im);
        const complex_vec drives[2] = {{re[0], im[0]}, {re[1], im[1]}};
        recur16(r, p, drives, rectified, state, out);
    }
    for (uint32_t p = in_vectors; p < n; p++) ln_recur_sums_one(r, p, sums, shift, rectified, state, out);
}

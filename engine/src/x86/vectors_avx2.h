/* vectors_avx2.h - how numbers are loaded, narrowed and gated with AVX2, 16 codes or 8 sums at a time; what
 * elements_avx2.c is made of. */
#ifndef LN_VECTORS_AVX2_H
#define LN_VECTORS_AVX2_H

#include <immintrin.h>

#include "elements/elements.h"

typedef __m256i vec;

static inline vec load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, vec v) { _mm256_storeu_si256((__m256i *)p, v); }
static inline __m128i load_half(const void *p) { return _mm_loadu_si128((const __m128i *)p); }

/* 8 + 8 int32, saturated to 16 int16 in order: vpackssdw works within lanes of 128 bits, so these are put right. */
static inline vec pack16(vec low, vec high) { return _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8); }

static inline vec widen(const int16_t *codes) { return _mm256_cvtepi16_epi32(load_half(codes)); }
static inline __m128i load_quarter(const void *p) { return _mm_loadl_epi64((const __m128i *)p); }
static inline vec bytes_at(const int8_t *p) { return _mm256_cvtepi8_epi32(load_quarter(p)); }

/* fixed.h: ln_shift_right_round for shifts 0..47 within 32 bits: floor(v / 2^s + 1/2) is v >> s and the bit below it
 * added. From 33 on both shifts leave copies of the sign, -1 + 1 or 0 + 0. With s = 0 there is no bit below. */
static inline vec shift_right_round(vec v, vec s) {
    const vec one = _mm256_set1_epi32(1), rounds = _mm256_cmpgt_epi32(s, _mm256_setzero_si256());
    const vec below = _mm256_and_si256(_mm256_srav_epi32(v, _mm256_sub_epi32(s, one)), _mm256_and_si256(rounds, one));
    return _mm256_add_epi32(_mm256_srav_epi32(v, s), below);
}

/* fixed.h: ln_sigmoid15 of 16 codes, as uint16 of which 32768 is the largest. One fetch of 32 bits brings an entry of the
 * table and the next. vpmulhrsw is (a b + 2^14) >> 15: of their difference and the 7 bits between them, 8 places to the
 * left, that is the interpolation. Neighbours differ by less than 2^15. */
static inline vec sigmoid15(vec z) {
    const vec place = _mm256_xor_si256(z, _mm256_set1_epi16(INT16_MIN)), at = _mm256_srli_epi16(place, 7);
    const vec zero = _mm256_setzero_si256(), lower = _mm256_set1_epi32(0xFFFF);
    const int *table = (const int *)(const void *)ln_sigmoid_table;
    const vec a = _mm256_i32gather_epi32(table, _mm256_unpacklo_epi16(at, zero), 2);
    const vec b = _mm256_i32gather_epi32(table, _mm256_unpackhi_epi16(at, zero), 2);
    const vec low = _mm256_packus_epi32(_mm256_and_si256(a, lower), _mm256_and_si256(b, lower));
    const vec high = _mm256_packus_epi32(_mm256_srli_epi32(a, 16), _mm256_srli_epi32(b, 16));
    const vec between = _mm256_and_si256(_mm256_slli_epi16(place, 8), _mm256_set1_epi16(0x7F00));
    return _mm256_add_epi16(low, _mm256_mulhrs_epi16(_mm256_sub_epi16(high, low), between));
}

static inline __m128i half_of(vec v, int half) {
    return half == 0 ? _mm256_castsi256_si128(v) : _mm256_extracti128_si256(v, 1);
}

/* elements.h: recur_gated of eight states in two products by -sigmoid15, which fits int16 where sigmoid15 is 2^15, too.
 * vpmaddwd takes pairs of int16: the upper one of these factors is 0. */
static inline vec recur_gated8(vec share, const int32_t *candidates, int32_t *state) {
    const vec least = _mm256_set1_epi32(LN_LEAST24), most = _mm256_set1_epi32(LN_MOST24);
    const vec h = load(state), v = _mm256_min_epi32(_mm256_max_epi32(load(candidates), least), most);
    const vec way = _mm256_sub_epi32(v, h);
    const vec back = _mm256_and_si256(_mm256_sub_epi32(_mm256_setzero_si256(), share), _mm256_set1_epi32(0xFFFF));
    const vec high = _mm256_madd_epi16(_mm256_srai_epi32(way, 15), back);
    const vec low = _mm256_madd_epi16(_mm256_and_si256(way, _mm256_set1_epi32(0x7FFF)), back);
    const vec rest = _mm256_srai_epi32(_mm256_sub_epi32(_mm256_set1_epi32(1 << 14), low), 15);
    const vec next = _mm256_add_epi32(_mm256_sub_epi32(h, high), rest);
    store(state, next);
    return next;
}

/* Sixteen states moved on; the codes that leave them. */
static inline vec recur_gated16(const ln_gated *r, vec control, const int32_t *candidates, int32_t *state) {
    const vec s = _mm256_set1_epi32(r->out_shift), shares = sigmoid15(control);
    const vec low = recur_gated8(_mm256_cvtepu16_epi32(half_of(shares, 0)), candidates, state);
    const vec high = recur_gated8(_mm256_cvtepu16_epi32(half_of(shares, 1)), candidates + 8, state + 8);
    return pack16(shift_right_round(low, s), shift_right_round(high, s));
}

#endif

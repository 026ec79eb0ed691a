/* vectors_avx512.h - how sums become codes with AVX-512 (F, BW, DQ, VL), 16 sums or 32 codes at a time; what
 * elements_avx512.c and recurrence_avx512.c share. */
#ifndef LN_VECTORS_AVX512_H
#define LN_VECTORS_AVX512_H

#include <immintrin.h>

#include "elements/elements.h"

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

/* 32 codes of sums. */
static inline vec narrowed(const int32_t *sums, const int8_t *shift) {
    return pack16(rescale16(load(sums), shifts_at(shift)), rescale16(load(sums + 16), shifts_at(shift + 16)));
}

/* The same where all shifts are within 2..31: ((v >> s - 1) + 1) >> 1, which has no overflow then. */
static inline vec moved_right(vec v, vec s) {
    const vec one = _mm512_set1_epi32(1);
    return _mm512_srai_epi32(_mm512_add_epi32(_mm512_srav_epi32(v, _mm512_sub_epi32(s, one)), one), 1);
}

static inline vec narrowed_right(const int32_t *sums, const int8_t *shift) {
    return pack16(moved_right(load(sums), shifts_at(shift)), moved_right(load(sums + 16), shifts_at(shift + 16)));
}

/* To the left: what does not come back from it has left 32 bits and becomes the rail of its sign. */
static inline vec moved_left(vec v, vec places) {
    const vec left = _mm512_sllv_epi32(v, places);
    const __mmask16 is_beyond = _mm512_cmpneq_epi32_mask(_mm512_srav_epi32(left, places), v);
    const vec rail = _mm512_xor_si512(_mm512_srai_epi32(v, 31), _mm512_set1_epi32(INT32_MAX));
    return _mm512_mask_mov_epi32(left, is_beyond, rail);
}

static inline vec narrowed32(const int32_t *sums, const int8_t *shift) {
    const vec v = load(sums), s = shifts_at(shift);
    const __mmask16 is_left = _mm512_movepi32_mask(s);
    if (is_left == 0) return shift_right_round(v, s);
    const vec left = moved_left(v, _mm512_abs_epi32(s));
    return is_left == 0xFFFFu ? left : _mm512_mask_mov_epi32(shift_right_round(v, s), is_left, left);
}

/* recurrence_avx512.c */
void ln_recur_avx512(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out);
void ln_recur_sums_avx512(const ln_recurrence *r, const int32_t *sums, const int8_t *shift, bool rectified,
                          int32_t *state, int16_t *out);

#endif

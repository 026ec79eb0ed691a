/* recurrence_avx512.c - the diagonal recurrence with AVX-512 (F, BW, DQ, VL): its products need 64 bits, so eight states
 * at a time. */
#include "x86/vectors_avx512.h"

/* Eight numbers widened to int64. */
static inline vec wide(const void *p) { return _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)p)); }
static inline vec wide16(const void *p) { return _mm512_cvtepi16_epi64(_mm_loadu_si128((const __m128i *)p)); }

typedef struct complex_half {
    __m256i re, im; /* eight int32 each */
} complex_half;

static inline __m256i moved(vec from, vec products, vec s, __m256i drive) {
    const vec half = _mm512_srli_epi64(_mm512_sllv_epi64(_mm512_set1_epi64(1), s), 1);
    const vec by = _mm512_srav_epi64(_mm512_add_epi64(products, half), s);
    return _mm512_cvtsepi64_epi32(_mm512_add_epi64(_mm512_add_epi64(from, by), _mm512_cvtepi32_epi64(drive)));
}

/* ln_recur_one for eight states, without what leaves them. */
static inline complex_half recur8(const ln_recurrence *r, uint32_t p, complex_half drive, const int32_t *state) {
    const vec re = wide(state + p), im = wide(state + r->states + p);
    const vec mu_re = wide16(r->decay_re + p), mu_im = wide16(r->decay_im + p);
    const vec s = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(const void *)(r->decay_shift + p)));
    const vec to_re = _mm512_sub_epi64(_mm512_mul_epi32(mu_re, re), _mm512_mul_epi32(mu_im, im));
    const vec to_im = _mm512_add_epi64(_mm512_mul_epi32(mu_re, im), _mm512_mul_epi32(mu_im, re));
    return (complex_half){moved(re, to_re, s, drive.re), moved(im, to_im, s, drive.im)};
}

typedef struct complex_whole {
    vec re, im; /* sixteen int32 each */
} complex_whole;

static inline __m256i half_of(vec v, int half) {
    return half == 0 ? _mm512_castsi512_si256(v) : _mm512_extracti64x4_epi64(v, 1);
}

static inline vec whole(__m256i low, __m256i high) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* Sixteen states moved on, in registers and in memory. */
static inline complex_whole recur16(const ln_recurrence *r, uint32_t p, complex_whole drive, int32_t *state) {
    const complex_half drives[2] = {{half_of(drive.re, 0), half_of(drive.im, 0)},
                                    {half_of(drive.re, 1), half_of(drive.im, 1)}};
    const complex_half first = recur8(r, p, drives[0], state), second = recur8(r, p + 8, drives[1], state);
    const complex_whole moved_on = {whole(first.re, second.re), whole(first.im, second.im)};
    store(state + p, moved_on.re);
    store(state + r->states + p, moved_on.im);
    return moved_on;
}

/* What leaves 32 states. */
static inline void recur_out(const ln_recurrence *r, uint32_t p, const complex_whole moved_on[2], bool rectified,
                             int16_t *out) {
    const vec s = _mm512_set1_epi32(r->out_shift);
    const vec re = pack16(shift_right_round(moved_on[0].re, s), shift_right_round(moved_on[1].re, s));
    const vec im = pack16(shift_right_round(moved_on[0].im, s), shift_right_round(moved_on[1].im, s));
    const __mmask32 is_kept = rectified ? _mm512_cmpgt_epi16_mask(re, _mm512_setzero_si512()) : 0xFFFFFFFFu;
    store(out + p, _mm512_maskz_mov_epi16(is_kept, re));
    store(out + r->states + p, _mm512_maskz_mov_epi16(is_kept, im));
}

/* The same of 16: there are as many more than whole vectors where a model was freed of dead states. */
static inline void recur_out16(const ln_recurrence *r, uint32_t p, complex_whole moved_on, bool rectified, int16_t *out) {
    const vec s = _mm512_set1_epi32(r->out_shift);
    const vec re = shift_right_round(moved_on.re, s), im = shift_right_round(moved_on.im, s);
    const __mmask16 is_kept = rectified ? _mm512_cmpgt_epi32_mask(re, _mm512_setzero_si512()) : 0xFFFFu;
    _mm256_storeu_si256((__m256i *)(void *)(out + p), _mm512_cvtsepi32_epi16(_mm512_maskz_mov_epi32(is_kept, re)));
    _mm256_storeu_si256((__m256i *)(void *)(out + r->states + p), _mm512_cvtsepi32_epi16(_mm512_maskz_mov_epi32(is_kept, im)));
}

void ln_recur_avx512(const ln_recurrence *r, const int32_t *drive, int32_t *state, int16_t *out) {
    uint32_t in_vectors = r->states / 32 * 32;
    for (uint32_t p = 0; p < in_vectors; p += 32) {
        complex_whole moved_on[2];
        for (uint32_t i = 0; i < 2; i++) {
            const int32_t *at = drive + p + 16 * i;
            moved_on[i] = recur16(r, p + 16 * i, (complex_whole){load(at), load(at + r->states)}, state);
        }
        recur_out(r, p, moved_on, false, out);
    }
    if (r->states - in_vectors >= 16) {
        const complex_whole drives = {load(drive + in_vectors), load(drive + in_vectors + r->states)};
        recur_out16(r, in_vectors, recur16(r, in_vectors, drives, state), false, out);
        in_vectors += 16;
    }
    for (uint32_t p = in_vectors; p < r->states; p++) ln_recur_one(r, p, drive, state, out);
}

void ln_recur_sums_avx512(const ln_recurrence *r, const int32_t *sums, const int8_t *shift, bool rectified,
                          int32_t *state, int16_t *out) {
    const uint32_t states = r->states;
    uint32_t in_vectors = states / 32 * 32;
    for (uint32_t p = 0; p < in_vectors; p += 32) {
        complex_whole moved_on[2];
        for (uint32_t i = 0; i < 2; i++) {
            const uint32_t at = p + 16 * i;
            const vec re = narrowed32(sums + at, shift + at), im = narrowed32(sums + states + at, shift + states + at);
            moved_on[i] = recur16(r, at, (complex_whole){re, im}, state);
        }
        recur_out(r, p, moved_on, rectified, out);
    }
    if (states - in_vectors >= 16) {
        const uint32_t at = in_vectors;
        const complex_whole drives = {narrowed32(sums + at, shift + at), narrowed32(sums + states + at, shift + states + at)};
        recur_out16(r, at, recur16(r, at, drives, state), rectified, out);
        in_vectors += 16;
    }
    for (uint32_t p = in_vectors; p < states; p++) ln_recur_sums_one(r, p, sums, shift, rectified, state, out);
}

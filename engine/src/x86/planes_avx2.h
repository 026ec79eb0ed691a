/* planes_avx2.h - what the sparse kernels of 256 bits share: inputs cut into planes of bytes. Inline functions only. */
#ifndef LN_PLANES_AVX2_H
#define LN_PLANES_AVX2_H

#include <immintrin.h>

#include "matrix/kernels.h"

static inline __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }

/* Loaded once and kept in a register: gcc 12 would load what is used twice twice, and loads are what a step waits for. */
static inline __m256i ln_loaded(const void *p) {
    __m256i v = load(p);
    __asm__("" : "+x"(v));
    return v;
}

/* Lower and upper bytes of all inputs, the upper ones with their signs flipped: x = 256 (high - 128) + low. Of inputs of 8
 * bits there is one plane, low = x + 128. Behind the columns there is room for a window of 32 that starts at the last. */
typedef struct ln_planes {
    _Alignas(32) uint8_t low[LN_SPARSE_MOST_COLUMNS + 32];
    _Alignas(32) uint8_t high[LN_SPARSE_MOST_COLUMNS + 32];
} ln_planes;

static inline void ln_split(ln_planes *p, const int16_t *x, size_t columns) {
    const __m256i mask = _mm256_set1_epi16(255), flip = _mm256_set1_epi8(INT8_MIN);
    for (size_t i = 0; i < columns; i += 32) {
        const __m256i a = load(x + i), b = load(x + i + 16);
        const __m256i l = _mm256_packus_epi16(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask));
        const __m256i h = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
        store(p->low + i, _mm256_permute4x64_epi64(l, 0xD8));
        store(p->high + i, _mm256_xor_si256(_mm256_permute4x64_epi64(h, 0xD8), flip));
    }
}

static inline void ln_narrow(ln_planes *p, const int16_t *x, size_t columns) {
    const __m256i flip = _mm256_set1_epi8(INT8_MIN);
    for (size_t i = 0; i < columns; i += 32) {
        const __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(load(x + i), load(x + i + 16)), 0xD8);
        store(p->low + i, _mm256_xor_si256(both, flip));
    }
}

/* 16 bytes of a plane in both halves, fetched by `columns` of 0..15. */
static inline __m256i ln_fetch(const uint8_t *window, __m256i columns) {
    const __m128i table = _mm_loadu_si128((const __m128i *)(const void *)window);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), columns);
}

#endif

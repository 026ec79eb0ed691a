/* kernels_avx512_columns.c - dense int8 columns times those int16 inputs that are not 0, with AVX-512 (F, BW, VNNI).
 *
 * An input that is 0 costs nothing: its column is not read. The others are taken four at a time. Their columns are
 * stored byte by byte; interleaved by unpacking they are four weights for each of 64 rows, and vpdpbusd multiplies them
 * with the inputs' bytes. x = 256 h + l: l is an unsigned byte. h is a signed one, so there the weight is made
 * unsigned instead, and what that adds is the same for all rows:
 *
 *     sum w x = sum w l + 256 (sum (w + 128) h - 128 sum h)
 *
 * Group of 64 rows: [column 0: 64 weights] [column 1: 64 weights] ... A column's byte 16 l + 4 v + e is row
 * 16 v + 4 l + e of the group, so that what is unpacked within lanes of 128 bits is in order. */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m512i vec;
typedef uint32_t sums16 __attribute__((vector_size(64))); /* see kernels_avx512_sparse.c */

#define VECTORS (LN_GROUP / 16u)
#define HEADER_BYTES 64u

typedef struct header {
    uint32_t columns, groups;
} header;

static uint64_t columns_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const uint64_t rows = ln_round_up(weights->rows, LN_GROUP);
    return HEADER_BYTES + sizeof(int32_t) * rows + rows * weights->columns;
}

static void columns_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const header h = {weights->columns, (uint32_t)(ln_round_up(weights->rows, LN_GROUP) / LN_GROUP)};
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + LN_GROUP * h.groups);
    for (uint32_t o = 0; o < LN_GROUP * h.groups; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)LN_GROUP * h.groups * h.columns; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t row = walk.row % LN_GROUP, byte = row / 4 % 4 * 16 + row / 16 * 4 + row % 4;
        w[((size_t)walk.row / LN_GROUP * h.columns + walk.column) * LN_GROUP + byte] = walk.weight;
    }
}

/* The inputs that are not 0, in fours: where their columns are, their lower and upper bytes. */
typedef struct active {
    size_t quads;
    int32_t upper_sum; /* of all upper bytes, signed */
    uint32_t column[LN_SPARSE_MOST_COLUMNS + 16];
    int32_t low[LN_SPARSE_MOST_COLUMNS / 4 + 1], high[LN_SPARSE_MOST_COLUMNS / 4 + 1];
} active;

static void find_active(active *found, const int16_t *x, uint32_t columns) {
    const vec ascending = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t count = 0;
    for (uint32_t i = 0; i < columns; i += 16) {
        const vec codes = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(x + i)));
        const uint32_t inside = columns - i < 16 ? (1u << (columns - i)) - 1 : 0xFFFFu;
        const __mmask16 is_active = (__mmask16)(_mm512_test_epi32_mask(codes, codes) & inside);
        const vec here = _mm512_add_epi32(ascending, _mm512_set1_epi32((int32_t)i));
        _mm512_storeu_si512(found->column + count, _mm512_maskz_compress_epi32(is_active, here));
        count += (size_t)__builtin_popcount(is_active);
    }
    found->quads = (count + 3) / 4;
    found->upper_sum = 0;
    for (size_t q = 0; q < found->quads; q++) {
        uint32_t low = 0, high = 0;
        for (size_t i = 4 * q; i < 4 * q + 4; i++) {
            if (i >= count) found->column[i] = 0; /* any column: it is multiplied by 0 */
            const int32_t code = i < count ? x[found->column[i]] : 0;
            low |= (uint32_t)(code & 255) << 8 * (i % 4);
            high |= (uint32_t)(code >> 8 & 255) << 8 * (i % 4);
            found->upper_sum += code >> 8;
        }
        __builtin_memcpy(&found->low[q], &low, sizeof low);
        __builtin_memcpy(&found->high[q], &high, sizeof high);
    }
}

static inline __attribute__((always_inline)) void multiply_add(vec weights, vec l, vec h, sums16 *low, sums16 *high) {
    *low = (sums16)_mm512_dpbusd_epi32((vec)*low, l, weights);
    *high = (sums16)_mm512_dpbusd_epi32((vec)*high, _mm512_xor_si512(weights, _mm512_set1_epi8(INT8_MIN)), h);
}

/* 64 rows: sums = bias + what all active columns give. */
static inline void run_group(const active *x, const int8_t *columns, const int32_t *bias, int32_t *sums) {
    sums16 low[VECTORS] = {{0}}, high[VECTORS] = {{0}};
    for (size_t q = 0; q < x->quads; q++) {
        const uint32_t *c = x->column + 4 * q;
        const vec l = _mm512_set1_epi32(x->low[q]), h = _mm512_set1_epi32(x->high[q]);
        const vec w0 = _mm512_loadu_si512(columns + (size_t)LN_GROUP * c[0]);
        const vec w1 = _mm512_loadu_si512(columns + (size_t)LN_GROUP * c[1]);
        const vec w2 = _mm512_loadu_si512(columns + (size_t)LN_GROUP * c[2]);
        const vec w3 = _mm512_loadu_si512(columns + (size_t)LN_GROUP * c[3]);
        const vec a = _mm512_unpacklo_epi8(w0, w1), b = _mm512_unpacklo_epi8(w2, w3);
        const vec c2 = _mm512_unpackhi_epi8(w0, w1), d = _mm512_unpackhi_epi8(w2, w3);
        multiply_add(_mm512_unpacklo_epi16(a, b), l, h, &low[0], &high[0]);
        multiply_add(_mm512_unpackhi_epi16(a, b), l, h, &low[1], &high[1]);
        multiply_add(_mm512_unpacklo_epi16(c2, d), l, h, &low[2], &high[2]);
        multiply_add(_mm512_unpackhi_epi16(c2, d), l, h, &low[3], &high[3]);
    }
    const vec too_much = _mm512_set1_epi32(128 * x->upper_sum);
    for (uint32_t v = 0; v < VECTORS; v++) {
        const vec upper = _mm512_slli_epi32(_mm512_sub_epi32((vec)high[v], too_much), 8);
        const vec both = _mm512_add_epi32((vec)low[v], upper);
        _mm512_storeu_si512(sums + 16 * v, _mm512_add_epi32(both, _mm512_loadu_si512(bias + 16 * v)));
    }
}

static void columns_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *weights = (const int8_t *)(biases + LN_GROUP * h.groups);
    active found;
    find_active(&found, x, h.columns);
    for (uint32_t g = 0; g < h.groups; g++)
        run_group(&found, weights + (size_t)LN_GROUP * h.columns * g, biases + LN_GROUP * g, sums + LN_GROUP * g);
}

const ln_kernel ln_columns_avx512 = {"avx512", columns_bytes, columns_pack, columns_multiply, NULL};

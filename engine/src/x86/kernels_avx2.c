/* kernels_avx2.c - dense int8 weights times int16 inputs with AVX2.
 *
 * vpmaddwd multiplies 16 int16 pairs and adds neighbours to 8 sums: exact, two products stay below 2^24. Weights lie
 * in memory as int8 and are widened on their way, because memory is what a dense frame waits for. Slices of 8 rows, up
 * to four side by side: for inputs 0 and 1 [8 rows x 2 weights] of each, for 2 and 3 ... */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m256i vec;

#define ROWS 8u /* of a slice */
#define HEADER_BYTES 64u

static inline vec load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, vec v) { _mm256_storeu_si256((__m256i *)p, v); }
static inline vec widened(const void *p) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p)); }

#define BESIDE 4u /* slices that share each fetch of inputs */

typedef struct dense_header {
    uint32_t slices, pairs;
} dense_header;

static dense_header dense_shape(const ln_weights *weights) {
    return (dense_header){(uint32_t)(ln_round_up(weights->rows, ROWS) / ROWS),
                          (uint32_t)(ln_round_up(weights->columns, 2) / 2)};
}

static uint64_t dense_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const dense_header h = dense_shape(weights);
    return HEADER_BYTES + sizeof(int32_t) * ROWS * h.slices + (uint64_t)16 * h.slices * h.pairs;
}

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const dense_header h = dense_shape(weights);
    *(dense_header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)16 * h.slices * h.pairs; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t slice = walk.row / ROWS, first = slice / BESIDE * BESIDE;
        const uint32_t beside = h.slices - first < BESIDE ? h.slices - first : BESIDE;
        const size_t vector = (size_t)first * h.pairs + (size_t)walk.column / 2 * beside + (slice - first);
        w[16 * vector + walk.row % ROWS * 2 + walk.column % 2] = walk.weight;
    }
}

/* Always inline, so that the sums are registers. */
static inline __attribute__((always_inline)) void block(const int8_t *w, const int16_t *x, uint32_t beside,
                                                        uint32_t pairs, const int32_t *biases, int32_t *sums) {
    vec sum[BESIDE];
    for (uint32_t s = 0; s < beside; s++) sum[s] = load(biases + ROWS * s);
    for (uint32_t i = 0; i < pairs; i++) {
        int32_t two;
        __builtin_memcpy(&two, x + 2 * i, sizeof two);
        const vec inputs = _mm256_set1_epi32(two);
        for (uint32_t s = 0; s < beside; s++, w += 16)
            sum[s] = _mm256_add_epi32(sum[s], _mm256_madd_epi16(widened(w), inputs));
    }
    for (uint32_t s = 0; s < beside; s++) store(sums + ROWS * s, sum[s]);
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const dense_header h = *(const dense_header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    for (uint32_t s = 0; s < h.slices; s += BESIDE, w += (size_t)16 * BESIDE * h.pairs, sums += ROWS * BESIDE) {
        const uint32_t beside = h.slices - s < BESIDE ? h.slices - s : BESIDE;
        if (beside == 4) block(w, x, 4, h.pairs, biases + ROWS * s, sums);
        else if (beside == 3) block(w, x, 3, h.pairs, biases + ROWS * s, sums);
        else if (beside == 2) block(w, x, 2, h.pairs, biases + ROWS * s, sums);
        else block(w, x, 1, h.pairs, biases + ROWS * s, sums);
    }
}

/* Several inputs: each weight is widened once for four of them. */
#define FOUR 4u

static inline __attribute__((always_inline)) void block_many(const int8_t *w, uint32_t beside, const int16_t *const *x,
                                                             size_t inputs, uint32_t slices, uint32_t pairs,
                                                             int32_t *const *sums, size_t at) {
    vec sum[FOUR][2];
    for (size_t i = 0; i < inputs; i++)
        for (uint32_t s = 0; s < slices; s++) sum[i][s] = load(sums[i] + at + ROWS * s);
    for (uint32_t p = 0; p < pairs; p++, w += 16 * (size_t)beside) {
        const vec first = widened(w), second = widened(w + 16 * (slices - 1));
        for (size_t i = 0; i < inputs; i++) {
            int32_t two;
            __builtin_memcpy(&two, x[i] + 2 * p, sizeof two);
            const vec input = _mm256_set1_epi32(two);
            sum[i][0] = _mm256_add_epi32(sum[i][0], _mm256_madd_epi16(first, input));
            if (slices > 1) sum[i][1] = _mm256_add_epi32(sum[i][1], _mm256_madd_epi16(second, input));
        }
    }
    for (size_t i = 0; i < inputs; i++)
        for (uint32_t s = 0; s < slices; s++) store(sums[i] + at + ROWS * s, sum[i][s]);
}

static inline __attribute__((always_inline)) void pair_many(const int8_t *w, uint32_t beside, const int16_t *const *x,
                                                            size_t inputs, uint32_t slices, uint32_t pairs,
                                                            int32_t *const *sums, size_t at) {
    if (inputs == 4) block_many(w, beside, x, 4, slices, pairs, sums, at);
    else if (inputs == 3) block_many(w, beside, x, 3, slices, pairs, sums, at);
    else if (inputs == 2) block_many(w, beside, x, 2, slices, pairs, sums, at);
    else block_many(w, beside, x, 1, slices, pairs, sums, at);
}

static void dense_multiply_many(const void *packed, size_t count, const int16_t *const *x, int32_t *const *sums) {
    const dense_header h = *(const dense_header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *weights = (const int8_t *)(biases + ROWS * h.slices);
    for (size_t i = 0; i < count; i++)
        for (uint32_t o = 0; o < ROWS * h.slices; o += ROWS) store(sums[i] + o, load(biases + o));
    for (uint32_t s = 0; s < h.slices; s += 2) {
        const uint32_t first = s / BESIDE * BESIDE;
        const uint32_t beside = h.slices - first < BESIDE ? h.slices - first : BESIDE;
        const int8_t *w = weights + 16 * ((size_t)first * h.pairs + (s - first));
        for (size_t i = 0; i < count; i += FOUR) {
            const size_t inputs = count - i < FOUR ? count - i : FOUR;
            if (h.slices - s > 1) pair_many(w, beside, x + i, inputs, 2, h.pairs, sums + i, (size_t)ROWS * s);
            else pair_many(w, beside, x + i, inputs, 1, h.pairs, sums + i, (size_t)ROWS * s);
        }
    }
}

/* Groups: the weights of two slices stay in registers, as far as these go. */
#define MOST_PAIRS 6u

static inline __attribute__((always_inline)) void pair_of_groups(const int8_t *w, uint32_t pairs, size_t groups, const int16_t *x,
                                                                 size_t columns, const int32_t *biases, int32_t *sums, size_t rows) {
    vec upper[MOST_PAIRS], lower[MOST_PAIRS];
    for (uint32_t i = 0; i < pairs; i++) upper[i] = widened(w + 32 * i), lower[i] = widened(w + 32 * i + 16);
    for (size_t g = 0; g < groups; g++, x += columns, sums += rows) {
        vec first = load(biases), second = load(biases + ROWS);
        for (uint32_t i = 0; i < pairs; i++) {
            int32_t two;
            __builtin_memcpy(&two, x + 2 * i, sizeof two);
            const vec inputs = _mm256_set1_epi32(two);
            first = _mm256_add_epi32(first, _mm256_madd_epi16(upper[i], inputs));
            second = _mm256_add_epi32(second, _mm256_madd_epi16(lower[i], inputs));
        }
        store(sums, first), store(sums + ROWS, second);
    }
}

void ln_groups_avx2(const void *packed, size_t groups, const int16_t *restrict x, size_t columns, int32_t *restrict sums, size_t rows) {
    const dense_header h = *(const dense_header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    const uint32_t pairs = h.slices == 2 ? h.pairs : 0;
    switch (pairs) { /* known numbers, so that the weights are registers */
    case 4: pair_of_groups(w, 4, groups, x, columns, biases, sums, rows); break;
    case 5: pair_of_groups(w, 5, groups, x, columns, biases, sums, rows); break;
    case 6: pair_of_groups(w, 6, groups, x, columns, biases, sums, rows); break;
    default:
        for (size_t g = 0; g < groups; g++) dense_multiply(packed, x + g * columns, sums + g * rows);
    }
}

const ln_kernel ln_dense_avx2 = {"avx2", dense_bytes, dense_pack, dense_multiply, dense_multiply_many};

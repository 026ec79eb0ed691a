/* kernels_avx512bw.c - int8 weights times int16 inputs with AVX-512 as the first processors have it (F, BW): no byte
 * products and no byte permutes, so inputs stay int16 and vpmaddwd multiplies 32 of them by weights widened on their
 * way. Two products stay below 2^24, so it is exact.
 *
 * Dense: slices of 16 rows, up to four side by side: for inputs 0 and 1 [16 rows x 2 weights] of each, for 2 and 3 ...
 * Sparse: a step is 32 columns and 32 weights, two for each of 16 rows, the columns within a window of 64 inputs, which
 * is what vpermi2w sees in two registers.
 *
 *     tile (64 rows, 256 columns): window 0 [slice 0..3], window 1 [slice 0..3], ...      slice: so many steps */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m512i vec;
typedef uint32_t sums16 __attribute__((vector_size(64))); /* see kernels_avx512_sparse.c */

#define ROWS 16u /* of a slice */
#define HEADER_BYTES 64u

static inline vec load(const void *p) { return _mm512_loadu_si512(p); }
static inline void store(void *p, vec v) { _mm512_storeu_si512(p, v); }
static inline vec widened(const void *p) { return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)p)); }

/* --- dense -------------------------------------------------------------------------------------------------------- */

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
    return HEADER_BYTES + sizeof(int32_t) * ROWS * h.slices + (uint64_t)32 * h.slices * h.pairs;
}

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const dense_header h = dense_shape(weights);
    *(dense_header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)32 * h.slices * h.pairs; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t slice = walk.row / ROWS, first = slice / BESIDE * BESIDE;
        const uint32_t beside = h.slices - first < BESIDE ? h.slices - first : BESIDE;
        const size_t vector = (size_t)first * h.pairs + (size_t)walk.column / 2 * beside + (slice - first);
        w[32 * vector + walk.row % ROWS * 2 + walk.column % 2] = walk.weight;
    }
}

/* Always inline, so that the sums are registers. */
static inline __attribute__((always_inline)) void block(const int8_t *w, const int16_t *x, uint32_t beside,
                                                        uint32_t pairs, const int32_t *biases, int32_t *sums) {
    sums16 sum[BESIDE];
    for (uint32_t s = 0; s < beside; s++) sum[s] = (sums16)load(biases + ROWS * s);
    for (uint32_t i = 0; i < pairs; i++) {
        int32_t two;
        __builtin_memcpy(&two, x + 2 * i, sizeof two);
        const vec inputs = _mm512_set1_epi32(two);
        for (uint32_t s = 0; s < beside; s++, w += 32) sum[s] += (sums16)_mm512_madd_epi16(widened(w), inputs);
    }
    for (uint32_t s = 0; s < beside; s++) store(sums + ROWS * s, (vec)sum[s]);
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const dense_header h = *(const dense_header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    for (uint32_t s = 0; s < h.slices; s += BESIDE, w += (size_t)32 * BESIDE * h.pairs, sums += ROWS * BESIDE) {
        const uint32_t beside = h.slices - s < BESIDE ? h.slices - s : BESIDE;
        if (beside == 4) block(w, x, 4, h.pairs, biases + ROWS * s, sums);
        else if (beside == 3) block(w, x, 3, h.pairs, biases + ROWS * s, sums);
        else if (beside == 2) block(w, x, 2, h.pairs, biases + ROWS * s, sums);
        else block(w, x, 1, h.pairs, biases + ROWS * s, sums);
    }
}

const ln_kernel ln_dense_avx512bw = {"avx512bw", dense_bytes, dense_pack, dense_multiply, NULL};

/* Groups: one slice whose weights stay in registers, where they fit. */
#define MOST_PAIRS 12u

static inline __attribute__((always_inline)) void slice_of_groups(const int8_t *w, uint32_t pairs, size_t groups, const int16_t *x,
                                                                  size_t columns, vec biases, int32_t *sums, size_t rows) {
    vec weights[MOST_PAIRS];
    for (uint32_t i = 0; i < pairs; i++) weights[i] = widened(w + 32 * i);
    for (size_t g = 0; g < groups; g++, x += columns, sums += rows) {
        sums16 sum[2] = {(sums16)biases, {0}}; /* of even and of odd pairs, so that none waits for the one before */
        for (uint32_t i = 0; i < pairs; i++) {
            int32_t two;
            __builtin_memcpy(&two, x + 2 * i, sizeof two);
            sum[i % 2] += (sums16)_mm512_madd_epi16(weights[i], _mm512_set1_epi32(two));
        }
        store(sums, (vec)(sum[0] + sum[1]));
    }
}

void ln_groups_avx512bw(const void *packed, size_t groups, const int16_t *restrict x, size_t columns, int32_t *restrict sums, size_t rows) {
    const dense_header h = *(const dense_header *)packed;
    const vec biases = load((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)packed + HEADER_BYTES + sizeof(int32_t) * ROWS * h.slices;
    const uint32_t pairs = h.slices == 1 ? h.pairs : 0;
    switch (pairs) { /* known numbers, so that the weights are registers */
    case 2: slice_of_groups(w, 2, groups, x, columns, biases, sums, rows); break;
    case 4: slice_of_groups(w, 4, groups, x, columns, biases, sums, rows); break;
    case 6: slice_of_groups(w, 6, groups, x, columns, biases, sums, rows); break;
    case 8: slice_of_groups(w, 8, groups, x, columns, biases, sums, rows); break;
    case 12: slice_of_groups(w, 12, groups, x, columns, biases, sums, rows); break;
    default:
        for (size_t g = 0; g < groups; g++) dense_multiply(packed, x + g * columns, sums + g * rows);
    }
}

/* --- sparse ------------------------------------------------------------------------------------------------------- */

#define SLICES (LN_GROUP / ROWS)
#define WINDOW 64u
#define WINDOWS (LN_BLOCK / WINDOW)
#define PAIR 2u /* nonzeros of each row that a step serves */
#define STEP_BYTES 64u

typedef struct header {
    uint32_t columns, groups, blocks;
    size_t places_at, counts_at, steps_at;
} header;

/* Everything but the steps, whose number must be counted first. Biases come right behind the header. */
static header lay_out(const ln_weights *weights) {
    header h = {.columns = weights->columns};
    h.groups = (uint32_t)(ln_round_up(weights->rows, LN_GROUP) / LN_GROUP);
    h.blocks = (uint32_t)(ln_round_up(h.columns, LN_BLOCK) / LN_BLOCK);
    h.places_at = HEADER_BYTES + sizeof(int32_t) * LN_GROUP * h.groups;
    h.counts_at = h.places_at + (size_t)LN_GROUP * h.blocks * h.groups;
    h.steps_at = ln_round_up(h.counts_at + (size_t)SLICES * WINDOWS * h.blocks * h.groups, 64);
    return h;
}

static uint32_t steps_of(const ln_tile *tile, uint32_t slice, uint32_t window) {
    const uint32_t most = ln_slice_most(tile, slice * ROWS, ROWS, window * WINDOW, (window + 1) * WINDOW);
    return (most + PAIR - 1) / PAIR;
}

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = lay_out(weights);
    uint64_t count = 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles))
        for (uint32_t w = 0; w < WINDOWS; w++)
            for (uint32_t s = 0; s < SLICES; s++) count += steps_of(&tiles.tile, s, w);
    return h.steps_at + STEP_BYTES * count;
}

static uint8_t *pack_slice(const ln_tile *tile, uint32_t slice, uint32_t window, uint32_t count, uint8_t *at) {
    const size_t bytes = (size_t)STEP_BYTES * count;
    for (size_t i = 0; i < bytes; i++) at[i] = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        const int8_t *row = tile->weight[slice * ROWS + r] + window * WINDOW;
        uint32_t place = 0;
        for (uint32_t i = 0; i < WINDOW; i++) {
            if (row[i] == 0) continue;
            uint8_t *step = at + STEP_BYTES * (place / PAIR) + PAIR * r + place % PAIR;
            step[0] = (uint8_t)i;
            step[32] = (uint8_t)row[i];
            place++;
        }
    }
    return at + bytes;
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const header h = lay_out(weights);
    *(header *)packed = h;
    uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at, *places = bytes + h.places_at;
    int32_t *biases = (int32_t *)(void *)(bytes + HEADER_BYTES);
    for (uint32_t o = 0; o < LN_GROUP * h.groups; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    for (; ln_tiles_next(&tiles); places += LN_GROUP) {
        for (uint32_t place = 0; place < LN_GROUP; place++) places[tiles.tile.row[place]] = (uint8_t)place;
        for (uint32_t w = 0; w < WINDOWS; w++)
            for (uint32_t s = 0; s < SLICES; s++) {
                *counts = (uint8_t)steps_of(&tiles.tile, s, w);
                at = pack_slice(&tiles.tile, s, w, *counts++, at);
            }
    }
}

static inline __attribute__((always_inline)) const uint8_t *run_slice(const uint8_t *at, uint32_t count, vec near,
                                                                      vec far, sums16 *sum) {
    for (; count > 0; count--, at += STEP_BYTES) {
        const vec columns = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)at));
        *sum += (sums16)_mm512_madd_epi16(_mm512_permutex2var_epi16(near, columns, far), widened(at + 32));
    }
    return at;
}

static inline void put_back(const sums16 sorted[SLICES], const uint8_t *places, int32_t *sums) {
    for (uint32_t s = 0; s < SLICES; s++) {
        const vec from = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(places + ROWS * s)));
        const vec first = _mm512_permutex2var_epi32((vec)sorted[0], from, (vec)sorted[1]);
        const vec second = _mm512_permutex2var_epi32((vec)sorted[2], from, (vec)sorted[3]);
        const __mmask16 is_second = _mm512_test_epi32_mask(from, _mm512_set1_epi32(32));
        store(sums + ROWS * s, _mm512_add_epi32(load(sums + ROWS * s), _mm512_mask_mov_epi32(first, is_second, second)));
    }
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at;
    const uint8_t *places = bytes + h.places_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + HEADER_BYTES);
    for (uint32_t g = 0; g < h.groups; g++, sums += LN_GROUP, biases += LN_GROUP) {
        for (uint32_t i = 0; i < LN_GROUP; i += ROWS) store(sums + i, load(biases + i));
        for (uint32_t from = 0; from < h.columns; from += LN_BLOCK, places += LN_GROUP) {
            const uint8_t *next = counts + SLICES * WINDOWS;
            sums16 sorted[SLICES] = {{0}};
            for (uint32_t i = from; i < from + LN_BLOCK && i < h.columns; i += WINDOW, counts += SLICES) {
                const vec near = load(x + i), far = load(x + i + 32);
                at = run_slice(at, counts[0], near, far, &sorted[0]); /* written out, so that all sums are registers */
                at = run_slice(at, counts[1], near, far, &sorted[1]);
                at = run_slice(at, counts[2], near, far, &sorted[2]);
                at = run_slice(at, counts[3], near, far, &sorted[3]);
            }
            counts = next;
            put_back(sorted, places, sums);
        }
    }
}

const ln_kernel ln_sparse_avx512bw = {"avx512bw", sparse_bytes, sparse_pack, sparse_multiply, NULL};

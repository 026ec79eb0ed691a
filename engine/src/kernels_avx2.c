/* kernels_avx2.c - int8 weights times int16 inputs with AVX2.
 *
 * vpmaddwd multiplies 16 int16 pairs and adds neighbours to 8 sums: exact, two products stay below 2^24. Weights lie
 * in memory as int8 and are widened on their way, because memory is what a dense frame waits for.
 *
 * Dense: slices of 8 rows, up to four side by side: for inputs 0 and 1 [8 rows x 2 weights] of each, for 2 and 3 ...
 * Sparse: a step is 32 columns and 32 weights, four for each of 8 rows, the columns within a window of 32 inputs;
 * vpshufb looks bytes up in 16, so two of them and a choice fetch a plane, and low and high bytes are joined again to
 * int16. Byte 16 l + 2 d + j of a step belongs to row 4 l + d, its first or second nonzero; 8 bytes on stand
 * the third and fourth: so unpacking leaves each row in one sum. */
#include <immintrin.h>

#include "kernels.h"

typedef __m256i vec;

#define ROWS 8u /* of a slice */
#define HEADER_BYTES 64u

static inline vec load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, vec v) { _mm256_storeu_si256((__m256i *)p, v); }
static inline vec widened(const void *p) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p)); }

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
                                                        uint32_t pairs, int32_t *sums) {
    vec sum[BESIDE];
    for (uint32_t s = 0; s < beside; s++) sum[s] = load(sums + ROWS * s);
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
    for (uint32_t o = 0; o < ROWS * h.slices; o += ROWS) store(sums + o, load(biases + o));
    for (uint32_t s = 0; s < h.slices; s += BESIDE, w += (size_t)16 * BESIDE * h.pairs, sums += ROWS * BESIDE) {
        const uint32_t beside = h.slices - s < BESIDE ? h.slices - s : BESIDE;
        if (beside == 4) block(w, x, 4, h.pairs, sums);
        else if (beside == 3) block(w, x, 3, h.pairs, sums);
        else if (beside == 2) block(w, x, 2, h.pairs, sums);
        else block(w, x, 1, h.pairs, sums);
    }
}

const ln_kernel ln_dense_avx2 = {"avx2", dense_bytes, dense_pack, dense_multiply};

/* --- sparse ------------------------------------------------------------------------------------------------------- */

#define SLICES (LN_GROUP / ROWS)
#define WINDOW 32u
#define WINDOWS (LN_BLOCK / WINDOW)
#define STEP_BYTES 64u

typedef struct header {
    uint32_t rows, columns, groups, blocks;
    size_t places_at, counts_at, steps_at;
} header;

/* Everything but the steps, whose number must be planned first. Biases come right behind the header. */
static header lay_out(const ln_weights *weights) {
    header h = {.rows = weights->rows, .columns = weights->columns};
    h.groups = (uint32_t)(ln_round_up(h.rows, LN_GROUP) / LN_GROUP);
    h.blocks = (uint32_t)(ln_round_up(h.columns, LN_BLOCK) / LN_BLOCK);
    h.places_at = HEADER_BYTES + sizeof(int32_t) * LN_GROUP * h.groups;
    h.counts_at = h.places_at + (size_t)LN_GROUP * h.blocks * h.groups;
    h.steps_at = ln_round_up(h.counts_at + (size_t)SLICES * WINDOWS * h.blocks * h.groups, 64);
    return h;
}

static uint32_t steps_of(const ln_tile *tile, uint32_t slice, uint32_t window) {
    return ln_slice_steps(tile, slice * ROWS, ROWS, window * WINDOW, (window + 1) * WINDOW);
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

/* The nonzeros of row `r` of a slice in one window. */
static void pack_row(const int8_t *row, uint32_t r, uint8_t *at) {
    uint32_t place = 0;
    for (uint32_t i = 0; i < WINDOW; i++) {
        if (row[i] == 0) continue;
        const uint32_t j = place % LN_STEP, half = j / 2, side = r / 4, byte = 2 * (r % 4) + j % 2;
        uint8_t *step = at + STEP_BYTES * (place++ / LN_STEP);
        step[16 * side + 8 * half + byte] = (uint8_t)i;
        step[32 + 16 * half + 8 * side + byte] = (uint8_t)row[i];
    }
}

/* A tile's steps, window by window and in each slice by slice, so that a window's tables are loaded once. */
static uint8_t *pack_tile(const ln_tile *tile, uint8_t *counts, uint8_t *at) {
    for (uint32_t w = 0; w < WINDOWS; w++)
        for (uint32_t s = 0; s < SLICES; s++) {
            const uint32_t count = steps_of(tile, s, w);
            const size_t bytes = (size_t)STEP_BYTES * count;
            *counts++ = (uint8_t)count;
            for (size_t i = 0; i < bytes; i++) at[i] = 0;
            for (uint32_t r = 0; r < ROWS; r++) pack_row(tile->weight[s * ROWS + r] + WINDOW * w, r, at);
            at += bytes;
        }
    return at;
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const header h = lay_out(weights);
    *(header *)packed = h;
    uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at;
    int32_t *biases = (int32_t *)(void *)(bytes + HEADER_BYTES);
    uint8_t *places = bytes + h.places_at;
    for (uint32_t o = 0; o < LN_GROUP * h.groups; o++) biases[o] = o < h.rows ? bias[o] : 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles)) {
        for (uint32_t place = 0; place < LN_GROUP; place++) places[tiles.tile.row[place]] = (uint8_t)place;
        at = pack_tile(&tiles.tile, counts, at);
        counts += SLICES * WINDOWS;
        places += LN_GROUP;
    }
}

/* Lower and upper bytes of all inputs. */
typedef struct planes {
    _Alignas(32) uint8_t low[LN_SPARSE_MOST_COLUMNS + LN_BLOCK];
    _Alignas(32) uint8_t high[LN_SPARSE_MOST_COLUMNS + LN_BLOCK];
} planes;

static inline void split(planes *p, const int16_t *x, size_t columns) {
    const vec mask = _mm256_set1_epi16(255);
    for (size_t i = 0; i < columns; i += 32) {
        const vec a = load(x + i), b = load(x + i + 16);
        const vec l = _mm256_packus_epi16(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask));
        const vec h = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
        store(p->low + i, _mm256_permute4x64_epi64(l, 0xD8));
        store(p->high + i, _mm256_permute4x64_epi64(h, 0xD8));
    }
}

/* 32 bytes of a plane, 16 of them in both halves of each register. */
typedef struct table {
    vec part[2];
} table;

static inline __attribute__((always_inline)) table table_at(const uint8_t *p) {
    table t;
    for (uint32_t i = 0; i < 2; i++)
        t.part[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)));
    return t;
}

/* vpshufb takes the four low bits of a column, the choice the next one, moved to where vpblendvb looks. */
static inline __attribute__((always_inline)) vec look_up(table t, vec columns) {
    return _mm256_blendv_epi8(_mm256_shuffle_epi8(t.part[0], columns), _mm256_shuffle_epi8(t.part[1], columns),
                              _mm256_slli_epi16(columns, 3));
}

static inline __attribute__((always_inline)) vec run_steps(const uint8_t *at, uint32_t count, table low, table high,
                                                           vec sum) {
    for (; count > 0; count--, at += STEP_BYTES) {
        const vec columns = load(at), l = look_up(low, columns), h = look_up(high, columns);
        const vec first = _mm256_madd_epi16(_mm256_unpacklo_epi8(l, h), widened(at + 32));
        const vec second = _mm256_madd_epi16(_mm256_unpackhi_epi8(l, h), widened(at + 48));
        sum = _mm256_add_epi32(sum, _mm256_add_epi32(first, second));
    }
    return sum;
}

static inline void put_back(const int32_t *sorted, const uint8_t *places, int32_t *sums) {
    for (uint32_t i = 0; i < LN_GROUP; i += ROWS) {
        const vec from = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(places + i)));
        store(sums + i, _mm256_add_epi32(load(sums + i), _mm256_i32gather_epi32((const int *)sorted, from, 4)));
    }
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at, *places = bytes + h.places_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + HEADER_BYTES);
    _Alignas(32) int32_t sorted[LN_GROUP];
    planes p;
    split(&p, x, h.columns);
    for (uint32_t g = 0; g < h.groups; g++, sums += LN_GROUP, biases += LN_GROUP) {
        for (uint32_t i = 0; i < LN_GROUP; i += ROWS) store(sums + i, load(biases + i));
        for (uint32_t b = 0; b < h.blocks; b++, places += LN_GROUP) {
            for (uint32_t i = 0; i < LN_GROUP; i += ROWS) store(sorted + i, _mm256_setzero_si256());
            for (uint32_t w = b * WINDOWS; w < (b + 1) * WINDOWS; w++, counts += SLICES) {
                const table low = table_at(p.low + (size_t)WINDOW * w), high = table_at(p.high + (size_t)WINDOW * w);
                for (uint32_t s = 0; s < SLICES; at += STEP_BYTES * counts[s], s++)
                    store(sorted + ROWS * s, run_steps(at, counts[s], low, high, load(sorted + ROWS * s)));
            }
            put_back(sorted, places, sums);
        }
    }
}

const ln_kernel ln_sparse_avx2 = {"avx2", sparse_bytes, sparse_pack, sparse_multiply};

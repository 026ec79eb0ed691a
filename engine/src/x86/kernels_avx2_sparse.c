/* kernels_avx2_sparse.c - sparse int8 weights times int16 or int8 inputs with 256 bits. Compiled twice: with AVX2, and with
 * AVX-VNNI beside it, which has the byte products that kernels_avx512.c explains.
 *
 * A step is 32 columns and 32 weights, four for each of 8 rows, the columns within a window of 32 inputs. vpshufb looks
 * bytes up in 16, so two of them and a choice fetch a plane. AVX-VNNI multiplies the planes as they are. AVX2 joins
 * lower and upper bytes to int16 again and multiplies by vpmaddwd, so there byte 16 l + 2 d + j of a step belongs to row
 * 4 l + d, its first or second nonzero, and 8 bytes on stand the third and fourth: unpacking leaves each row in one
 * sum.
 *
 * Inputs of 8 bits are one plane, for byte products x + 128; AVX2 makes their upper bytes of the signs.
 *
 *     tile (64 rows, 256 columns): window 0 [slice 0..7], window 1 [slice 0..7], ...       slice: so many steps */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m256i vec;
/* gcc 12 copies registers where a loop changes their type. Unsigned: with -32768 times the weights in the bias, a sum may
 * leave int32 on its way and come back. */
typedef uint32_t sums8 __attribute__((vector_size(32)));

#define ROWS 8u /* of a slice */
#define SLICES (LN_GROUP / ROWS)
#define WINDOW 32u
#define WINDOWS (LN_BLOCK / WINDOW)
#define STEP_BYTES 64u
#define HEADER_BYTES 64u
#define IN_ORDER 255u /* as the first place of a tile: its rows are not sorted */

#ifdef __AVXVNNI__
#define HAS_BYTE_PRODUCTS 1
#define KERNEL ln_sparse_avxvnni
#define KERNEL8 ln_sparse8_avxvnni
#define NAME "avxvnni"
#else
#define HAS_BYTE_PRODUCTS 0
#define KERNEL ln_sparse_avx2
#define KERNEL8 ln_sparse8_avx2
#define NAME "avx2"
#endif

static inline vec load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, vec v) { _mm256_storeu_si256((__m256i *)p, v); }

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
    return ln_slice_steps(tile, slice * ROWS, ROWS, window * WINDOW, (window + 1) * WINDOW);
}

static uint32_t steps_of_tile(const ln_tile *tile) {
    uint32_t count = 0;
    for (uint32_t w = 0; w < WINDOWS; w++)
        for (uint32_t s = 0; s < SLICES; s++) count += steps_of(tile, s, w);
    return count;
}

/* Where sorting saves no step, as in matrices pruned with windows in mind, rows stay as they are. Returns the steps. */
static uint32_t settle_order(ln_tile *tile) {
    const ln_tile sorted = *tile;
    const uint32_t count = steps_of_tile(tile);
    ln_tile_unsort(tile);
    const uint32_t count_in_order = steps_of_tile(tile);
    if (count_in_order <= count) return count_in_order;
    *tile = sorted;
    return count;
}

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = lay_out(weights);
    uint64_t count = 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles)) count += settle_order(&tiles.tile);
    return h.steps_at + STEP_BYTES * count;
}

/* The nonzeros of row `r` of a slice in one window. */
static void pack_row(const int8_t *row, uint32_t r, uint8_t *at) {
    uint32_t place = 0;
    for (uint32_t i = 0; i < WINDOW; i++) {
        if (row[i] == 0) continue;
        const uint32_t j = place % LN_STEP, half = j / 2, side = r / 4, byte = 2 * (r % 4) + j % 2;
        uint8_t *step = at + STEP_BYTES * (place++ / LN_STEP);
        step[HAS_BYTE_PRODUCTS ? LN_STEP * r + j : 16 * side + 8 * half + byte] = (uint8_t)i;
        step[32 + (HAS_BYTE_PRODUCTS ? LN_STEP * r + j : 16 * half + 8 * side + byte)] = (uint8_t)row[i];
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

/* `offset` is what makes an input unsigned, through its upper byte or its only one, where products are of bytes. */
static void pack_with(const ln_weights *weights, const int32_t *bias, int32_t offset, void *packed) {
    const header h = lay_out(weights);
    *(header *)packed = h;
    uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at, *places = bytes + h.places_at;
    int32_t *biases = (int32_t *)(void *)(bytes + HEADER_BYTES);
    for (uint32_t o = 0; o < LN_GROUP * h.groups; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    ln_walk walk = {.weights = weights};
    while (HAS_BYTE_PRODUCTS && ln_walk_next(&walk)) biases[walk.row] -= offset * walk.weight;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles)) {
        (void)settle_order(&tiles.tile);
        bool is_in_order = true;
        for (uint32_t place = 0; place < LN_GROUP; place++) {
            places[tiles.tile.row[place]] = (uint8_t)place;
            is_in_order = is_in_order && tiles.tile.row[place] == place;
        }
        if (is_in_order) places[0] = IN_ORDER;
        at = pack_tile(&tiles.tile, counts, at);
        counts += SLICES * WINDOWS;
        places += LN_GROUP;
    }
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 32768, packed);
}

static void sparse8_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 128, packed);
}

/* Lower and upper bytes of all inputs; for byte products the upper ones, or the only ones, with their signs flipped. */
typedef struct planes {
    _Alignas(32) uint8_t low[LN_SPARSE_MOST_COLUMNS + LN_BLOCK];
    _Alignas(32) uint8_t high[LN_SPARSE_MOST_COLUMNS + LN_BLOCK];
} planes;

static inline void split(planes *p, const int16_t *x, size_t columns) {
    const vec mask = _mm256_set1_epi16(255), flip = _mm256_set1_epi8(HAS_BYTE_PRODUCTS ? INT8_MIN : 0);
    for (size_t i = 0; i < columns; i += 32) {
        const vec a = load(x + i), b = load(x + i + 16);
        const vec l = _mm256_packus_epi16(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask));
        const vec h = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
        store(p->low + i, _mm256_permute4x64_epi64(l, 0xD8));
        store(p->high + i, _mm256_xor_si256(_mm256_permute4x64_epi64(h, 0xD8), flip));
    }
}

static inline void narrow(planes *p, const int16_t *x, size_t columns) {
    const vec flip = _mm256_set1_epi8(HAS_BYTE_PRODUCTS ? INT8_MIN : 0);
    for (size_t i = 0; i < columns; i += 32) {
        const vec both = _mm256_permute4x64_epi64(_mm256_packs_epi16(load(x + i), load(x + i + 16)), 0xD8);
        store(p->low + i, _mm256_xor_si256(both, flip));
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

/* vpshufb takes the four low bits of a column; `second` has the next one where vpblendvb looks. */
static inline __attribute__((always_inline)) vec look_up(table t, vec columns, vec second) {
    return _mm256_blendv_epi8(_mm256_shuffle_epi8(t.part[0], columns), _mm256_shuffle_epi8(t.part[1], columns), second);
}

static inline __attribute__((always_inline)) sums8 products(vec low, vec high, const uint8_t *weights, sums8 sum) {
#if HAS_BYTE_PRODUCTS
    const vec w = load(weights);
    const vec upper = _mm256_dpbusd_avx_epi32(_mm256_setzero_si256(), high, w);
    return (sums8)_mm256_dpbusd_avx_epi32((vec)sum, low, w) + ((sums8)upper << 8);
#else
    const vec first = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)weights));
    const vec second = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(weights + 16)));
    return sum + (sums8)_mm256_madd_epi16(_mm256_unpacklo_epi8(low, high), first) +
           (sums8)_mm256_madd_epi16(_mm256_unpackhi_epi8(low, high), second);
#endif
}

/* The same of one plane. */
static inline __attribute__((always_inline)) sums8 products8(vec bytes, const uint8_t *weights, sums8 sum) {
#if HAS_BYTE_PRODUCTS
    return (sums8)_mm256_dpbusd_avx_epi32((vec)sum, bytes, load(weights));
#else
    return products(bytes, _mm256_cmpgt_epi8(_mm256_setzero_si256(), bytes), weights, sum);
#endif
}

static inline __attribute__((always_inline)) const uint8_t *run_slice(const uint8_t *at, uint32_t count, table low,
                                                                      table high, bool is_wide, sums8 *sum) {
    for (; count > 0; count--, at += STEP_BYTES) {
        const vec columns = load(at), second = _mm256_slli_epi16(columns, 3);
        const vec bytes = look_up(low, columns, second);
        *sum = is_wide ? products(bytes, look_up(high, columns, second), at + 32, *sum) : products8(bytes, at + 32, *sum);
    }
    return at;
}

/* All slices in one window; written out, so that their sums are registers. */
static inline __attribute__((always_inline)) const uint8_t *run_window(const uint8_t *at, const uint8_t *counts,
                                                                       table low, table high, bool is_wide,
                                                                       sums8 sums[SLICES]) {
    at = run_slice(at, counts[0], low, high, is_wide, &sums[0]);
    at = run_slice(at, counts[1], low, high, is_wide, &sums[1]);
    at = run_slice(at, counts[2], low, high, is_wide, &sums[2]);
    at = run_slice(at, counts[3], low, high, is_wide, &sums[3]);
    at = run_slice(at, counts[4], low, high, is_wide, &sums[4]);
    at = run_slice(at, counts[5], low, high, is_wide, &sums[5]);
    at = run_slice(at, counts[6], low, high, is_wide, &sums[6]);
    return run_slice(at, counts[7], low, high, is_wide, &sums[7]);
}

/* A tile's sums, sorted as they are, added in the order of the group's rows. */
static inline void put_back(const sums8 sorted[SLICES], const uint8_t *places, int32_t *sums) {
    if (places[0] == IN_ORDER) {
        for (uint32_t s = 0; s < SLICES; s++) store(sums + ROWS * s, (vec)((sums8)load(sums + ROWS * s) + sorted[s]));
        return;
    }
    _Alignas(32) int32_t table[LN_GROUP];
    for (uint32_t s = 0; s < SLICES; s++) store(table + ROWS * s, (vec)sorted[s]);
    for (uint32_t i = 0; i < LN_GROUP; i += ROWS) {
        const vec from = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(places + i)));
        store(sums + i, _mm256_add_epi32(load(sums + i), _mm256_i32gather_epi32((const int *)table, from, 4)));
    }
}

static inline __attribute__((always_inline)) void multiply(const void *packed, const int16_t *restrict x, bool is_wide,
                                                           int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at;
    const uint8_t *places = bytes + h.places_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + HEADER_BYTES);
    planes p;
    if (is_wide) split(&p, x, h.columns);
    else narrow(&p, x, h.columns);
    for (uint32_t g = 0; g < h.groups; g++, sums += LN_GROUP, biases += LN_GROUP) {
        for (uint32_t i = 0; i < LN_GROUP; i += ROWS) store(sums + i, load(biases + i));
        for (uint32_t from = 0; from < h.columns; from += LN_BLOCK, places += LN_GROUP, counts += SLICES * WINDOWS) {
            sums8 sorted[SLICES] = {{0}};
            for (uint32_t w = 0; w < WINDOWS && from + WINDOW * w < h.columns; w++)
                at = run_window(at, counts + SLICES * w, table_at(p.low + from + WINDOW * w),
                                table_at((is_wide ? p.high : p.low) + from + WINDOW * w), is_wide, sorted);
            put_back(sorted, places, sums);
        }
    }
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, true, sums);
}

static void sparse8_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, false, sums);
}

const ln_kernel KERNEL = {NAME, sparse_bytes, sparse_pack, sparse_multiply};
const ln_kernel KERNEL8 = {NAME, sparse_bytes, sparse8_pack, sparse8_multiply};

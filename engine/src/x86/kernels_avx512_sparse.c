/* kernels_avx512_sparse.c - sparse int8 weights times int16 or int8 inputs with AVX-512 (VBMI, VNNI).
 *
 * A block of 256 inputs is eight registers: four of lower bytes, four of upper ones (see kernels_avx512.c for what the
 * planes mean). A step is 64 columns and 64 weights, four for each of 16 rows: the columns fetch the bytes by permutes,
 * vpdpbusd multiplies and adds them to the rows' sums. Nothing is read from memory but the steps, one after the other.
 *
 *     step: [16 rows x 4 columns, uint8 within the block] [16 x 4 weights]       128 bytes
 *     group of 64 rows: block 0 [slice 0..3], block 1 [slice 0..3], ...          a slice is so many steps
 *
 * Inputs of 8 bits are one plane of four registers, x + 128.
 *
 * One loop a slice: a second one, for steps with fewer permutes, would cost more in branches than it saves. */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m512i vec;

/* The same with elements: gcc 12 copies registers where a loop turns one type into another. */
typedef uint32_t sums16 __attribute__((vector_size(64)));
typedef int8_t bytes64 __attribute__((vector_size(64)));

#define SLICES 4u /* of a group */
#define ROWS 16u  /* of a slice */
#define STEP_BYTES 128u
#define AHEAD 1024u /* bytes that are asked for before their turn: measured, 512 to 2048 are as good */
#define PART 64u    /* columns that one register holds a plane of */
#define MOST_TAIL 4u /* columns behind the last whole block that are done without permutes */
#define MOST_COLUMNS LN_SPARSE_MOST_COLUMNS

typedef struct header {
    uint32_t columns, groups, blocks;
    uint32_t tail; /* columns that are in no block */
    size_t places_at, tails_at, counts_at, steps_at;
} header;

#define HEADER_BYTES 64u

/* Everything but the steps, whose number must be counted first. Biases come right behind the header. */
static header lay_out(const ln_weights *weights) {
    header h = {.columns = weights->columns};
    const uint32_t rest = h.columns % LN_BLOCK;
    h.tail = h.columns > LN_BLOCK && rest <= MOST_TAIL ? rest : 0;
    h.groups = (uint32_t)(ln_round_up(weights->rows, LN_GROUP) / LN_GROUP);
    h.blocks = (uint32_t)(ln_round_up(h.columns - h.tail, LN_BLOCK) / LN_BLOCK);
    h.places_at = HEADER_BYTES + sizeof(int32_t) * LN_GROUP * h.groups;
    h.tails_at = h.places_at + (size_t)LN_GROUP * h.blocks * h.groups;
    h.counts_at = h.tails_at + (h.tail > 0 ? (size_t)LN_GROUP * 4 * h.groups : 0);
    h.steps_at = ln_round_up(h.counts_at + (size_t)SLICES * h.blocks * h.groups, 64);
    return h;
}

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = lay_out(weights);
    uint64_t count = 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles))
        for (uint32_t s = 0; tiles.block < h.blocks && s < SLICES; s++)
            count += ln_slice_steps(&tiles.tile, s * ROWS, ROWS, 0, LN_BLOCK);
    return h.steps_at + STEP_BYTES * count;
}

static uint8_t *pack_slice(const ln_tile *tile, uint32_t slice, uint32_t count, uint8_t *at) {
    for (size_t i = 0; i < (size_t)STEP_BYTES * count; i++) at[i] = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        const int8_t *row = tile->weight[slice * ROWS + r];
        uint32_t place = 0;
        for (uint32_t i = 0; i < LN_BLOCK; i++) {
            if (row[i] == 0) continue;
            uint8_t *step = at + STEP_BYTES * (place / LN_STEP) + r * LN_STEP + place % LN_STEP;
            step[0] = (uint8_t)i;
            step[64] = (uint8_t)row[i];
            place++;
        }
    }
    return at + (size_t)STEP_BYTES * count;
}

/* `offset` is what makes an input unsigned, through its upper byte or its only one. */
static void pack_with(const ln_weights *weights, const int32_t *bias, int32_t offset, void *packed) {
    uint8_t *bytes = packed;
    const header h = lay_out(weights);
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)(bytes + HEADER_BYTES);
    uint8_t *places = bytes + h.places_at, *counts = bytes + h.counts_at, *at = bytes + h.steps_at;
    for (uint32_t o = 0; o < LN_GROUP * h.groups; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = h.tails_at; i < h.counts_at; i++) bytes[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        biases[walk.row] -= offset * walk.weight;
        if (walk.column >= LN_BLOCK * h.blocks) /* the tail */
            bytes[h.tails_at + 4 * (size_t)walk.row + walk.column % LN_BLOCK] = (uint8_t)walk.weight;
    }
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles)) {
        if (tiles.block == h.blocks) continue;
        for (uint32_t place = 0; place < LN_GROUP; place++) places[tiles.tile.row[place]] = (uint8_t)place;
        for (uint32_t s = 0; s < SLICES; s++, counts++) {
            *counts = (uint8_t)ln_slice_steps(&tiles.tile, s * ROWS, ROWS, 0, LN_BLOCK);
            at = pack_slice(&tiles.tile, s, *counts, at);
        }
        places += LN_GROUP;
    }
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 32768, packed);
}

static void sparse8_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 128, packed);
}

/* Both planes of all inputs, whole blocks; upper bytes, or the only ones, with their signs flipped. */
typedef struct planes {
    _Alignas(64) uint8_t low[MOST_COLUMNS + LN_BLOCK];
    _Alignas(64) uint8_t high[MOST_COLUMNS + LN_BLOCK];
} planes;

static inline __attribute__((always_inline)) void split(planes *p, const int16_t *x, size_t columns, bool is_wide) {
    _Alignas(64) uint8_t even[64];
    for (uint32_t i = 0; i < 64; i++) even[i] = (uint8_t)(2 * i);
    const vec lower = _mm512_load_si512(even), upper = _mm512_add_epi8(lower, _mm512_set1_epi8(1));
    for (size_t i = 0; i < columns; i += PART) {
        const vec a = _mm512_loadu_si512(x + i), b = _mm512_loadu_si512(x + i + 32);
        const vec flip = _mm512_set1_epi8(INT8_MIN), low = _mm512_permutex2var_epi8(a, lower, b);
        _mm512_store_si512(p->low + i, is_wide ? low : _mm512_xor_si512(low, flip));
        if (is_wide) _mm512_store_si512(p->high + i, _mm512_xor_si512(_mm512_permutex2var_epi8(a, upper, b), flip));
    }
}

/* One plane of a block. */
typedef struct plane {
    bytes64 part[4];
} plane;

static inline __attribute__((always_inline)) plane plane_at(const uint8_t *p, uint32_t parts) {
    plane read;
    for (uint32_t i = 0; i < 4; i++) read.part[i] = (bytes64)_mm512_load_si512(p + PART * (i < parts ? i : 0));
    return read;
}

/* The bytes of a plane at `columns`; a permute sees two parts, and where there are more, bit 7 tells which it is. */
static inline __attribute__((always_inline)) vec pick(const plane *p, uint32_t parts, vec columns, __mmask64 beyond) {
    const vec near = _mm512_permutex2var_epi8((vec)p->part[0], columns, (vec)p->part[1]);
    if (parts <= 2) return near;
    if (parts == 3) return _mm512_mask_permutexvar_epi8(near, beyond, columns, (vec)p->part[2]);
    const vec far = _mm512_permutex2var_epi8((vec)p->part[2], columns, (vec)p->part[3]);
    return _mm512_mask_mov_epi8(near, beyond, far);
}

typedef struct sums {
    sums16 low, high;
} sums;

static inline __attribute__((always_inline)) sums step(sums s, const uint8_t *at, const plane planes[2],
                                                       uint32_t parts, bool is_wide) {
    const vec columns = _mm512_load_si512(at), weights = _mm512_load_si512(at + 64);
    const __mmask64 beyond = _mm512_movepi8_mask(columns);
    s.low = (sums16)_mm512_dpbusd_epi32((vec)s.low, pick(&planes[0], parts, columns, beyond), weights);
    if (is_wide) s.high = (sums16)_mm512_dpbusd_epi32((vec)s.high, pick(&planes[1], parts, columns, beyond), weights);
    return s;
}

/* Two steps at a time, each with sums of its own, so that none waits for the one before. */
static inline __attribute__((always_inline)) vec run_slice(const uint8_t *at, uint32_t count, const plane planes[2],
                                                           uint32_t parts, bool is_wide) {
    const sums16 zero = {0}; /* sums run modulo 2^32, so they are unsigned */
    sums even = {zero, zero}, odd = {zero, zero};
    for (; count > 1; count -= 2, at += 2 * STEP_BYTES) {
        for (uint32_t i = 0; i < 2 * STEP_BYTES; i += 64) _mm_prefetch((const char *)at + AHEAD + i, _MM_HINT_T0);
        even = step(even, at, planes, parts, is_wide);
        odd = step(odd, at + STEP_BYTES, planes, parts, is_wide);
    }
    if (count > 0) even = step(even, at, planes, parts, is_wide);
    if (!is_wide) return (vec)(even.low + odd.low);
    const vec high = (vec)(even.high + odd.high);
    return _mm512_add_epi32((vec)(even.low + odd.low), _mm512_slli_epi32(high, 8));
}

/* The sums of a tile, each vec a slice; returns where the next tile starts. Written out, so that all are registers. */
static inline __attribute__((always_inline)) const uint8_t *run_tile(const uint8_t *at, const uint8_t *counts,
                                                                     const plane planes[2], uint32_t parts,
                                                                     bool is_wide, vec sorted[SLICES]) {
    const uint8_t *second = at + (size_t)STEP_BYTES * counts[0], *third = second + (size_t)STEP_BYTES * counts[1];
    const uint8_t *fourth = third + (size_t)STEP_BYTES * counts[2];
    sorted[0] = run_slice(at, counts[0], planes, parts, is_wide);
    sorted[1] = run_slice(second, counts[1], planes, parts, is_wide);
    sorted[2] = run_slice(third, counts[2], planes, parts, is_wide);
    sorted[3] = run_slice(fourth, counts[3], planes, parts, is_wide);
    return fourth + (size_t)STEP_BYTES * counts[3];
}

static inline void put_back(const vec sorted[SLICES], const uint8_t *places, vec group[SLICES]) {
    for (uint32_t s = 0; s < SLICES; s++) {
        const vec from = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(places + ROWS * s)));
        const vec first = _mm512_permutex2var_epi32(sorted[0], from, sorted[1]);
        const vec second = _mm512_permutex2var_epi32(sorted[2], from, sorted[3]);
        const __mmask16 is_second = _mm512_test_epi32_mask(from, _mm512_set1_epi32(32));
        group[s] = _mm512_add_epi32(group[s], _mm512_mask_mov_epi32(first, is_second, second));
    }
}

static inline vec four_at(const uint8_t *plane) {
    int32_t four;
    __builtin_memcpy(&four, plane, sizeof four);
    return _mm512_set1_epi32(four);
}

/* What the tail adds to 16 rows. */
static inline vec run_tail(const uint8_t *weights, const planes *p, size_t from, bool is_wide) {
    const vec w = _mm512_loadu_si512(weights), zero = _mm512_setzero_si512();
    const vec low = _mm512_dpbusd_epi32(zero, four_at(p->low + from), w);
    if (!is_wide) return low;
    return _mm512_add_epi32(low, _mm512_slli_epi32(_mm512_dpbusd_epi32(zero, four_at(p->high + from), w), 8));
}

static inline __attribute__((always_inline)) void multiply(const void *packed, const int16_t *restrict x, bool is_wide,
                                                           int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const uint8_t *bytes = packed, *at = bytes + h.steps_at, *tail = bytes + h.tails_at;
    const uint8_t *places = bytes + h.places_at, *counts = bytes + h.counts_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + HEADER_BYTES);
    planes p;
    for (uint32_t i = 0; i < AHEAD; i += 64) _mm_prefetch((const char *)at + i, _MM_HINT_T0);
    split(&p, x, h.columns, is_wide);
    for (uint32_t g = 0; g < h.groups; g++, sums += LN_GROUP, biases += LN_GROUP) {
        vec sorted[SLICES], group[SLICES];
        for (uint32_t s = 0; s < SLICES; s++) group[s] = _mm512_loadu_si512(biases + ROWS * s);
        for (uint32_t from = 0; from < LN_BLOCK * h.blocks; from += LN_BLOCK, counts += SLICES, places += LN_GROUP) {
            const uint32_t parts = (h.columns - h.tail - from + PART - 1) / PART;
            const plane both[2] = {plane_at(p.low + from, parts), plane_at((is_wide ? p.high : p.low) + from, parts)};
            if (parts <= 2) at = run_tile(at, counts, both, 2, is_wide, sorted);
            else if (parts == 3) at = run_tile(at, counts, both, 3, is_wide, sorted);
            else at = run_tile(at, counts, both, 4, is_wide, sorted);
            put_back(sorted, places, group);
        }
        for (uint32_t s = 0; h.tail > 0 && s < SLICES; s++, tail += 64)
            group[s] = _mm512_add_epi32(group[s], run_tail(tail, &p, LN_BLOCK * h.blocks, is_wide));
        for (uint32_t s = 0; s < SLICES; s++) _mm512_storeu_si512(sums + ROWS * s, group[s]);
    }
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, true, sums);
}

static void sparse8_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, false, sums);
}

const ln_kernel ln_sparse_avx512 = {"avx512", sparse_bytes, sparse_pack, sparse_multiply, NULL};
const ln_kernel ln_sparse8_avx512 = {"avx512", sparse_bytes, sparse8_pack, sparse8_multiply, NULL};

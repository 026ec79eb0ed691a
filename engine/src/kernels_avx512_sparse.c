/* kernels_avx512_sparse.c - sparse int8 weights times int16 inputs with AVX-512 (VBMI, VNNI).
 *
 * A block of 256 inputs is eight registers: four of lower bytes, four of upper ones (see kernels_avx512.c for what the
 * planes mean). A step is 64 columns and 64 weights, four for each of 16 rows: the columns fetch the bytes by permutes,
 * vpdpbusd multiplies and adds them to the rows' sums. Nothing is read from memory but the steps, one after the other.
 *
 *     step: [16 rows x 4 columns, uint8 within the block] [16 x 4 weights]       128 bytes
 *     slice in a block: steps whose columns lie in 0..127 | in 128..255 | anywhere (twice the permutes, for leftovers)
 *     group of 64 rows: block 0 [slice 0..3], block 1 [slice 0..3], ... */
#include <immintrin.h>

#include "kernels.h"

typedef __m512i vec;

#define SLICES 4u          /* of a group */
#define ROWS 16u           /* of a slice */
#define WINDOW 128u
#define STEP_BYTES 128u
#define MOST_TAIL 4u       /* columns behind the last whole block that are done without permutes */
#define MOST_COLUMNS LN_SPARSE_MOST_COLUMNS

static const ln_cut cut = {.slice_rows = ROWS, .window = WINDOW, .mixed_thirds = 5};

typedef struct steps {
    uint8_t first, second, mixed, unused;
} steps;

typedef struct header {
    uint32_t rows, columns, groups, blocks;
    uint32_t tail; /* columns that are in no block */
    size_t places_at, tails_at, plans_at, steps_at;
} header;

#define HEADER_BYTES 64u

/* Everything but the steps, whose number must be planned first. Biases come right behind the header. */
static header lay_out(const ln_weights *weights) {
    header h = {.rows = weights->rows, .columns = weights->columns};
    const uint32_t rest = h.columns % LN_BLOCK;
    h.tail = h.columns > LN_BLOCK && rest <= MOST_TAIL ? rest : 0;
    h.groups = (uint32_t)(ln_round_up(h.rows, LN_GROUP) / LN_GROUP);
    h.blocks = (uint32_t)(ln_round_up(h.columns - h.tail, LN_BLOCK) / LN_BLOCK);
    h.places_at = HEADER_BYTES + sizeof(int32_t) * LN_GROUP * h.groups;
    h.tails_at = h.places_at + (size_t)LN_GROUP * h.groups;
    h.plans_at = h.tails_at + (h.tail > 0 ? (size_t)LN_GROUP * 4 * h.groups : 0);
    h.steps_at = ln_round_up(h.plans_at + sizeof(steps) * SLICES * h.blocks * h.groups, 64);
    return h;
}

static steps plan_of(const ln_tile *tile, uint32_t slice) {
    const ln_plan plan = ln_slice_plan(tile, slice * ROWS, &cut);
    return (steps){plan.steps[0], plan.steps[1], plan.mixed, 0};
}

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = lay_out(weights);
    uint64_t count = 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles))
        for (uint32_t s = 0; tiles.block < h.blocks && s < SLICES; s++) {
            const steps n = plan_of(&tiles.tile, s);
            count += (uint64_t)n.first + n.second + n.mixed;
        }
    return h.steps_at + STEP_BYTES * count;
}

/* Puts the nonzeros of one row to their steps; `at` is the slice's first step. */
static void pack_row(const int8_t *row, uint32_t r, steps n, uint8_t *at) {
    uint32_t used[3] = {0, 0, 0};
    const uint32_t starts[3] = {0, n.first, (uint32_t)n.first + n.second};
    for (uint32_t i = 0; i < LN_BLOCK; i++) {
        if (row[i] == 0) continue;
        uint32_t kind = i / WINDOW;
        if (used[kind] == LN_STEP * (kind == 0 ? n.first : n.second)) kind = 2;
        const uint32_t place = used[kind]++;
        uint8_t *step = at + STEP_BYTES * (starts[kind] + place / LN_STEP) + r * LN_STEP + place % LN_STEP;
        step[0] = (uint8_t)i;
        step[64] = (uint8_t)row[i];
    }
}

static uint8_t *pack_slice(const ln_tile *tile, uint32_t slice, steps n, uint8_t *at) {
    const size_t bytes = STEP_BYTES * ((size_t)n.first + n.second + n.mixed);
    for (size_t i = 0; i < bytes; i++) at[i] = 0;
    for (uint32_t r = 0; r < ROWS; r++) pack_row(tile->weight[slice * ROWS + r], r, n, at);
    return at + bytes;
}

/* Biases and places of a group's rows; rows that are not there have bias 0. */
static void pack_group(const ln_tiles *tiles, const int32_t *bias, int32_t *biases, uint8_t *places) {
    for (uint32_t place = 0; place < LN_GROUP; place++) {
        const uint32_t row = tiles->group * LN_GROUP + tiles->order[place];
        biases[place] = row < tiles->weights->rows ? bias[row] : 0;
        places[tiles->order[place]] = (uint8_t)place;
    }
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    uint8_t *bytes = packed;
    const header h = lay_out(weights);
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)(bytes + HEADER_BYTES);
    steps *plans = (steps *)(void *)(bytes + h.plans_at);
    uint8_t *at = bytes + h.steps_at;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles)) {
        int32_t *group_biases = biases + (size_t)LN_GROUP * tiles.group;
        uint8_t *places = bytes + h.places_at + (size_t)LN_GROUP * tiles.group;
        if (tiles.block == 0) pack_group(&tiles, bias, group_biases, places);
        for (uint32_t place = 0; place < LN_GROUP; place++)
            for (uint32_t i = 0; i < LN_BLOCK; i++) group_biases[place] -= 32768 * tiles.tile.weight[place][i];
        if (tiles.block == h.blocks) { /* the tail: its columns are the tile's first */
            uint8_t *tail = bytes + h.tails_at + (size_t)LN_GROUP * 4 * tiles.group;
            for (uint32_t i = 0; i < LN_GROUP * 4; i++) tail[i] = (uint8_t)tiles.tile.weight[i / 4][i % 4];
            continue;
        }
        for (uint32_t s = 0; s < SLICES; s++) {
            *plans = plan_of(&tiles.tile, s);
            at = pack_slice(&tiles.tile, s, *plans++, at);
        }
    }
}

/* Both planes of all inputs, whole blocks; upper bytes with their signs flipped. */
typedef struct planes {
    _Alignas(64) uint8_t low[MOST_COLUMNS + LN_BLOCK];
    _Alignas(64) uint8_t high[MOST_COLUMNS + LN_BLOCK];
} planes;

static inline void split(planes *p, const int16_t *x, size_t columns) {
    const vec mask = _mm512_set1_epi16(255), order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    for (size_t i = 0; i < columns; i += 64) {
        const vec a = _mm512_loadu_si512(x + i), b = _mm512_loadu_si512(x + i + 32);
        const vec l = _mm512_packus_epi16(_mm512_and_si512(a, mask), _mm512_and_si512(b, mask));
        const vec h = _mm512_packus_epi16(_mm512_srli_epi16(a, 8), _mm512_srli_epi16(b, 8));
        _mm512_storeu_si512(p->low + i, _mm512_permutexvar_epi64(order, l));
        const vec flipped = _mm512_xor_si512(_mm512_permutexvar_epi64(order, h), _mm512_set1_epi8(INT8_MIN));
        _mm512_storeu_si512(p->high + i, flipped);
    }
}

/* One plane of a block. */
typedef struct plane {
    vec part[4];
} plane;

static inline __attribute__((always_inline)) plane plane_at(const uint8_t *p) {
    return (plane){{_mm512_loadu_si512(p), _mm512_loadu_si512(p + 64), _mm512_loadu_si512(p + 128),
                    _mm512_loadu_si512(p + 192)}};
}

static inline __attribute__((always_inline)) vec pick(plane p, vec columns) {
    const vec first = _mm512_permutex2var_epi8(p.part[0], columns, p.part[1]);
    const vec second = _mm512_permutex2var_epi8(p.part[2], columns, p.part[3]);
    return _mm512_mask_mov_epi8(first, _mm512_movepi8_mask(columns), second);
}

/* A slice's steps in a block, added to its sums of both planes; returns where the next slice's steps start. */
static inline __attribute__((always_inline)) const uint8_t *run_slice(const uint8_t *at, steps n, plane low, plane high,
                                                                      vec sums[2]) {
    vec l = sums[0], h = sums[1];
    for (uint32_t i = n.first; i > 0; i--, at += STEP_BYTES) {
        const vec columns = _mm512_load_si512(at), weights = _mm512_load_si512(at + 64);
        l = _mm512_dpbusd_epi32(l, _mm512_permutex2var_epi8(low.part[0], columns, low.part[1]), weights);
        h = _mm512_dpbusd_epi32(h, _mm512_permutex2var_epi8(high.part[0], columns, high.part[1]), weights);
    }
    for (uint32_t i = n.second; i > 0; i--, at += STEP_BYTES) {
        const vec columns = _mm512_load_si512(at), weights = _mm512_load_si512(at + 64);
        l = _mm512_dpbusd_epi32(l, _mm512_permutex2var_epi8(low.part[2], columns, low.part[3]), weights);
        h = _mm512_dpbusd_epi32(h, _mm512_permutex2var_epi8(high.part[2], columns, high.part[3]), weights);
    }
    for (uint32_t i = n.mixed; i > 0; i--, at += STEP_BYTES) {
        const vec columns = _mm512_load_si512(at), weights = _mm512_load_si512(at + 64);
        l = _mm512_dpbusd_epi32(l, pick(low, columns), weights);
        h = _mm512_dpbusd_epi32(h, pick(high, columns), weights);
    }
    sums[0] = l, sums[1] = h;
    return at;
}

/* The group's sums back in the order of its rows. */
static inline void put_back(const vec sums[SLICES], const uint8_t *places, int32_t *out) {
    for (uint32_t s = 0; s < SLICES; s++) {
        const vec from = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(places + ROWS * s)));
        const vec first = _mm512_permutex2var_epi32(sums[0], from, sums[1]);
        const vec second = _mm512_permutex2var_epi32(sums[2], from, sums[3]);
        const __mmask16 is_second = _mm512_test_epi32_mask(from, _mm512_set1_epi32(32));
        _mm512_storeu_si512(out + ROWS * s, _mm512_mask_mov_epi32(first, is_second, second));
    }
}

static inline vec four_at(const uint8_t *plane) {
    int32_t four;
    __builtin_memcpy(&four, plane, sizeof four);
    return _mm512_set1_epi32(four);
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const uint8_t *bytes = packed, *at = bytes + h.steps_at, *tail = bytes + h.tails_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + HEADER_BYTES);
    const steps *plans = (const steps *)(const void *)(bytes + h.plans_at);
    planes p;
    split(&p, x, h.columns);
    for (uint32_t g = 0; g < h.groups; g++) {
        vec both[SLICES][2], whole[SLICES];
        for (uint32_t s = 0; s < SLICES; s++)
            both[s][0] = _mm512_loadu_si512(biases + LN_GROUP * g + ROWS * s), both[s][1] = _mm512_setzero_si512();
        for (uint32_t b = 0; b < h.blocks; b++) {
            const plane low = plane_at(p.low + (size_t)LN_BLOCK * b), high = plane_at(p.high + (size_t)LN_BLOCK * b);
            at = run_slice(at, plans[0], low, high, both[0]); /* written out, so that all sums are registers */
            at = run_slice(at, plans[1], low, high, both[1]);
            at = run_slice(at, plans[2], low, high, both[2]);
            at = run_slice(at, plans[3], low, high, both[3]);
            plans += SLICES;
        }
        for (uint32_t s = 0; h.tail > 0 && s < SLICES; s++, tail += 64) {
            const vec weights = _mm512_loadu_si512(tail);
            both[s][0] = _mm512_dpbusd_epi32(both[s][0], four_at(p.low + LN_BLOCK * h.blocks), weights);
            both[s][1] = _mm512_dpbusd_epi32(both[s][1], four_at(p.high + LN_BLOCK * h.blocks), weights);
        }
        for (uint32_t s = 0; s < SLICES; s++)
            whole[s] = _mm512_add_epi32(both[s][0], _mm512_slli_epi32(both[s][1], 8));
        put_back(whole, bytes + h.places_at + LN_GROUP * g, sums + LN_GROUP * g);
    }
}

const ln_kernel ln_sparse_avx512 = {"avx512", sparse_bytes, sparse_pack, sparse_multiply};

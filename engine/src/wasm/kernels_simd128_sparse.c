/* kernels_simd128_sparse.c - sparse int8 weights times int16 inputs with the 128-bit vectors of WebAssembly, in steps whose
 * windows slide (sliding.h): 96 bytes, 16 rows x 2 nonzeros in 16 columns.
 *
 * swizzle looks 16 bytes up, once in the lower and once in the upper bytes of a window. Two shuffles join them to int16
 * again, and i32x4.dot_i16x8_s adds the two products of each row to its sum: exact.
 *
 *     columns  | r0: c c | r1: c c | ... | r15: c c |      for 8 rows: two swizzles, two shuffles
 *     weights  | r0: w w | r1: w w | ... | r15: w w |      int16, for 4 rows: one dot, one add
 *
 * Weights lie in memory as int16: a step does not wait for memory, and widening them is work for the unit that shuffles.
 * Measured in Node: steps of 8 rows took 1.11 times as long (a loop of V8 adds five instructions to each), two steps at a
 * time as long as those. */
#include <wasm_simd128.h>

#include "matrix/kernels.h"

#define ROWS 16u
#define WINDOW 16u
#define STEP_BYTES 96u
#define PUT_BACK 16u /* nonzeros; measured in Node with bench_step.mjs */

static const ln_sliding_form form = {
    .rows = ROWS, .each = 2, .window = WINDOW, .put_back = PUT_BACK, .has_wide_weights = true};

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_sliding_bytes(&form, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_sliding_pack(&form, weights, bias, packed);
}

/* Lower and upper bytes of all inputs; a window may start at the last column. */
typedef struct planes {
    uint8_t low[LN_SPARSE_MOST_COLUMNS + WINDOW];
    uint8_t high[LN_SPARSE_MOST_COLUMNS + WINDOW];
} planes;

static inline void split(planes *p, const int16_t *x, uint32_t columns) {
    const v128_t mask = wasm_i16x8_splat(255);
    for (uint32_t i = 0; i < columns; i += 16) {
        const v128_t a = wasm_v128_load(x + i), b = wasm_v128_load(x + i + 8);
        wasm_v128_store(p->low + i, wasm_u8x16_narrow_i16x8(wasm_v128_and(a, mask), wasm_v128_and(b, mask)));
        wasm_v128_store(p->high + i, wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(a, 8), wasm_u16x8_shr(b, 8)));
    }
}

/* Four rows each. */
typedef struct sums16 {
    v128_t part[4];
} sums16;

/* What eight rows add to their sums. */
static inline __attribute__((always_inline)) void add_half(v128_t *sums, v128_t low, v128_t high, const uint8_t *at,
                                                           const uint8_t *weights) {
    const v128_t columns = wasm_v128_load(at);
    const v128_t l = wasm_i8x16_swizzle(low, columns), h = wasm_i8x16_swizzle(high, columns);
    const v128_t x0 = wasm_i8x16_shuffle(l, h, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v128_t x1 = wasm_i8x16_shuffle(l, h, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    sums[0] = wasm_i32x4_add(sums[0], wasm_i32x4_dot_i16x8(x0, wasm_v128_load(weights)));
    sums[1] = wasm_i32x4_add(sums[1], wasm_i32x4_dot_i16x8(x1, wasm_v128_load(weights + 16)));
}

static inline __attribute__((always_inline)) sums16 run_slice(const planes *p, const uint16_t *firsts, uint32_t count,
                                                              const uint8_t *at, sums16 sums) {
    for (const uint8_t *end = at + (size_t)STEP_BYTES * count; at != end; at += STEP_BYTES) {
        const size_t first = *firsts++;
        const v128_t low = wasm_v128_load(p->low + first), high = wasm_v128_load(p->high + first);
        add_half(sums.part, low, high, at, at + 32);
        add_half(sums.part + 2, low, high, at + 16, at + 64);
    }
    return sums;
}

/* A slice's sums to where they belong; `places` is NULL where rows are in order. */
static inline void put_back(sums16 from, const uint8_t *places, int32_t *sums) {
    int32_t each[ROWS];
    int32_t *to = places == NULL ? sums : each;
    for (uint32_t i = 0; i < 4; i++) wasm_v128_store(to + 4 * i, from.part[i]);
    for (uint32_t i = 0; places != NULL && i < ROWS; i++) sums[places[i]] = each[i];
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const ln_sliding_matrix m = *(const ln_sliding_matrix *)packed;
    const uint8_t *bytes = packed, *at = bytes + m.steps_at, *places = bytes + m.places_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + LN_SLIDING_HEADER);
    const uint16_t *counts = (const uint16_t *)(const void *)(bytes + m.counts_at);
    const uint16_t *firsts = (const uint16_t *)(const void *)(bytes + m.firsts_at);
    planes p;
    split(&p, x, m.columns);
    for (uint32_t s = 0; s < m.slices; s++, biases += ROWS, places += ROWS) {
        const uint32_t count = counts[s] & ~LN_SLIDING_SORTED;
        const sums16 bias = {{wasm_v128_load(biases), wasm_v128_load(biases + 4), wasm_v128_load(biases + 8),
                              wasm_v128_load(biases + 12)}};
        const sums16 slice = run_slice(&p, firsts, count, at, bias);
        if (counts[s] & LN_SLIDING_SORTED) put_back(slice, places, sums + ln_sliding_group_of(s, ROWS));
        else put_back(slice, NULL, sums + ROWS * s);
        firsts += count;
        at += (size_t)STEP_BYTES * count;
    }
}

const ln_kernel ln_sparse_simd128 = {"simd128", sparse_bytes, sparse_pack, sparse_multiply, NULL};

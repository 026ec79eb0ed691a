/* kernels_simd128.c - int8 weights times int16 inputs with the 128-bit vectors of WebAssembly.
 *
 * i32x4.dot_i16x8_s multiplies eight int16 pairs and adds neighbours to four sums: exact, two products stay below
 * 2^24. Weights lie in memory as int8 and are widened by the load itself.
 *
 * Dense: slices of 4 rows, up to eight side by side: for inputs 0 and 1 [4 rows x 2 weights] of each, for 2 and 3 ...
 * Sparse: steps of 16 nonzeros (short_steps.h), two for each of 8 rows, the columns within a window of 32 inputs:
 * swizzle looks bytes up in 16 and gives 0 beyond them, so two of them and an `or` fetch a plane, and the lower and the
 * upper bytes are joined again to int16. */
#include <wasm_simd128.h>

#include "matrix/kernels.h"

/* --- dense -------------------------------------------------------------------------------------------------------- */

#define ROWS 4u        /* of a slice */
#define MOST_BESIDE 8u /* slices that share each fetch of inputs */
#define HEADER_BYTES 64u

typedef struct header {
    uint32_t slices, pairs;
} header;

static header shape_of(const ln_weights *weights) {
    return (header){(uint32_t)(ln_round_up(weights->rows, ROWS) / ROWS),
                    (uint32_t)(ln_round_up(weights->columns, 2) / 2)};
}

static uint64_t dense_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = shape_of(weights);
    return HEADER_BYTES + sizeof(int32_t) * ROWS * h.slices + (uint64_t)8 * h.slices * h.pairs;
}

/* How many slices stand side by side from slice `first` of a block on: eight, then single ones. */
static uint32_t beside_from(uint32_t first, uint32_t slices) { return slices - first >= MOST_BESIDE ? MOST_BESIDE : 1; }

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const header h = shape_of(weights);
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)8 * h.slices * h.pairs; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t slice = walk.row / ROWS, whole = h.slices / MOST_BESIDE * MOST_BESIDE;
        const uint32_t first = slice < whole ? slice / MOST_BESIDE * MOST_BESIDE : slice;
        const size_t vector = (size_t)first * h.pairs +
                              (size_t)walk.column / 2 * beside_from(first, h.slices) + (slice - first);
        w[8 * vector + walk.row % ROWS * 2 + walk.column % 2] = walk.weight;
    }
}

/* Always inline, so that the sums are locals, which the browser's compiler makes registers. */
static inline __attribute__((always_inline)) void block(const int8_t *w, const int16_t *x, uint32_t beside,
                                                        uint32_t pairs, int32_t *sums) {
    v128_t sum[MOST_BESIDE];
    for (uint32_t s = 0; s < beside; s++) sum[s] = wasm_v128_load(sums + ROWS * s);
    for (uint32_t i = 0; i < pairs; i++, w += 8 * beside) {
        const v128_t inputs = wasm_v128_load32_splat(x + 2 * i);
        for (uint32_t s = 0; s < beside; s++)
            sum[s] = wasm_i32x4_add(sum[s], wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(w + 8 * s), inputs));
    }
    for (uint32_t s = 0; s < beside; s++) wasm_v128_store(sums + ROWS * s, sum[s]);
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o += ROWS) wasm_v128_store(sums + o, wasm_v128_load(biases + o));
    for (uint32_t s = 0; s < h.slices;) {
        const uint32_t beside = beside_from(s, h.slices);
        if (beside == 8) block(w, x, 8, h.pairs, sums + ROWS * s);
        else block(w, x, 1, h.pairs, sums + ROWS * s);
        w += (size_t)8 * beside * h.pairs;
        s += beside;
    }
}

const ln_kernel ln_dense_simd128 = {"simd128", dense_bytes, dense_pack, dense_multiply};

/* --- sparse ------------------------------------------------------------------------------------------------------- */

#define SLICE_ROWS 8u
#define SLICES (LN_GROUP / SLICE_ROWS)
#define WINDOW 32u

static const ln_short_form form = {
    .slice_rows = SLICE_ROWS, .beside = SLICES, .window = WINDOW, .is_row_by_row = true, .bias_step = 0};

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_short_steps_bytes(&form, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_short_steps_pack(&form, weights, bias, packed);
}

/* 32 bytes of a plane. */
typedef struct table {
    v128_t part[2];
} table;

typedef struct window {
    table low, high;
} window;

/* Lower and upper bytes of a window of inputs. */
static inline __attribute__((always_inline)) window window_at(const int16_t *x) {
    const v128_t mask = wasm_i16x8_splat(255);
    window w;
    for (uint32_t i = 0; i < 2; i++) {
        const v128_t a = wasm_v128_load(x + 16 * i), b = wasm_v128_load(x + 16 * i + 8);
        w.low.part[i] = wasm_u8x16_narrow_i16x8(wasm_v128_and(a, mask), wasm_v128_and(b, mask));
        w.high.part[i] = wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(a, 8), wasm_u16x8_shr(b, 8));
    }
    return w;
}

/* `above` is the columns less 16, so that those below 16 lie beyond the second half. */
static inline __attribute__((always_inline)) v128_t look_up(table t, v128_t columns, v128_t above) {
    return wasm_v128_or(wasm_i8x16_swizzle(t.part[0], columns), wasm_i8x16_swizzle(t.part[1], above));
}

static inline __attribute__((always_inline)) void run_steps(const uint8_t *at, uint32_t count, window w,
                                                            int32_t *sums) {
    v128_t first = wasm_v128_load(sums), second = wasm_v128_load(sums + 4); /* rows 0..3 and 4..7 */
    for (; count > 0; count--, at += LN_SHORT_STEP_BYTES) {
        const v128_t columns = wasm_v128_load(at), above = wasm_i8x16_sub(columns, wasm_i8x16_splat(16));
        const v128_t l = look_up(w.low, columns, above), h = look_up(w.high, columns, above);
        const v128_t x0 = wasm_i8x16_shuffle(l, h, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const v128_t x1 = wasm_i8x16_shuffle(l, h, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        first = wasm_i32x4_add(first, wasm_i32x4_dot_i16x8(x0, wasm_i16x8_load8x8(at + 16)));
        second = wasm_i32x4_add(second, wasm_i32x4_dot_i16x8(x1, wasm_i16x8_load8x8(at + 24)));
    }
    wasm_v128_store(sums, first), wasm_v128_store(sums + 4, second);
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const ln_short_steps h = *(const ln_short_steps *)packed;
    const uint8_t *counts = (const uint8_t *)packed + h.counts_at, *at = (const uint8_t *)packed + h.steps_at;
    int32_t sorted[LN_GROUP];
    for (uint32_t g = 0; g < h.groups; g++)
        for (uint32_t b = 0; b < h.blocks; b++) {
            const uint32_t first = b * (LN_BLOCK / WINDOW), end = first + ln_short_steps_windows(&h, b, WINDOW);
            ln_short_steps_start(packed, g, b, sorted);
            for (uint32_t w = first; w < end; w++, counts += SLICES) {
                const window inputs = window_at(x + (size_t)WINDOW * w);
                for (uint32_t s = 0; s < SLICES; at += LN_SHORT_STEP_BYTES * counts[s], s++)
                    run_steps(at, counts[s], inputs, sorted + SLICE_ROWS * s);
            }
            ln_short_steps_put_back(packed, g, b, sorted, sums);
        }
}

const ln_kernel ln_sparse_simd128 = {"simd128", sparse_bytes, sparse_pack, sparse_multiply};

/* kernels_simd128.c - dense int8 weights times int16 inputs with the 128-bit vectors of WebAssembly.
 *
 * i32x4.dot_i16x8_s multiplies eight int16 pairs and adds neighbours to four sums: exact, two products stay below
 * 2^24. Weights lie in memory as int8 and are widened by the load itself.
 *
 * Slices of 4 rows, up to eight side by side: for inputs 0 and 1 [4 rows x 2 weights] of each, for 2 and 3 ... */
#include <wasm_simd128.h>

#include "matrix/kernels.h"

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

const ln_kernel ln_dense_simd128 = {"simd128", dense_bytes, dense_pack, dense_multiply, NULL};

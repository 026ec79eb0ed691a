/* kernels_neon.c - dense int8 weights times int16 inputs with the NEON that every 64-bit Arm processor has.
 *
 * smlal multiplies four int16 by four others, or all by one, and adds them to four sums: exact. Weights lie in memory
 * as int8 and are widened on their way.
 *
 * Slices of 16 rows, two side by side: for each input [16 rows] [16 rows]. */
#include <arm_neon.h>

#include "matrix/kernels.h"

#define ROWS 16u   /* of a slice */
#define BESIDE 2u  /* slices that share each fetch of inputs */
#define COLUMNS 8u /* inputs fetched at a time; behind the last one stand weights 0 */
#define HEADER_BYTES 64u

typedef struct header {
    uint32_t slices, columns;
} header;

static header shape_of(const ln_weights *weights) {
    return (header){(uint32_t)(ln_round_up(weights->rows, ROWS) / ROWS),
                    (uint32_t)ln_round_up(weights->columns, COLUMNS)};
}

static uint64_t dense_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = shape_of(weights);
    return HEADER_BYTES + sizeof(int32_t) * ROWS * h.slices + (uint64_t)ROWS * h.slices * h.columns;
}

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const header h = shape_of(weights);
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)ROWS * h.slices * h.columns; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t slice = walk.row / ROWS, first = slice / BESIDE * BESIDE;
        const uint32_t beside = h.slices - first < BESIDE ? 1 : BESIDE;
        const size_t vector = (size_t)first * h.columns + (size_t)walk.column * beside + (slice - first);
        w[ROWS * vector + walk.row % ROWS] = walk.weight;
    }
}

/* One column of a slice; a macro because the lane must be a constant. */
#define MULTIPLY_COLUMN(lane)                                                                                         \
    for (uint32_t s = 0; s < beside; s++, w += ROWS) {                                                                \
        const int8x16_t bytes = vld1q_s8(w);                                                                          \
        const int16x8_t upper = vmovl_s8(vget_low_s8(bytes)), lower = vmovl_high_s8(bytes);                           \
        sum[4 * s] = vmlal_laneq_s16(sum[4 * s], vget_low_s16(upper), x, lane);                                       \
        sum[4 * s + 1] = vmlal_high_laneq_s16(sum[4 * s + 1], upper, x, lane);                                        \
        sum[4 * s + 2] = vmlal_laneq_s16(sum[4 * s + 2], vget_low_s16(lower), x, lane);                               \
        sum[4 * s + 3] = vmlal_high_laneq_s16(sum[4 * s + 3], lower, x, lane);                                        \
    }

/* Always inline, so that the sums are registers. */
static inline __attribute__((always_inline)) void block(const int8_t *w, const int16_t *inputs, uint32_t beside,
                                                        uint32_t columns, int32_t *sums) {
    int32x4_t sum[4 * BESIDE];
    for (uint32_t i = 0; i < 4 * beside; i++) sum[i] = vld1q_s32(sums + 4 * i);
    for (uint32_t i = 0; i < columns; i += COLUMNS) {
        const int16x8_t x = vld1q_s16(inputs + i);
        MULTIPLY_COLUMN(0)
        MULTIPLY_COLUMN(1)
        MULTIPLY_COLUMN(2)
        MULTIPLY_COLUMN(3)
        MULTIPLY_COLUMN(4)
        MULTIPLY_COLUMN(5)
        MULTIPLY_COLUMN(6)
        MULTIPLY_COLUMN(7)
    }
    for (uint32_t i = 0; i < 4 * beside; i++) vst1q_s32(sums + 4 * i, sum[i]);
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o += 4) vst1q_s32(sums + o, vld1q_s32(biases + o));
    uint32_t s = 0;
    for (; s + BESIDE <= h.slices; s += BESIDE, w += (size_t)ROWS * BESIDE * h.columns)
        block(w, x, BESIDE, h.columns, sums + ROWS * s);
    if (s < h.slices) block(w, x, 1, h.columns, sums + ROWS * s);
}

const ln_kernel ln_dense_neon = {"neon", dense_bytes, dense_pack, dense_multiply, NULL};

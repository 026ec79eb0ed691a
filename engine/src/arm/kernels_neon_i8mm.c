/* kernels_neon_i8mm.c - dense int8 weights times int16 inputs with NEON and its products of small matrices (i8mm).
 *
 * smmla multiplies two rows of eight signed bytes by two columns of eight and adds them to 2 x 2 sums. The rows are
 * weights; the columns are the two byte planes of eight inputs (kernels_neon_dotprod.c says what these mean), so both
 * planes take one instruction and nothing of it is idle:
 *
 *     [row 0: w w w w w w w w]   [l l l l l l l l]        [row 0 . l, row 0 . h]
 *     [row 1: w w w w w w w w] x [h h h h h h h h]^T  ->  [row 1 . l, row 1 . h]
 *
 * Slices of 4 rows, up to eight side by side: for inputs 0..7 [4 rows x 8 weights] of each, for 8..15 ... A sparse
 * matrix has other columns in every row, which smmla cannot take: neon_dotprod serves it. */
#include <arm_neon.h>

#include "matrix/kernels.h"

#define ROWS 4u        /* of a slice */
#define MOST_BESIDE 8u /* slices that share each fetch of inputs */
#define OCTET 8u       /* columns of a product */
#define COLUMNS 16u    /* inputs fetched at a time; behind the last one stand weights 0 */
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

/* How many slices stand side by side from slice `first` of a block on: eight, then single ones. */
static uint32_t beside_from(uint32_t first, uint32_t slices) { return slices - first >= MOST_BESIDE ? MOST_BESIDE : 1; }

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    const header h = shape_of(weights);
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)ROWS * h.slices * h.columns; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t slice = walk.row / ROWS, whole = h.slices / MOST_BESIDE * MOST_BESIDE;
        const uint32_t first = slice < whole ? slice / MOST_BESIDE * MOST_BESIDE : slice;
        const size_t tile = (size_t)first * (h.columns / OCTET) +
                            (size_t)walk.column / OCTET * beside_from(first, h.slices) + (slice - first);
        w[ROWS * OCTET * tile + walk.row % ROWS * OCTET + walk.column % OCTET] = walk.weight;
        biases[walk.row] += 128 * walk.weight;
    }
}

/* Sums of rows 0 and 1 of each slice, and of rows 2 and 3: both planes of each. */
typedef struct accumulators {
    int32x4_t upper[MOST_BESIDE], lower[MOST_BESIDE];
} accumulators;

static inline __attribute__((always_inline)) const int8_t *multiply_octet(accumulators *sum, const int8_t *w,
                                                                          int8x16_t x, uint32_t beside) {
    for (uint32_t s = 0; s < beside; s++, w += ROWS * OCTET) {
        sum->upper[s] = vmmlaq_s32(sum->upper[s], vld1q_s8(w), x);
        sum->lower[s] = vmmlaq_s32(sum->lower[s], vld1q_s8(w + 2 * OCTET), x);
    }
    return w;
}

/* Modulo 2^32: with what went into the bias a sum may leave int32 on its way and come back. */
static inline int32x4_t add(int32x4_t a, int32x4_t b) {
    return vreinterpretq_s32_u32(vaddq_u32(vreinterpretq_u32_s32(a), vreinterpretq_u32_s32(b)));
}

/* Always inline, so that the sums are registers. */
static inline __attribute__((always_inline)) void block(const int8_t *w, const int16_t *x, uint32_t beside,
                                                        uint32_t columns, int32_t *sums) {
    accumulators sum;
    for (uint32_t s = 0; s < beside; s++) sum.upper[s] = sum.lower[s] = vdupq_n_s32(0);
    for (uint32_t i = 0; i < columns; i += COLUMNS) {
        const int8x16x2_t planes = vld2q_s8((const int8_t *)(x + i));
        const int64x2_t l = vreinterpretq_s64_s8(veorq_s8(planes.val[0], vdupq_n_s8(INT8_MIN)));
        const int64x2_t h = vreinterpretq_s64_s8(planes.val[1]);
        w = multiply_octet(&sum, w, vreinterpretq_s8_s64(vzip1q_s64(l, h)), beside);
        w = multiply_octet(&sum, w, vreinterpretq_s8_s64(vzip2q_s64(l, h)), beside);
    }
    for (uint32_t s = 0; s < beside; s++) {
        const int32x4_t low = vuzp1q_s32(sum.upper[s], sum.lower[s]), high = vuzp2q_s32(sum.upper[s], sum.lower[s]);
        const int32x4_t both = add(low, vshlq_n_s32(high, 8));
        vst1q_s32(sums + ROWS * s, add(vld1q_s32(sums + ROWS * s), both));
    }
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o += ROWS) vst1q_s32(sums + o, vld1q_s32(biases + o));
    for (uint32_t s = 0; s < h.slices;) {
        const uint32_t beside = beside_from(s, h.slices);
        if (beside == MOST_BESIDE) block(w, x, MOST_BESIDE, h.columns, sums + ROWS * s);
        else block(w, x, 1, h.columns, sums + ROWS * s);
        w += (size_t)ROWS * beside * h.columns;
        s += beside;
    }
}

const ln_kernel ln_dense_neon_i8mm = {"neon_i8mm", dense_bytes, dense_pack, dense_multiply, NULL};

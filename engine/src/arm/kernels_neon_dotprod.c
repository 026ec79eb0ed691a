/* kernels_neon_dotprod.c - dense int8 weights times int16 inputs with NEON and its dot product (Armv8.2 dotprod).
 *
 * sdot multiplies 16 signed bytes by 16 others and adds groups of four to four sums. An int16 input is two bytes,
 * x = 256 h + (l - 128) + 128 with h the upper byte and l the lower one, so h and l - 128 are signed:
 *
 *     sum w x = 256 sum w h + sum w (l - 128) + 128 sum w
 *
 * The last term is constant and goes into the bias, which stays in 32 bits because the loader has proven the row's
 * sum_i |w| * 32768 + |bias|. Sums within run modulo 2^32. (usdot would spare the 128, which costs nothing.)
 *
 * Slices of 4 rows, up to eight side by side: for inputs 0..3 [4 rows x 4 weights] of each, for 4..7 ... */
#include <arm_neon.h>

#include "matrix/kernels.h"

#define ROWS 4u         /* of a slice */
#define MOST_BESIDE 8u  /* slices that share each fetch of inputs */
#define COLUMNS 16u     /* inputs fetched at a time; behind the last one stand weights 0 */
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

/* How many slices stand side by side from slice `first` of a block on: eight, then once four, then single ones. */
static uint32_t beside_from(uint32_t first, uint32_t slices) {
    const uint32_t left = slices - first;
    return left >= MOST_BESIDE ? MOST_BESIDE : left >= 4 ? 4 : 1;
}

static uint32_t first_beside(uint32_t slice, uint32_t slices) {
    const uint32_t whole = slices / MOST_BESIDE * MOST_BESIDE;
    if (slice < whole) return slice / MOST_BESIDE * MOST_BESIDE;
    return slices - whole >= 4 && slice < whole + 4 ? whole : slice;
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
        const uint32_t slice = walk.row / ROWS, first = first_beside(slice, h.slices);
        const size_t vector = (size_t)first * (h.columns / 4) +
                              (size_t)walk.column / 4 * beside_from(first, h.slices) + (slice - first);
        w[16 * vector + walk.row % ROWS * 4 + walk.column % 4] = walk.weight;
        biases[walk.row] += 128 * walk.weight;
    }
}

/* Four columns of all slices; a macro because the lane must be a constant. */
#define MULTIPLY_QUAD(lane)                                                                                           \
    for (uint32_t s = 0; s < beside; s++, w += 16) {                                                                  \
        const int8x16_t weights = vld1q_s8(w);                                                                        \
        low[s] = vdotq_laneq_s32(low[s], weights, l, lane);                                                           \
        high[s] = vdotq_laneq_s32(high[s], weights, h, lane);                                                         \
    }

/* Modulo 2^32: with what went into the bias a sum may leave int32 on its way and come back. */
static inline int32x4_t add(int32x4_t a, int32x4_t b) {
    return vreinterpretq_s32_u32(vaddq_u32(vreinterpretq_u32_s32(a), vreinterpretq_u32_s32(b)));
}

/* Always inline, so that the sums are registers. */
static inline __attribute__((always_inline)) void block(const int8_t *w, const int16_t *x, uint32_t beside,
                                                        uint32_t columns, int32_t *sums) {
    int32x4_t low[MOST_BESIDE], high[MOST_BESIDE];
    for (uint32_t s = 0; s < beside; s++) low[s] = vld1q_s32(sums + ROWS * s), high[s] = vdupq_n_s32(0);
    for (uint32_t i = 0; i < columns; i += COLUMNS) {
        const int8x16x2_t planes = vld2q_s8((const int8_t *)(x + i));
        const int8x16_t l = veorq_s8(planes.val[0], vdupq_n_s8(INT8_MIN)), h = planes.val[1];
        MULTIPLY_QUAD(0)
        MULTIPLY_QUAD(1)
        MULTIPLY_QUAD(2)
        MULTIPLY_QUAD(3)
    }
    for (uint32_t s = 0; s < beside; s++) vst1q_s32(sums + ROWS * s, add(low[s], vshlq_n_s32(high[s], 8)));
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *w = (const int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o += ROWS) vst1q_s32(sums + o, vld1q_s32(biases + o));
    for (uint32_t s = 0; s < h.slices;) {
        const uint32_t beside = beside_from(s, h.slices);
        if (beside == 8) block(w, x, 8, h.columns, sums + ROWS * s);
        else if (beside == 4) block(w, x, 4, h.columns, sums + ROWS * s);
        else block(w, x, 1, h.columns, sums + ROWS * s);
        w += (size_t)ROWS * beside * h.columns;
        s += beside;
    }
}

const ln_kernel ln_dense_neon_dotprod = {"neon_dotprod", dense_bytes, dense_pack, dense_multiply, NULL};

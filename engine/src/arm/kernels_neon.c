/* kernels_neon.c - int8 weights times int16 inputs with the NEON that every 64-bit Arm processor has.
 *
 * smlal multiplies four int16 by four others, or all by one, and adds them to four sums: exact. Weights lie in memory
 * as int8 and are widened on their way.
 *
 * Dense: slices of 16 rows, two side by side: for each input [16 rows] [16 rows].
 * Sparse: steps of 16 nonzeros (short_steps.h), two for each of 8 rows, the columns within a window of 64 inputs: tbl
 * looks 16 bytes up in four registers, once in the lower bytes of the window and once in the upper ones, and zip
 * joins them again to int16. */
#include <arm_neon.h>

#include "matrix/kernels.h"

/* --- dense -------------------------------------------------------------------------------------------------------- */

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

/* --- sparse ------------------------------------------------------------------------------------------------------- */

#define SLICE_ROWS 8u
#define SLICES_BESIDE 4u
#define WINDOW 64u

static const ln_short_form form = {
    .slice_rows = SLICE_ROWS, .beside = SLICES_BESIDE, .window = WINDOW, .is_row_by_row = false, .bias_step = 0};

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_short_steps_bytes(&form, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_short_steps_pack(&form, weights, bias, packed);
}

/* Lower and upper bytes of all inputs, whole windows. */
typedef struct planes {
    uint8_t low[LN_SPARSE_MOST_COLUMNS + WINDOW];
    uint8_t high[LN_SPARSE_MOST_COLUMNS + WINDOW];
} planes;

static inline void split(planes *p, const int16_t *x, uint32_t columns) {
    for (uint32_t i = 0; i < columns; i += 16) {
        const uint8x16x2_t bytes = vld2q_u8((const uint8_t *)(x + i));
        vst1q_u8(p->low + i, bytes.val[0]);
        vst1q_u8(p->high + i, bytes.val[1]);
    }
}

/* Sums of the slices beside each other, of their rows 0..3 and 4..7; and where their steps are read. */
typedef struct run {
    int32x4_t upper[SLICES_BESIDE], lower[SLICES_BESIDE];
    const uint8_t *at;
} run;

static inline __attribute__((always_inline)) void run_slice(run *r, uint32_t s, uint32_t count, uint8x16x4_t low,
                                                            uint8x16x4_t high) {
    for (const uint8_t *end = r->at + LN_SHORT_STEP_BYTES * count; r->at != end; r->at += LN_SHORT_STEP_BYTES) {
        const uint8x16_t columns = vld1q_u8(r->at);
        const int8x16_t weights = vld1q_s8((const int8_t *)r->at + 16);
        const uint8x16_t l = vqtbl4q_u8(low, columns), h = vqtbl4q_u8(high, columns);
        const int16x8_t x0 = vreinterpretq_s16_u8(vzip1q_u8(l, h)), x1 = vreinterpretq_s16_u8(vzip2q_u8(l, h));
        const int16x8_t w0 = vmovl_s8(vget_low_s8(weights)), w1 = vmovl_high_s8(weights);
        r->upper[s] = vmlal_s16(r->upper[s], vget_low_s16(x0), vget_low_s16(w0));
        r->lower[s] = vmlal_high_s16(r->lower[s], x0, w0);
        r->upper[s] = vmlal_s16(r->upper[s], vget_low_s16(x1), vget_low_s16(w1));
        r->lower[s] = vmlal_high_s16(r->lower[s], x1, w1);
    }
}

/* What the windows from `x` on give to the slices beside each other; returns where the next steps are. */
static inline const uint8_t *run_windows(const uint8_t *at, const uint8_t *counts, uint32_t windows, const planes *p,
                                         uint32_t x, int32_t *sums) {
    run r = {.at = at};
    for (uint32_t s = 0; s < SLICES_BESIDE; s++)
        r.upper[s] = vld1q_s32(sums + SLICE_ROWS * s), r.lower[s] = vld1q_s32(sums + SLICE_ROWS * s + 4);
    for (uint32_t w = 0; w < windows; w++, x += WINDOW, counts += SLICES_BESIDE) {
        const uint8x16x4_t low = vld1q_u8_x4(p->low + x), high = vld1q_u8_x4(p->high + x);
        run_slice(&r, 0, counts[0], low, high); /* written out, so that all sums are registers */
        run_slice(&r, 1, counts[1], low, high);
        run_slice(&r, 2, counts[2], low, high);
        run_slice(&r, 3, counts[3], low, high);
    }
    for (uint32_t s = 0; s < SLICES_BESIDE; s++)
        vst1q_s32(sums + SLICE_ROWS * s, r.upper[s]), vst1q_s32(sums + SLICE_ROWS * s + 4, r.lower[s]);
    return r.at;
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const ln_short_steps h = *(const ln_short_steps *)packed;
    const uint8_t *counts = (const uint8_t *)packed + h.counts_at, *at = (const uint8_t *)packed + h.steps_at;
    int32_t sorted[LN_GROUP];
    planes p;
    split(&p, x, h.windows * WINDOW);
    for (uint32_t g = 0; g < h.groups; g++)
        for (uint32_t b = 0; b < h.blocks; b++) {
            const uint32_t windows = ln_short_steps_windows(&h, b, WINDOW);
            ln_short_steps_start(packed, g, b, sorted);
            for (uint32_t r = 0; r < LN_GROUP; r += SLICE_ROWS * SLICES_BESIDE, counts += SLICES_BESIDE * windows)
                at = run_windows(at, counts, windows, &p, LN_BLOCK * b, sorted + r);
            ln_short_steps_put_back(packed, g, b, sorted, sums);
        }
}

const ln_kernel ln_sparse_neon = {"neon", sparse_bytes, sparse_pack, sparse_multiply, NULL};

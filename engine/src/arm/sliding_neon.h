/* sliding_neon.h - what the sparse kernels with NEON share: steps whose windows slide (sliding.h), 128 bytes, 16 rows x 4
 * nonzeros in 32 columns, and inputs cut into planes of signed bytes. Inline functions only.
 *
 * tbl looks 16 bytes up in the 32 of two registers: more registers take longer, fewer columns leave more places empty. An
 * input is x = 256 h + (l - 128) + 128 with h its upper byte and l the lower one; 128 sum w is in the bias. */
#ifndef LN_SLIDING_NEON_H
#define LN_SLIDING_NEON_H

#include <arm_neon.h>

#include "matrix/kernels.h"

#define LN_NEON_ROWS 16u
#define LN_NEON_EACH 4u
#define LN_NEON_WINDOW 32u
#define LN_NEON_STEP_BYTES 128u
#define LN_NEON_PUT_BACK 16u /* nonzeros; as with AVX2, not measured on an Arm processor */

/* Lower bytes less 128, and upper ones, of all inputs; a window may start at the last column. */
typedef struct ln_neon_planes {
    int8_t low[LN_SPARSE_MOST_COLUMNS + LN_NEON_WINDOW];
    int8_t high[LN_SPARSE_MOST_COLUMNS + LN_NEON_WINDOW];
} ln_neon_planes;

static inline void ln_neon_split(ln_neon_planes *p, const int16_t *x, uint32_t columns) {
    for (uint32_t i = 0; i < columns; i += 16) {
        const int8x16x2_t bytes = vld2q_s8((const int8_t *)(x + i));
        vst1q_s8(p->low + i, veorq_s8(bytes.val[0], vdupq_n_s8(INT8_MIN)));
        vst1q_s8(p->high + i, bytes.val[1]);
    }
}

/* Modulo 2^32: with what went into the bias a sum may leave int32 on its way and come back. */
static inline int32x4_t ln_neon_sum(int32x4_t low, int32x4_t high) {
    return vreinterpretq_s32_u32(vaddq_u32(vreinterpretq_u32_s32(low), vreinterpretq_u32_s32(vshlq_n_s32(high, 8))));
}

/* Sums of the rows of a slice, four by four. */
typedef struct ln_neon_sums {
    int32x4_t part[4];
} ln_neon_sums;

/* What the steps from `at` on add to the biases of a slice; `firsts` are the columns where their windows start. */
typedef ln_neon_sums ln_neon_run(const ln_neon_planes *p, const uint16_t *firsts, uint32_t count, const uint8_t *at,
                                 ln_neon_sums bias);

/* A slice's sums to where they belong; `places` is NULL where rows are in order. */
static inline void ln_neon_put_back(ln_neon_sums from, const uint8_t *places, int32_t *sums) {
    int32_t each[LN_NEON_ROWS];
    int32_t *to = places == NULL ? sums : each;
    for (uint32_t i = 0; i < 4; i++) vst1q_s32(to + 4 * i, from.part[i]);
    for (uint32_t i = 0; places != NULL && i < LN_NEON_ROWS; i++) sums[places[i]] = each[i];
}

/* Multiplies by slices that `run` computes; always inline, so that `run` is, too. */
static inline __attribute__((always_inline)) void ln_neon_multiply(const void *packed, const int16_t *restrict x,
                                                                   ln_neon_run *run, int32_t *restrict sums) {
    const ln_sliding_matrix m = *(const ln_sliding_matrix *)packed;
    const uint8_t *bytes = packed, *at = bytes + m.steps_at, *places = bytes + m.places_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + LN_SLIDING_HEADER);
    const uint16_t *counts = (const uint16_t *)(const void *)(bytes + m.counts_at);
    const uint16_t *firsts = (const uint16_t *)(const void *)(bytes + m.firsts_at);
    ln_neon_planes p;
    ln_neon_split(&p, x, m.columns);
    for (uint32_t s = 0; s < m.slices; s++, biases += LN_NEON_ROWS, places += LN_NEON_ROWS) {
        const uint32_t count = counts[s] & ~LN_SLIDING_SORTED;
        ln_neon_sums slice;
        for (uint32_t i = 0; i < 4; i++) slice.part[i] = vld1q_s32(biases + 4 * i);
        slice = run(&p, firsts, count, at, slice);
        if (counts[s] & LN_SLIDING_SORTED)
            ln_neon_put_back(slice, places, sums + ln_sliding_group_of(s, LN_NEON_ROWS));
        else ln_neon_put_back(slice, NULL, sums + LN_NEON_ROWS * s);
        firsts += count;
        at += (size_t)LN_NEON_STEP_BYTES * count;
    }
}

#endif

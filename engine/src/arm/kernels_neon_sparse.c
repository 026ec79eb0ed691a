/* kernels_neon_sparse.c - sparse int8 weights times int16 inputs with the NEON that every 64-bit Arm processor has, in steps
 * whose windows slide (sliding_neon.h).
 *
 * smull and smlal multiply eight bytes by eight others and add two products of each row in int16, sadalp adds the pairs
 * of a row to its sum. Two products of a plane fit int16 unless both weights are -128; such ones are kept apart.
 *
 *     columns  | r0: c c | r1: c c | ... | r15: c c |   | r0: c c | ... | r15: c c |     for 8 rows: two tbl for each plane
 *     weights  | r0: w w | r1: w w | ... | r15: w w |   | r0: w w | ... | r15: w w |     for 4 rows: smull, smlal, sadalp
 *                                                                                        for each plane */
#include "arm/sliding_neon.h"

static const ln_sliding_form form = {.rows = LN_NEON_ROWS,
                                     .each = LN_NEON_EACH,
                                     .window = LN_NEON_WINDOW,
                                     .most = 255,
                                     .put_back = LN_NEON_PUT_BACK,
                                     .bias_step = -128,
                                     .has_halves = true};

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_sliding_bytes(&form, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_sliding_pack(&form, weights, bias, packed);
}

/* Adds one plane's products of eight rows to their sums: `even` and `odd` are inputs and weights of both halves. */
static inline __attribute__((always_inline)) void add_rows(int32x4_t *sums, int8x16_t even, int8x16_t odd,
                                                           int8x16_t even_weights, int8x16_t odd_weights) {
    const int16x8_t first = vmull_s8(vget_low_s8(even), vget_low_s8(even_weights));
    const int16x8_t second = vmull_high_s8(even, even_weights);
    sums[0] = vpadalq_s16(sums[0], vmlal_s8(first, vget_low_s8(odd), vget_low_s8(odd_weights)));
    sums[1] = vpadalq_s16(sums[1], vmlal_high_s8(second, odd, odd_weights));
}

static inline __attribute__((always_inline)) ln_neon_sums run_slice(const ln_neon_planes *p, const uint16_t *firsts,
                                                                    uint32_t count, const uint8_t *at, ln_neon_sums bias) {
    ln_neon_sums low = bias, high;
    for (uint32_t i = 0; i < 4; i++) high.part[i] = vdupq_n_s32(0);
    for (; count > 0; count--, at += LN_NEON_STEP_BYTES) {
        const size_t first = *firsts++;
        const int8x16x2_t l = vld1q_s8_x2(p->low + first), h = vld1q_s8_x2(p->high + first);
        const uint8x16x4_t c = vld1q_u8_x4(at);
        const int8x16x4_t w = vld1q_s8_x4((const int8_t *)at + 64);
        /* written out, so that all sums are registers with clang, too */
        add_rows(low.part, vqtbl2q_s8(l, c.val[0]), vqtbl2q_s8(l, c.val[2]), w.val[0], w.val[2]);
        add_rows(high.part, vqtbl2q_s8(h, c.val[0]), vqtbl2q_s8(h, c.val[2]), w.val[0], w.val[2]);
        add_rows(low.part + 2, vqtbl2q_s8(l, c.val[1]), vqtbl2q_s8(l, c.val[3]), w.val[1], w.val[3]);
        add_rows(high.part + 2, vqtbl2q_s8(h, c.val[1]), vqtbl2q_s8(h, c.val[3]), w.val[1], w.val[3]);
    }
    for (uint32_t i = 0; i < 4; i++) low.part[i] = ln_neon_sum(low.part[i], high.part[i]);
    return low;
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    ln_neon_multiply(packed, x, run_slice, sums);
}

const ln_kernel ln_sparse_neon = {"neon", sparse_bytes, sparse_pack, sparse_multiply, NULL};

/* kernels_neon_dotprod_sparse.c - sparse int8 weights times int16 inputs with NEON and its dot product (Armv8.2 dotprod), in
 * steps whose windows slide (sliding_neon.h).
 *
 * sdot adds the four products of each row in one plane to its sum, so a step of 64 nonzeros is 8 look-ups and 8 products:
 *
 *     columns  | r0: c c c c | r1: c c c c | ... | r15 |      for 4 rows: two tbl, one for each plane
 *     weights  | r0: w w w w | r1: w w w w | ... | r15 |      for 4 rows: two sdot */
#include "arm/sliding_neon.h"

static const ln_sliding_form form = {.rows = LN_NEON_ROWS,
                                     .each = LN_NEON_EACH,
                                     .window = LN_NEON_WINDOW,
                                     .put_back = LN_NEON_PUT_BACK,
                                     .bias_step = -128};

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_sliding_bytes(&form, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_sliding_pack(&form, weights, bias, packed);
}

static inline __attribute__((always_inline)) ln_neon_sums run_slice(const ln_neon_planes *p, const uint16_t *firsts,
                                                                    uint32_t count, const uint8_t *at, ln_neon_sums bias) {
    ln_neon_sums low = bias, high;
    for (uint32_t i = 0; i < 4; i++) high.part[i] = vdupq_n_s32(0);
    for (; count > 0; count--, at += LN_NEON_STEP_BYTES) {
        const size_t first = *firsts++;
        const int8x16x2_t l = vld1q_s8_x2(p->low + first), h = vld1q_s8_x2(p->high + first);
        const uint8x16x4_t columns = vld1q_u8_x4(at);
        const int8x16x4_t weights = vld1q_s8_x4((const int8_t *)at + 64);
        for (uint32_t i = 0; i < 4; i++) {
            low.part[i] = vdotq_s32(low.part[i], weights.val[i], vqtbl2q_s8(l, columns.val[i]));
            high.part[i] = vdotq_s32(high.part[i], weights.val[i], vqtbl2q_s8(h, columns.val[i]));
        }
    }
    for (uint32_t i = 0; i < 4; i++) low.part[i] = ln_neon_sum(low.part[i], high.part[i]);
    return low;
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    ln_neon_multiply(packed, x, run_slice, sums);
}

const ln_kernel ln_sparse_neon_dotprod = {"neon_dotprod", sparse_bytes, sparse_pack, sparse_multiply, NULL};

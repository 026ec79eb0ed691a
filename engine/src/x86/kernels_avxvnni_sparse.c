/* kernels_avxvnni_sparse.c - sparse int8 weights times int16 or int8 inputs with AVX-VNNI, in steps whose windows slide
 * (sliding.h): 64 bytes, 8 rows x 4 nonzeros in 16 columns.
 *
 * vpshufb looks 16 bytes up, vpdpbusd multiplies unsigned bytes by weights and adds four products to a sum: two
 * instructions for each plane of planes_avx2.h, whose bytes kernels_avx512.c explains. Steps are less full than with
 * windows of 32 columns, but these need two look-ups and a choice. Steps go by turns to sums of their own, because
 * vpdpbusd takes five cycles from sum to sum.
 *
 * Of inputs of 16 bits a matrix whose steps would be much emptier so is packed for the AVX2 kernel, 16 rows x 2 nonzeros:
 * very sparse ones, and those of the pattern "sliced". */
#include "x86/planes_avx2.h"

typedef __m256i vec;
/* gcc 12 copies registers where a loop changes their type. Unsigned: with -32768 times the weights in the bias, a sum may
 * leave int32 on its way and come back. */
typedef uint32_t sums8 __attribute__((vector_size(32)));

#define ROWS 8u
#define STEP_BYTES 64u
#define PUT_BACK 16u /* nonzeros; measured with bench_step.c */
#define TURNS 2u

static const ln_sliding_form form = {ROWS, 4, 16, 0, PUT_BACK, 32768, NULL, false, false};
static const ln_sliding_form form8 = {ROWS, 4, 16, 0, PUT_BACK, 128, NULL, false, false};

/* A byte of AVX2's steps takes as long as 16 / 12 of these, measured with bench_step.c. */
static bool is_for_avx2(uint64_t bytes, uint64_t bytes_avx2) { return 16 * bytes_avx2 < 12 * bytes; }

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    const uint64_t bytes = ln_sliding_bytes(&form, weights), bytes_avx2 = ln_sparse_avx2.packed_bytes(weights, nonzeros);
    return is_for_avx2(bytes, bytes_avx2) ? bytes_avx2 : bytes;
}

static uint64_t sparse8_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_sliding_bytes(&form8, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    if (is_for_avx2(ln_sliding_bytes(&form, weights), ln_sparse_avx2.packed_bytes(weights, 0)))
        ln_sparse_avx2.pack(weights, bias, packed);
    else ln_sliding_pack(&form, weights, bias, packed);
}

static void sparse8_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_sliding_pack(&form8, weights, bias, packed);
}

static inline __attribute__((always_inline)) void add_step(const ln_planes *p, size_t first, const uint8_t *step,
                                                           bool is_wide, sums8 *low, sums8 *high) {
    const vec columns = ln_loaded(step), weights = ln_loaded(step + 32);
    *low = (sums8)_mm256_dpbusd_avx_epi32((vec)*low, ln_fetch(p->low + first, columns), weights);
    if (is_wide) *high = (sums8)_mm256_dpbusd_avx_epi32((vec)*high, ln_fetch(p->high + first, columns), weights);
}

static inline __attribute__((always_inline)) sums8 run_slice(const ln_planes *p, const uint16_t *firsts, uint32_t count,
                                                             const uint8_t *at, bool is_wide, sums8 bias) {
    sums8 low[TURNS] = {bias}, high[TURNS] = {{0}};
    for (; count >= TURNS; count -= TURNS, firsts += TURNS)
        for (uint32_t i = 0; i < TURNS; i++, at += STEP_BYTES) add_step(p, firsts[i], at, is_wide, &low[i], &high[i]);
    for (uint32_t i = 0; i < count; i++, at += STEP_BYTES) add_step(p, firsts[i], at, is_wide, &low[0], &high[0]);
    sums8 sum = low[0] + (high[0] << 8);
    for (uint32_t i = 1; i < TURNS; i++) sum += low[i] + (high[i] << 8);
    return sum;
}

static inline __attribute__((always_inline)) void multiply(const void *packed, const int16_t *restrict x, bool is_wide,
                                                           int32_t *restrict sums) {
    const ln_sliding_matrix m = *(const ln_sliding_matrix *)packed;
    const uint8_t *bytes = packed, *at = bytes + m.steps_at, *places = bytes + m.places_at;
    const int32_t *biases = (const int32_t *)(const void *)(bytes + LN_SLIDING_HEADER);
    const uint16_t *counts = (const uint16_t *)(const void *)(bytes + m.counts_at);
    const uint16_t *firsts = (const uint16_t *)(const void *)(bytes + m.firsts_at);
    ln_planes p;
    if (is_wide) ln_split(&p, x, m.columns);
    else ln_narrow(&p, x, m.columns);
    for (uint32_t s = 0; s < m.slices; s++, places += ROWS) {
        const uint32_t count = counts[s] & ~LN_SLIDING_SORTED;
        const sums8 slice = run_slice(&p, firsts, count, at, is_wide, (sums8)load(biases + ROWS * s));
        if (counts[s] & LN_SLIDING_SORTED)
            for (uint32_t i = 0; i < ROWS; i++) sums[ln_sliding_group_of(s, ROWS) + places[i]] = (int32_t)slice[i];
        else store(sums + ROWS * s, (vec)slice);
        firsts += count;
        at += (size_t)STEP_BYTES * count;
    }
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    if (((const ln_sliding_matrix *)packed)->rows == ROWS) multiply(packed, x, true, sums);
    else ln_sparse_avx2.multiply(packed, x, sums);
}

static void sparse8_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, false, sums);
}

const ln_kernel ln_sparse_avxvnni = {"avxvnni", sparse_bytes, sparse_pack, sparse_multiply, NULL};
const ln_kernel ln_sparse8_avxvnni = {"avxvnni", sparse8_bytes, sparse8_pack, sparse8_multiply, NULL};

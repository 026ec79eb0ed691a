/* kernels_avx2_sparse.c - sparse int8 weights times int16 or int8 inputs with AVX2, in steps whose windows slide
 * (sliding.h): 64 bytes, 16 rows x 2 nonzeros in 16 columns.
 *
 * vpshufb looks 16 bytes up. An input is cut into two planes of unsigned bytes, x = 256 (h - 128) + l, and -32768 sum w
 * is in the bias. vpmaddubsw multiplies a plane by the weights and adds the two products of each row to an int16, which
 * holds 255 * 128: so two weights of one sign may be 128 together, and of two signs they always fit. vpmaddwd joins the
 * planes: l + 256 h. Inputs of 8 bits are one plane, x + 128, and vpmaddwd joins two steps.
 *
 *     columns  | r0: c c | r1: c c | ... | r15: c c |      two vpshufb, one for each plane
 *     weights  | r0: w w | r1: w w | ... | r15: w w |      two vpmaddubsw: l, h of 16 rows
 *                                                          vpunpck of l and h, two vpmaddwd, two vpaddd */
#include "x86/planes_avx2.h"

typedef __m256i vec;
typedef struct sums16 {
    vec first, second; /* rows 0..3, 8..11 and 4..7, 12..15 of a slice, as vpunpck leaves them */
} sums16;

#define ROWS 16u
#define WINDOW 16u
#define STEP_BYTES 64u
#define PUT_BACK 16u /* nonzeros; measured with bench_step.c */

static const uint8_t unpacked[ROWS] = {0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15};
static const ln_sliding_form form = {ROWS, 2, WINDOW, 128, PUT_BACK, 32768, unpacked, false, false};
static const ln_sliding_form form8 = {ROWS, 2, WINDOW, 128, PUT_BACK, 128, unpacked, false, false};

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_sliding_bytes(&form, weights);
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_sliding_pack(&form, weights, bias, packed);
}

static void sparse8_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    ln_sliding_pack(&form8, weights, bias, packed);
}

/* One plane's products of a step: int16 of 16 rows. `window` is 16 bytes of the plane. */
static inline vec products(const uint8_t *window, vec columns, vec weights) {
    return _mm256_maddubs_epi16(ln_fetch(window, columns), weights);
}

static inline vec products8(const uint8_t *window, const uint8_t *step) {
    return products(window, load(step), load(step + 32));
}

/* a + b of each row times the two numbers in `by`. */
static inline sums16 added(sums16 sums, vec a, vec b, vec by) {
    return (sums16){_mm256_add_epi32(sums.first, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), by)),
                    _mm256_add_epi32(sums.second, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), by))};
}

static inline sums16 run_slice(const ln_planes *p, const uint16_t *firsts, uint32_t count, const uint8_t *at, sums16 sums) {
    const vec by = _mm256_set1_epi32(256 << 16 | 1);
    for (uint32_t i = 0; i < count; i++, at += STEP_BYTES) {
        const size_t first = firsts[i];
        const vec columns = ln_loaded(at), weights = ln_loaded(at + 32);
        sums = added(sums, products(p->low + first, columns, weights), products(p->high + first, columns, weights), by);
    }
    return sums;
}

/* The same of one plane, two steps at a time. */
static inline sums16 run_slice8(const ln_planes *p, const uint16_t *firsts, uint32_t count, const uint8_t *at, sums16 sums) {
    const vec ones = _mm256_set1_epi16(1);
    uint32_t i = 0;
    for (; i + 2 <= count; i += 2, at += 2 * STEP_BYTES)
        sums = added(sums, products8(p->low + firsts[i], at), products8(p->low + firsts[i + 1], at + STEP_BYTES), ones);
    if (i < count) sums = added(sums, products8(p->low + firsts[i], at), _mm256_setzero_si256(), ones);
    return sums;
}

/* A slice's sums to where they belong; `places` is NULL where rows are in order. */
static inline void put_back(sums16 from, const uint8_t *places, int32_t *sums) {
    if (places == NULL) {
        store(sums, _mm256_permute2x128_si256(from.first, from.second, 0x20));
        store(sums + 8, _mm256_permute2x128_si256(from.first, from.second, 0x31));
        return;
    }
    _Alignas(32) int32_t each[ROWS];
    store(each, from.first), store(each + 8, from.second);
    for (uint32_t i = 0; i < ROWS; i++) sums[places[i]] = each[i];
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
    for (uint32_t s = 0; s < m.slices; s++, biases += ROWS, places += ROWS) {
        const uint32_t count = counts[s] & ~LN_SLIDING_SORTED;
        const sums16 bias = {load(biases), load(biases + 8)};
        const sums16 slice = is_wide ? run_slice(&p, firsts, count, at, bias) : run_slice8(&p, firsts, count, at, bias);
        if (counts[s] & LN_SLIDING_SORTED) put_back(slice, places, sums + ln_sliding_group_of(s, ROWS));
        else put_back(slice, NULL, sums + ROWS * s);
        firsts += count;
        at += (size_t)STEP_BYTES * count;
    }
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, true, sums);
}

static void sparse8_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, false, sums);
}

const ln_kernel ln_sparse_avx2 = {"avx2", sparse_bytes, sparse_pack, sparse_multiply, NULL};
const ln_kernel ln_sparse8_avx2 = {"avx2", sparse_bytes, sparse8_pack, sparse8_multiply, NULL};

/* kernels_avx512.c - dense int8 weights times int16 or int8 inputs with AVX-512 VNNI (F, BW, VBMI, VNNI).
 *
 * vpdpbusd multiplies 64 unsigned bytes by 64 signed ones and adds groups of four to 16 sums. An int16 input is two
 * bytes, x = 256 (h - 128) + l with h the upper byte, its sign flipped, so both planes are unsigned:
 *
 *     sum w x = 256 sum w h + sum w l - 32768 sum w
 *
 * The last term is constant and goes into the bias, which stays in 32 bits because the loader has proven the row's
 * sum_i |w| * 32768 + |bias|. Sums within run modulo 2^32. Layout: slices of 16 rows, up to four side by side:
 *
 *     quad of inputs 0..3 : [16 rows x 4 weights] [16 x 4] [16 x 4] [16 x 4]     each input is fetched once
 *     quad of inputs 4..7 : ...                                                   for 64 rows
 *
 * An input of 8 bits is one plane, x = l - 128 with l = x + 128, and -128 sum w goes into the bias. */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m512i vec;

#define SLICE 16u
#define MOST_SLICES 4u
#define CHUNK 1024u /* inputs whose planes are on the stack at a time */

typedef struct header {
    uint32_t rows, columns;
} header;

#define HEADER_BYTES 64u

static size_t slices_of(uint32_t rows) { return ln_round_up(rows, SLICE) / SLICE; }
static size_t quads_of(uint32_t columns) { return ln_round_up(columns, 4) / 4; }

static uint64_t dense_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const uint64_t slices = slices_of(weights->rows);
    return HEADER_BYTES + slices * SLICE * sizeof(int32_t) + slices * 64 * quads_of(weights->columns);
}

/* Where the weight of a place lies: blocks of up to four slices, each its quads, in these its slices. */
static size_t place_of(size_t slices, size_t quads, uint32_t row, uint32_t column) {
    const size_t first = row / SLICE / MOST_SLICES * MOST_SLICES;
    const size_t beside = slices - first < MOST_SLICES ? slices - first : MOST_SLICES;
    const size_t vector = first * quads + column / 4 * beside + (row / SLICE - first);
    return vector * 64 + row % SLICE * 4 + column % 4;
}

/* `offset` is what makes an input unsigned, through its upper byte or its only one. */
static void pack_with(const ln_weights *weights, const int32_t *bias, int32_t offset, void *packed) {
    const size_t slices = slices_of(weights->rows), quads = quads_of(weights->columns);
    header *head = packed;
    *head = (header){weights->rows, weights->columns};
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + slices * SLICE);
    for (size_t i = 0; i < slices * SLICE; i++) biases[i] = i < weights->rows ? bias[i] : 0;
    for (size_t i = 0; i < slices * 64 * quads; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        w[place_of(slices, quads, walk.row, walk.column)] = walk.weight;
        biases[walk.row] -= offset * walk.weight;
    }
}

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 32768, packed);
}

static void dense8_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 128, packed);
}

/* Lower and upper bytes of 64 inputs. */
static inline void split(const int16_t *x, uint8_t *low, uint8_t *high) {
    const vec a = _mm512_loadu_si512(x), b = _mm512_loadu_si512(x + 32);
    const vec mask = _mm512_set1_epi16(255), order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    const vec l = _mm512_packus_epi16(_mm512_and_si512(a, mask), _mm512_and_si512(b, mask));
    const vec h = _mm512_packus_epi16(_mm512_srli_epi16(a, 8), _mm512_srli_epi16(b, 8));
    _mm512_storeu_si512(low, _mm512_permutexvar_epi64(order, l));
    _mm512_storeu_si512(high, _mm512_xor_si512(_mm512_permutexvar_epi64(order, h), _mm512_set1_epi8(INT8_MIN)));
}

/* The bytes of 64 inputs of 8 bits, their signs flipped. */
static inline void narrow(const int16_t *x, uint8_t *bytes) {
    const vec order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    const vec both = _mm512_packs_epi16(_mm512_loadu_si512(x), _mm512_loadu_si512(x + 32));
    _mm512_storeu_si512(bytes, _mm512_xor_si512(_mm512_permutexvar_epi64(order, both), _mm512_set1_epi8(INT8_MIN)));
}

typedef struct planes {
    _Alignas(64) uint8_t low[CHUNK];
    _Alignas(64) uint8_t high[CHUNK];
} planes;

static inline vec quad_at(const uint8_t *plane, size_t quad) {
    int32_t four;
    __builtin_memcpy(&four, plane + 4 * quad, sizeof four);
    return _mm512_set1_epi32(four);
}

/* sums of `slices` slices += what `quads` quads give. Always inline, so that the accumulators are registers. */
static inline __attribute__((always_inline)) void block16(const int8_t *w, const planes *x, size_t slices, size_t quads,
                                                        int32_t *sums) {
    vec low[MOST_SLICES], high[MOST_SLICES];
    for (size_t s = 0; s < slices; s++) low[s] = _mm512_loadu_si512(sums + SLICE * s), high[s] = _mm512_setzero_si512();
    for (size_t q = 0; q < quads; q++) {
        const vec l = quad_at(x->low, q), h = quad_at(x->high, q);
        for (size_t s = 0; s < slices; s++, w += 64) {
            const vec weights = _mm512_loadu_si512(w);
            low[s] = _mm512_dpbusd_epi32(low[s], l, weights);
            high[s] = _mm512_dpbusd_epi32(high[s], h, weights);
        }
    }
    for (size_t s = 0; s < slices; s++)
        _mm512_storeu_si512(sums + SLICE * s, _mm512_add_epi32(low[s], _mm512_slli_epi32(high[s], 8)));
}

/* The same of one plane: two quads at a time, each with sums of its own, so that none waits for the one before. */
static inline __attribute__((always_inline)) void block8(const int8_t *w, const planes *x, size_t slices, size_t quads,
                                                         int32_t *sums) {
    vec even[MOST_SLICES], odd[MOST_SLICES];
    for (size_t s = 0; s < slices; s++) even[s] = _mm512_loadu_si512(sums + SLICE * s), odd[s] = _mm512_setzero_si512();
    for (size_t q = 0; q + 1 < quads; q += 2, w += 128 * slices) {
        const vec first = quad_at(x->low, q), second = quad_at(x->low, q + 1);
        for (size_t s = 0; s < slices; s++) {
            even[s] = _mm512_dpbusd_epi32(even[s], first, _mm512_loadu_si512(w + 64 * s));
            odd[s] = _mm512_dpbusd_epi32(odd[s], second, _mm512_loadu_si512(w + 64 * (slices + s)));
        }
    }
    if (quads % 2 != 0)
        for (size_t s = 0; s < slices; s++)
            even[s] = _mm512_dpbusd_epi32(even[s], quad_at(x->low, quads - 1), _mm512_loadu_si512(w + 64 * s));
    for (size_t s = 0; s < slices; s++) _mm512_storeu_si512(sums + SLICE * s, _mm512_add_epi32(even[s], odd[s]));
}

static inline __attribute__((always_inline)) void block(const int8_t *w, const planes *x, size_t slices, size_t quads,
                                                        bool is_wide, int32_t *sums) {
    if (is_wide) block16(w, x, slices, quads, sums);
    else block8(w, x, slices, quads, sums);
}

static inline __attribute__((always_inline)) void multiply(const void *packed, const int16_t *restrict x, bool is_wide,
                                                           int32_t *restrict sums) {
    const header *head = packed;
    const size_t slices = slices_of(head->rows), quads = quads_of(head->columns);
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *weights = (const int8_t *)(biases + slices * SLICE);
    planes split_x;
    for (size_t s = 0; s < slices * SLICE; s += SLICE) _mm512_storeu_si512(sums + s, _mm512_loadu_si512(biases + s));
    for (size_t from = 0; from < head->columns; from += CHUNK) {
        const size_t end = from + CHUNK < head->columns ? from + CHUNK : head->columns;
        const size_t chunk_quads = (end - from + 3) / 4;
        for (size_t i = from; i < end; i += 64) {
            if (is_wide) split(x + i, split_x.low + i - from, split_x.high + i - from);
            else narrow(x + i, split_x.low + i - from);
        }
        for (size_t s = 0; s < slices; s += MOST_SLICES) {
            const size_t beside = slices - s < MOST_SLICES ? slices - s : MOST_SLICES;
            const int8_t *w = weights + 64 * (s * quads + from / 4 * beside);
            int32_t *out = sums + SLICE * s;
            if (beside == 4) block(w, &split_x, 4, chunk_quads, is_wide, out);
            else if (beside == 3) block(w, &split_x, 3, chunk_quads, is_wide, out);
            else if (beside == 2) block(w, &split_x, 2, chunk_quads, is_wide, out);
            else block(w, &split_x, 1, chunk_quads, is_wide, out);
        }
    }
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, true, sums);
}

static void dense8_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, false, sums);
}

/* Several inputs: weights come from memory once for all of them, and a pair of slices stays in L1 for the second four. */
#define FOUR 4u

static inline __attribute__((always_inline)) void block_many(const int8_t *w, size_t beside, const planes *x, size_t inputs,
                                                             size_t slices, size_t quads, int32_t *const *sums, size_t at) {
    vec low[FOUR][2], high[FOUR][2];
    for (size_t i = 0; i < inputs; i++)
        for (size_t s = 0; s < slices; s++) {
            low[i][s] = _mm512_loadu_si512(sums[i] + at + SLICE * s);
            high[i][s] = _mm512_setzero_si512();
        }
    for (size_t q = 0; q < quads; q++, w += 64 * beside) {
        const vec first = _mm512_loadu_si512(w), second = _mm512_loadu_si512(w + 64 * (slices - 1));
        for (size_t i = 0; i < inputs; i++) {
            const vec l = quad_at(x[i].low, q), h = quad_at(x[i].high, q);
            low[i][0] = _mm512_dpbusd_epi32(low[i][0], l, first);
            high[i][0] = _mm512_dpbusd_epi32(high[i][0], h, first);
            if (slices == 1) continue;
            low[i][1] = _mm512_dpbusd_epi32(low[i][1], l, second);
            high[i][1] = _mm512_dpbusd_epi32(high[i][1], h, second);
        }
    }
    for (size_t i = 0; i < inputs; i++)
        for (size_t s = 0; s < slices; s++)
            _mm512_storeu_si512(sums[i] + at + SLICE * s, _mm512_add_epi32(low[i][s], _mm512_slli_epi32(high[i][s], 8)));
}

static inline __attribute__((always_inline)) void pair_many(const int8_t *w, size_t beside, const planes *x, size_t inputs,
                                                            size_t slices, size_t quads, int32_t *const *sums, size_t at) {
    if (inputs == 4) block_many(w, beside, x, 4, slices, quads, sums, at);
    else if (inputs == 3) block_many(w, beside, x, 3, slices, quads, sums, at);
    else if (inputs == 2) block_many(w, beside, x, 2, slices, quads, sums, at);
    else block_many(w, beside, x, 1, slices, quads, sums, at);
}

static void dense_multiply_many(const void *packed, size_t count, const int16_t *const *x, int32_t *const *sums) {
    const header *head = packed;
    const size_t slices = slices_of(head->rows), quads = quads_of(head->columns);
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *weights = (const int8_t *)(biases + slices * SLICE);
    planes p[LN_MOST_BESIDE];
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < slices * SLICE; s += SLICE) _mm512_storeu_si512(sums[i] + s, _mm512_loadu_si512(biases + s));
    for (size_t from = 0; from < head->columns; from += CHUNK) {
        const size_t end = from + CHUNK < head->columns ? from + CHUNK : head->columns;
        for (size_t i = 0; i < count; i++)
            for (size_t c = from; c < end; c += 64) split(x[i] + c, p[i].low + c - from, p[i].high + c - from);
        for (size_t s = 0; s < slices; s += 2) {
            const size_t first = s / MOST_SLICES * MOST_SLICES;
            const size_t beside = slices - first < MOST_SLICES ? slices - first : MOST_SLICES;
            const int8_t *w = weights + 64 * (first * quads + from / 4 * beside + (s - first));
            for (size_t i = 0; i < count; i += FOUR) {
                const size_t inputs = count - i < FOUR ? count - i : FOUR;
                if (slices - s > 1) pair_many(w, beside, p + i, inputs, 2, (end - from + 3) / 4, sums + i, SLICE * s);
                else pair_many(w, beside, p + i, inputs, 1, (end - from + 3) / 4, sums + i, SLICE * s);
            }
        }
    }
}

const ln_kernel ln_dense_avx512 = {"avx512", dense_bytes, dense_pack, dense_multiply, dense_multiply_many};
const ln_kernel ln_dense8_avx512 = {"avx512", dense_bytes, dense8_pack, dense8_multiply, NULL};

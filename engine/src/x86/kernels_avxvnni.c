/* kernels_avxvnni.c - dense int8 weights times int16 or int8 inputs with AVX-VNNI: the planes of bytes of kernels_avx512.c,
 * 8 rows x 4 weights at a time, up to four slices of rows side by side. */
#include <immintrin.h>

#include "matrix/kernels.h"

typedef __m256i vec;
/* gcc 12 copies registers where a loop changes their type. Unsigned: with -32768 times the weights in the bias, a sum may
 * leave int32 on its way and come back. */
typedef uint32_t sums8 __attribute__((vector_size(32)));

#define ROWS 8u /* of a slice */
#define BESIDE 4u
#define CHUNK 1024u /* inputs whose planes are on the stack at a time */
#define HEADER_BYTES 64u

static inline vec load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline void store(void *p, vec v) { _mm256_storeu_si256((__m256i *)p, v); }

typedef struct header {
    uint32_t slices, columns, quads;
} header;

static header shape_of(const ln_weights *weights) {
    return (header){(uint32_t)(ln_round_up(weights->rows, ROWS) / ROWS), weights->columns,
                    (uint32_t)(ln_round_up(weights->columns, 4) / 4)};
}

static uint64_t dense_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const header h = shape_of(weights);
    return HEADER_BYTES + sizeof(int32_t) * ROWS * h.slices + (uint64_t)32 * h.slices * h.quads;
}

/* `offset` is what makes an input unsigned, through its upper byte or its only one. */
static void pack_with(const ln_weights *weights, const int32_t *bias, int32_t offset, void *packed) {
    const header h = shape_of(weights);
    *(header *)packed = h;
    int32_t *biases = (int32_t *)(void *)((uint8_t *)packed + HEADER_BYTES);
    int8_t *w = (int8_t *)(biases + ROWS * h.slices);
    for (uint32_t o = 0; o < ROWS * h.slices; o++) biases[o] = o < weights->rows ? bias[o] : 0;
    for (size_t i = 0; i < (size_t)32 * h.slices * h.quads; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t slice = walk.row / ROWS, first = slice / BESIDE * BESIDE;
        const uint32_t beside = h.slices - first < BESIDE ? h.slices - first : BESIDE;
        const size_t vector = (size_t)first * h.quads + (size_t)walk.column / 4 * beside + (slice - first);
        w[32 * vector + walk.row % ROWS * 4 + walk.column % 4] = walk.weight;
        biases[walk.row] -= offset * walk.weight;
    }
}

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 32768, packed);
}

static void dense8_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    pack_with(weights, bias, 128, packed);
}

typedef struct planes {
    _Alignas(32) uint8_t low[CHUNK];
    _Alignas(32) uint8_t high[CHUNK];
} planes;

/* Lower and upper bytes of 32 inputs, the signs of the upper ones flipped. */
static inline void split(const int16_t *x, uint8_t *low, uint8_t *high) {
    const vec mask = _mm256_set1_epi16(255), a = load(x), b = load(x + 16);
    const vec l = _mm256_packus_epi16(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask));
    const vec h = _mm256_packus_epi16(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8));
    store(low, _mm256_permute4x64_epi64(l, 0xD8));
    store(high, _mm256_xor_si256(_mm256_permute4x64_epi64(h, 0xD8), _mm256_set1_epi8(INT8_MIN)));
}

/* The bytes of 32 inputs of 8 bits, their signs flipped. */
static inline void narrow(const int16_t *x, uint8_t *bytes) {
    const vec both = _mm256_permute4x64_epi64(_mm256_packs_epi16(load(x), load(x + 16)), 0xD8);
    store(bytes, _mm256_xor_si256(both, _mm256_set1_epi8(INT8_MIN)));
}

static inline vec quad_at(const uint8_t *plane, size_t quad) {
    int32_t four;
    __builtin_memcpy(&four, plane + 4 * quad, sizeof four);
    return _mm256_set1_epi32(four);
}

/* sums of `beside` slices += what `quads` quads give. Always inline, so that the accumulators are registers. */
static inline __attribute__((always_inline)) void block16(const int8_t *w, const planes *x, size_t beside, size_t quads,
                                                          int32_t *sums) {
    sums8 low[BESIDE], high[BESIDE];
    for (size_t s = 0; s < beside; s++)
        low[s] = (sums8)load(sums + ROWS * s), high[s] = (sums8)_mm256_setzero_si256();
    for (size_t q = 0; q < quads; q++) {
        const vec l = quad_at(x->low, q), h = quad_at(x->high, q);
        for (size_t s = 0; s < beside; s++, w += 32) {
            const vec weights = load(w);
            low[s] = (sums8)_mm256_dpbusd_avx_epi32((vec)low[s], l, weights);
            high[s] = (sums8)_mm256_dpbusd_avx_epi32((vec)high[s], h, weights);
        }
    }
    for (size_t s = 0; s < beside; s++) store(sums + ROWS * s, (vec)(low[s] + (high[s] << 8)));
}

/* The same of one plane: two quads at a time, each with sums of its own, so that none waits for the one before. */
static inline __attribute__((always_inline)) void block8(const int8_t *w, const planes *x, size_t beside, size_t quads,
                                                         int32_t *sums) {
    sums8 even[BESIDE], odd[BESIDE];
    for (size_t s = 0; s < beside; s++)
        even[s] = (sums8)load(sums + ROWS * s), odd[s] = (sums8)_mm256_setzero_si256();
    for (size_t q = 0; q + 1 < quads; q += 2, w += 64 * beside) {
        const vec first = quad_at(x->low, q), second = quad_at(x->low, q + 1);
        for (size_t s = 0; s < beside; s++) {
            even[s] = (sums8)_mm256_dpbusd_avx_epi32((vec)even[s], first, load(w + 32 * s));
            odd[s] = (sums8)_mm256_dpbusd_avx_epi32((vec)odd[s], second, load(w + 32 * (beside + s)));
        }
    }
    if (quads % 2 != 0)
        for (size_t s = 0; s < beside; s++)
            even[s] = (sums8)_mm256_dpbusd_avx_epi32((vec)even[s], quad_at(x->low, quads - 1), load(w + 32 * s));
    for (size_t s = 0; s < beside; s++) store(sums + ROWS * s, (vec)(even[s] + odd[s]));
}

static inline __attribute__((always_inline)) void block(const int8_t *w, const planes *x, size_t beside, size_t quads,
                                                        bool is_wide, int32_t *sums) {
    if (is_wide) block16(w, x, beside, quads, sums);
    else block8(w, x, beside, quads, sums);
}

static inline __attribute__((always_inline)) void multiply(const void *packed, const int16_t *restrict x, bool is_wide,
                                                           int32_t *restrict sums) {
    const header h = *(const header *)packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + HEADER_BYTES);
    const int8_t *weights = (const int8_t *)(biases + ROWS * h.slices);
    planes p;
    for (uint32_t o = 0; o < ROWS * h.slices; o += ROWS) store(sums + o, load(biases + o));
    for (uint32_t from = 0; from < h.columns; from += CHUNK) {
        const uint32_t end = from + CHUNK < h.columns ? from + CHUNK : h.columns;
        const size_t quads = (end - from + 3) / 4;
        for (uint32_t i = from; i < end; i += 32) {
            if (is_wide) split(x + i, p.low + i - from, p.high + i - from);
            else narrow(x + i, p.low + i - from);
        }
        for (size_t s = 0; s < h.slices; s += BESIDE) {
            const size_t beside = h.slices - s < BESIDE ? h.slices - s : BESIDE;
            const int8_t *w = weights + 32 * (s * h.quads + from / 4 * beside);
            if (beside == 4) block(w, &p, 4, quads, is_wide, sums + ROWS * s);
            else if (beside == 3) block(w, &p, 3, quads, is_wide, sums + ROWS * s);
            else if (beside == 2) block(w, &p, 2, quads, is_wide, sums + ROWS * s);
            else block(w, &p, 1, quads, is_wide, sums + ROWS * s);
        }
    }
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, true, sums);
}

static void dense8_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    multiply(packed, x, false, sums);
}

const ln_kernel ln_dense_avxvnni = {"avxvnni", dense_bytes, dense_pack, dense_multiply, NULL};
const ln_kernel ln_dense8_avxvnni = {"avxvnni", dense_bytes, dense8_pack, dense8_multiply, NULL};

/* kernels_avx2_streams.c - sparse int8 weights times the int16 inputs of several streams with AVX2.
 *
 * The inputs of up to eight streams lie side by side, so that a nonzero is a number and its column a vector: nothing is
 * looked up byte by byte, and no place of a step has to stay empty so that rows agree. Each input fills both halves of 32
 * bits; a blend takes the lower half of one column and the upper one of another, and vpmaddwd multiplies and adds both.
 *
 *     step (beside.h):      [4 rows x 4 columns] [4 rows x 4 weights]
 *     column c, 32 bytes:   | x0 x0 | x1 x1 | ... | x7 x7 |        x0..x7: the streams' input c
 *     c0 and c1, blended:   | a0 b0 | a1 b1 | ... | a7 b7 |        times (w0, w1), to a row's eight sums
 *
 * The sums are turned back into an array for each stream at the end. Up to four streams take half a vector. A single one is
 * multiplied as four, which is slow: this layout is for those who have many. */
#include "x86/planes_avx2.h"

typedef __m256i vec;

#define ROWS LN_BESIDE_ROWS
#define LANES 8u
#define CHUNK LN_BESIDE_CHUNK
#define GROUP LN_BESIDE_GROUP

typedef ln_beside_step step;

static uint64_t streams_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    return ln_beside_bytes(weights);
}

/* The inputs of all streams side by side, each twice; of streams that are missing the first one's again. */
typedef struct inputs {
    _Alignas(32) int32_t x[CHUNK * LANES];
} inputs;

/* 8 x 8 int16, rows to columns. */
static inline __attribute__((always_inline)) void turn16(__m128i v[LANES]) {
    __m128i a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm_unpacklo_epi16(v[2 * i], v[2 * i + 1]);
        a[2 * i + 1] = _mm_unpackhi_epi16(v[2 * i], v[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            b[4 * i + 2 * k] = _mm_unpacklo_epi32(a[4 * i + k], a[4 * i + k + 2]);
            b[4 * i + 2 * k + 1] = _mm_unpackhi_epi32(a[4 * i + k], a[4 * i + k + 2]);
        }
    for (int k = 0; k < 4; k++) {
        v[2 * k] = _mm_unpacklo_epi64(b[k], b[k + 4]);
        v[2 * k + 1] = _mm_unpackhi_epi64(b[k], b[k + 4]);
    }
}

/* `lanes` is 8, or 4 where half a vector is enough. */
static inline __attribute__((always_inline)) void put_beside(inputs *b, uint32_t lanes, size_t count,
                                                             const int16_t *const *x, uint32_t from, uint32_t columns) {
    for (uint32_t c = 0; c < columns; c += LANES) {
        __m128i v[LANES];
        for (size_t s = 0; s < LANES; s++)
            v[s] = _mm_loadu_si128((const __m128i *)(const void *)(x[s < count ? s : 0] + from + c));
        turn16(v);
        for (uint32_t i = 0; i < LANES; i++) {
            int32_t *to = b->x + (size_t)(c + i) * lanes;
            _mm_store_si128((__m128i *)(void *)to, _mm_unpacklo_epi16(v[i], v[i]));
            if (lanes == LANES) _mm_store_si128((__m128i *)(void *)(to + 4), _mm_unpackhi_epi16(v[i], v[i]));
        }
    }
}

static inline vec column8(const int32_t *x, size_t column) {
    return _mm256_load_si256((const vec *)(const void *)(x + column * (LANES / LN_BESIDE_SCALE)));
}

static inline __m128i column4(const int32_t *x, size_t column) {
    return _mm_load_si128((const __m128i *)(const void *)(x + column));
}

static inline vec two8(const int32_t *x, const uint16_t *columns) {
    return _mm256_blend_epi16(column8(x, columns[0]), column8(x, columns[1]), 0xAA);
}

static inline __m128i two4(const int32_t *x, const uint16_t *columns) {
    return _mm_blend_epi16(column4(x, columns[0]), column4(x, columns[1]), 0xAA);
}

/* sum + what two neighbouring rows' nonzeros give the first of them, or the second. `w` is the weights of both. */
static inline __attribute__((always_inline)) vec added8(vec sum, const int32_t *x, const uint16_t *columns, vec w, bool is_second) {
    const vec first = is_second ? _mm256_shuffle_epi32(w, 0xAA) : _mm256_shuffle_epi32(w, 0x00);
    const vec second = is_second ? _mm256_shuffle_epi32(w, 0xFF) : _mm256_shuffle_epi32(w, 0x55);
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(two8(x, columns), first));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(two8(x, columns + 2), second));
}

static inline __attribute__((always_inline)) __m128i added4(__m128i sum, const int32_t *x, const uint16_t *columns, __m128i w,
                                                            bool is_second) {
    const __m128i first = is_second ? _mm_shuffle_epi32(w, 0xAA) : _mm_shuffle_epi32(w, 0x00);
    const __m128i second = is_second ? _mm_shuffle_epi32(w, 0xFF) : _mm_shuffle_epi32(w, 0x55);
    sum = _mm_add_epi32(sum, _mm_madd_epi16(two4(x, columns), first));
    return _mm_add_epi32(sum, _mm_madd_epi16(two4(x, columns + 2), second));
}

static inline __m128i weights_of(const step *s, uint32_t row) {
    return _mm_load_si128((const __m128i *)(const void *)s->weight[row]);
}

/* The sums of a slice's rows in eight streams. */
static inline __attribute__((always_inline)) void slice8(const step *s, const step *end, const int32_t *x,
                                                         const int32_t bias[ROWS], int32_t *const sums[ROWS]) {
    vec sum[ROWS];
    for (uint32_t r = 0; r < ROWS; r++) sum[r] = _mm256_set1_epi32(bias[r]);
    for (; s < end; s++)
        for (uint32_t r = 0; r < ROWS; r += 2) {
            const vec w = _mm256_broadcastsi128_si256(weights_of(s, r));
            sum[r] = added8(sum[r], x, s->column[r], w, false);
            sum[r + 1] = added8(sum[r + 1], x, s->column[r + 1], w, true);
        }
    for (uint32_t r = 0; r < ROWS; r++) store(sums[r], sum[r]);
}

/* In four. */
static inline __attribute__((always_inline)) void slice4(const step *s, const step *end, const int32_t *x,
                                                         const int32_t bias[ROWS], int32_t *const sums[ROWS]) {
    __m128i sum[ROWS];
    for (uint32_t r = 0; r < ROWS; r++) sum[r] = _mm_set1_epi32(bias[r]);
    for (; s < end; s++)
        for (uint32_t r = 0; r < ROWS; r += 2) {
            const __m128i w = weights_of(s, r);
            sum[r] = added4(sum[r], x, s->column[r], w, false);
            sum[r + 1] = added4(sum[r + 1], x, s->column[r + 1], w, true);
        }
    for (uint32_t r = 0; r < ROWS; r++) _mm_storeu_si128((__m128i *)(void *)sums[r], sum[r]);
}

/* Four rows of four streams to where these want them, or added to what lies there. */
static inline __attribute__((always_inline)) void hand_out(const int32_t *rows, size_t stride, size_t count, bool adds,
                                                           int32_t *const *sums, size_t at) {
    __m128i v[4], a[4];
    for (size_t i = 0; i < 4; i++) v[i] = _mm_load_si128((const __m128i *)(const void *)(rows + i * stride));
    for (int i = 0; i < 2; i++) {
        a[i] = _mm_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
        a[i + 2] = _mm_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
    }
    const __m128i turned[4] = {_mm_unpacklo_epi64(a[0], a[1]), _mm_unpackhi_epi64(a[0], a[1]),
                               _mm_unpacklo_epi64(a[2], a[3]), _mm_unpackhi_epi64(a[2], a[3])};
    for (size_t s = 0; s < 4 && s < count; s++) {
        __m128i *to = (__m128i *)(void *)(sums[s] + at);
        _mm_storeu_si128(to, adds ? _mm_add_epi32(turned[s], _mm_loadu_si128(to)) : turned[s]);
    }
}

/* The sums of the rows of a tile, [row][lanes]; `bias` is NULL where they begin at 0. */
static inline __attribute__((always_inline)) void run_tile(const ln_beside_matrix *h, uint32_t tile, const inputs *b, uint32_t lanes,
                                                           uint32_t rows, const int32_t *bias, int32_t *found) {
    const uint8_t *bytes = (const uint8_t *)h, *order = bytes + h->order_at + (size_t)GROUP * tile;
    const uint16_t *counts = (const uint16_t *)(const void *)(bytes + h->counts_at) + GROUP / ROWS * (size_t)tile;
    const step *s = (const step *)(const void *)(bytes + h->steps_at);
    s += ((const uint32_t *)(const void *)(bytes + h->firsts_at))[tile];
    for (uint32_t i = 0; i * ROWS < rows; s += counts[i++]) {
        int32_t biases[ROWS], *to[ROWS];
        for (uint32_t r = 0; r < ROWS; r++) {
            const uint32_t row = order[i * ROWS + r]; /* which may lie behind the last */
            biases[r] = bias == NULL || row >= rows ? 0 : bias[row];
            to[r] = found + (size_t)row * lanes;
        }
        if (lanes == LANES) slice8(s, s + counts[i], b->x, biases, to);
        else slice4(s, s + counts[i], b->x, biases, to);
    }
}

static inline __attribute__((always_inline)) void multiply(const void *packed, uint32_t lanes, size_t count,
                                                           const int16_t *const *x, int32_t *const *sums) {
    const ln_beside_matrix *h = packed;
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + LN_BESIDE_HEADER);
    _Alignas(32) int32_t found[GROUP * LANES];
    inputs b;
    for (uint32_t c = 0; c < h->chunks; c++) {
        const uint32_t from = c * CHUNK, columns = h->columns - from < CHUNK ? h->columns - from : CHUNK;
        put_beside(&b, lanes, count, x, from, columns);
        for (uint32_t row = 0; row < h->rows; row += GROUP) {
            const uint32_t rows = h->rows - row < GROUP ? h->rows - row : GROUP;
            run_tile(h, row / GROUP * h->chunks + c, &b, lanes, rows, c == 0 ? biases + row : NULL, found);
            for (uint32_t r = 0; r < rows; r += 4)
                for (size_t s = 0; s < count; s += 4)
                    hand_out(found + (size_t)r * lanes + s, lanes, count - s, c > 0, sums + s, row + r);
        }
    }
}

static void streams_multiply_many(const void *packed, size_t count, const int16_t *const *x, int32_t *const *sums) {
    if (count > LANES / 2) multiply(packed, LANES, count, x, sums);
    else multiply(packed, LANES / 2, count, x, sums);
}

static void streams_multiply(const void *packed, const int16_t *x, int32_t *sums) {
    multiply(packed, LANES / 2, 1, &x, &sums);
}

const ln_kernel ln_streams_avx2 = {"avx2_streams", streams_bytes, ln_beside_pack, streams_multiply, streams_multiply_many};

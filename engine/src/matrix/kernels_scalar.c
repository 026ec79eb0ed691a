/* kernels_scalar.c - the meaning of the matrix kernels, in plain C. The loops are written so that a compiler can
 * make vectors of them: sums of int32 may be taken in any order, and int16 * int16 is one instruction everywhere. */
#include "matrix/kernels.h"

/* Both layouts begin with this; biases follow, then what the kernel adds. All parts start at multiples of 64. */
typedef struct header {
    uint32_t rows, columns;
    size_t bias_at, first_at, second_at;
} header;

#define HEADER_BYTES 64u

static const void *part(const void *packed, size_t at) { return (const uint8_t *)packed + at; }

static header *start(const ln_weights *weights, const int32_t *bias, void *packed) {
    header *head = packed;
    *head = (header){.rows = weights->rows, .columns = weights->columns, .bias_at = HEADER_BYTES};
    head->first_at = head->bias_at + ln_round_up(sizeof(int32_t) * weights->rows, 64);
    int32_t *copy = (int32_t *)(void *)((uint8_t *)packed + head->bias_at);
    for (uint32_t o = 0; o < weights->rows; o++) copy[o] = bias[o];
    return head;
}

/* --- dense: the weights widened to int16, four rows side by side so that each input is fetched once for all ------ */

#define ROWS_AT_ONCE 4u
#define COLUMN_STEP 32u /* rows are padded with zeros to a multiple of it, so that loops of vectors have no rest */

static size_t dense_stride(uint32_t columns) { return ln_round_up(columns, COLUMN_STEP); }

static uint64_t dense_bytes(const ln_weights *weights, uint64_t nonzeros) {
    (void)nonzeros;
    const uint64_t rows = ln_round_up(weights->rows, ROWS_AT_ONCE);
    return HEADER_BYTES + ln_round_up(sizeof(int32_t) * weights->rows, 64) +
           sizeof(int16_t) * dense_stride(weights->columns) * rows;
}

static void dense_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    header *head = start(weights, bias, packed);
    const size_t stride = dense_stride(weights->columns), rows = ln_round_up(weights->rows, ROWS_AT_ONCE);
    int16_t *w = (int16_t *)(void *)((uint8_t *)packed + head->first_at);
    for (size_t i = 0; i < stride * rows; i++) w[i] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) w[walk.row * stride + walk.column] = walk.weight;
}

static void dense_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header *head = packed;
    const int32_t *restrict bias = part(packed, head->bias_at);
    const int16_t *restrict w0 = part(packed, head->first_at);
    const size_t stride = dense_stride(head->columns);
    for (uint32_t o = 0; o < head->rows; o += ROWS_AT_ONCE, w0 += ROWS_AT_ONCE * stride) {
        const int16_t *restrict w1 = w0 + stride, *restrict w2 = w1 + stride, *restrict w3 = w2 + stride;
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (size_t i = 0; i < stride; i++) {
            const int32_t value = x[i];
            s0 = ln_add32(s0, ln_multiply32(w0[i], value));
            s1 = ln_add32(s1, ln_multiply32(w1[i], value));
            s2 = ln_add32(s2, ln_multiply32(w2[i], value));
            s3 = ln_add32(s3, ln_multiply32(w3[i], value));
        }
        sums[o] = s0, sums[o + 1] = s1, sums[o + 2] = s2, sums[o + 3] = s3;
    }
    for (uint32_t o = 0; o < head->rows; o++) sums[o] = ln_add32(sums[o], bias[o]);
}

const ln_kernel ln_dense_scalar = {"scalar", dense_bytes, dense_pack, dense_multiply, NULL};

/* --- sparse: compressed rows, ends[o] nonzeros up to and with row o ------------------------------------------- */

typedef struct entry {
    uint16_t column;
    int16_t weight;
} entry;

static uint64_t sparse_bytes(const ln_weights *weights, uint64_t nonzeros) {
    uint64_t rows = ln_round_up(sizeof(int32_t) * weights->rows, 64);
    return HEADER_BYTES + 2 * rows + sizeof(entry) * nonzeros;
}

static void sparse_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    header *head = start(weights, bias, packed);
    head->second_at = head->first_at + ln_round_up(sizeof(uint32_t) * weights->rows, 64);
    uint32_t *ends = (uint32_t *)(void *)((uint8_t *)packed + head->first_at);
    entry *entries = (entry *)(void *)((uint8_t *)packed + head->second_at);
    for (uint32_t o = 0; o < weights->rows; o++) ends[o] = 0;
    uint32_t count = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        entries[count++] = (entry){(uint16_t)walk.column, walk.weight};
        ends[walk.row] = count;
    }
    for (uint32_t o = 1; o < weights->rows; o++)
        if (ends[o] < ends[o - 1]) ends[o] = ends[o - 1]; /* a row without nonzeros ends where the last one did */
}

static void sparse_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const header *head = packed;
    const int32_t *restrict bias = part(packed, head->bias_at);
    const uint32_t *restrict ends = part(packed, head->first_at);
    const entry *restrict entries = part(packed, head->second_at);
    uint32_t i = 0;
    for (uint32_t o = 0; o < head->rows; o++) {
        int32_t sum = bias[o];
        for (; i < ends[o]; i++) sum = ln_add32(sum, ln_multiply32(entries[i].weight, x[entries[i].column]));
        sums[o] = sum;
    }
}

const ln_kernel ln_sparse_scalar = {"scalar", sparse_bytes, sparse_pack, sparse_multiply, NULL};

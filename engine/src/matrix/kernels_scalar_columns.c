/* kernels_scalar_columns.c - sparse int8 weights times int16 inputs, driven by events: an input that is 0 costs one
 * test, the others add their column of weights to the sums. It pays where inputs are zero more often than not, as
 * behind a ReLU, and it is the natural kernel of a microcontroller: no multiplication is wasted on a zero of either
 * side, and what lies in flash is 3 bytes per nonzero.
 *
 * Layout: header, biases, starts[columns + 1], rows (uint16) of all nonzeros column after column, their weights. */
#include "matrix/kernels.h"

typedef struct header {
    uint32_t rows, columns;
    size_t starts_at, rows_at, weights_at;
} header;

#define HEADER_BYTES 64u

static header lay_out(const ln_weights *weights, uint64_t nonzeros) {
    header h = {.rows = weights->rows, .columns = weights->columns};
    h.starts_at = HEADER_BYTES + ln_round_up(sizeof(int32_t) * h.rows, 64);
    h.rows_at = h.starts_at + sizeof(uint32_t) * ((size_t)h.columns + 1);
    h.weights_at = h.rows_at + sizeof(uint16_t) * (size_t)nonzeros;
    return h;
}

static uint64_t columns_bytes(const ln_weights *weights, uint64_t nonzeros) {
    return lay_out(weights, nonzeros).weights_at + nonzeros;
}

/* Counts the nonzeros of each column c in starts[c + 1] and sums them up; returns how many there are. */
static uint32_t find_starts(const ln_weights *weights, uint32_t *starts) {
    for (uint32_t c = 0; c <= weights->columns; c++) starts[c] = 0;
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) starts[walk.column + 1]++;
    for (uint32_t c = 0; c < weights->columns; c++) starts[c + 1] += starts[c];
    return starts[weights->columns];
}

static void columns_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    uint8_t *bytes = packed;
    header *head = packed;
    *head = lay_out(weights, 0);
    uint32_t *starts = (uint32_t *)(void *)(bytes + head->starts_at);
    *head = lay_out(weights, find_starts(weights, starts));
    int32_t *biases = (int32_t *)(void *)(bytes + HEADER_BYTES);
    uint16_t *rows = (uint16_t *)(void *)(bytes + head->rows_at);
    for (uint32_t o = 0; o < weights->rows; o++) biases[o] = bias[o];
    ln_walk walk = {.weights = weights};
    while (ln_walk_next(&walk)) {
        const uint32_t place = starts[walk.column]++; /* in the end each start is that of the next column */
        rows[place] = (uint16_t)walk.row;
        bytes[head->weights_at + place] = (uint8_t)walk.weight;
    }
    for (uint32_t c = weights->columns; c > 0; c--) starts[c] = starts[c - 1];
    starts[0] = 0;
}

static void columns_multiply(const void *packed, const int16_t *restrict x, int32_t *restrict sums) {
    const uint8_t *bytes = packed;
    const header *head = packed;
    const int32_t *restrict biases = (const int32_t *)(const void *)(bytes + HEADER_BYTES);
    const uint32_t *restrict starts = (const uint32_t *)(const void *)(bytes + head->starts_at);
    const uint16_t *restrict rows = (const uint16_t *)(const void *)(bytes + head->rows_at);
    const int8_t *restrict weights = (const int8_t *)(bytes + head->weights_at);
    for (uint32_t o = 0; o < head->rows; o++) sums[o] = biases[o];
    for (uint32_t c = 0; c < head->columns; c++) {
        const int32_t value = x[c];
        if (value == 0) continue;
        for (uint32_t i = starts[c], end = starts[c + 1]; i < end; i++)
                sums[rows[i]] = ln_add32(sums[rows[i]], ln_multiply32(weights[i], value));
    }
}

const ln_kernel ln_columns_scalar = {"scalar", columns_bytes, columns_pack, columns_multiply, NULL};

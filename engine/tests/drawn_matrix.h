/* drawn_matrix.h - matrices drawn at random, in both forms in which a file stores them. */
#ifndef LN_DRAWN_MATRIX_H
#define LN_DRAWN_MATRIX_H

#include <string.h>

#include "check.h"
#include "matrix/kernels.h"

typedef struct matrix {
    uint32_t rows, columns;
    int8_t *dense;
    ln_weights stored;
} matrix;

static inline matrix draw_matrix(uint64_t *seed, uint32_t rows, uint32_t columns, uint32_t percent) {
    matrix m = {rows, columns, aligned_block((size_t)rows * columns), {.rows = rows, .columns = columns}};
    for (size_t i = 0; i < (size_t)rows * columns; i++) {
        const int32_t weight = draw_between(seed, 0, 9) == 0 ? -128 : draw_between(seed, -127, 127);
        m.dense[i] = (int8_t)(draw(seed) % 100 < percent ? weight : 0);
    }
    if (columns > 1000) return m; /* full rows would be refused by the loader: their sums leave 32 bits */
    for (uint32_t o = 0; o < rows && percent > 0; o += 1 + draw(seed) % 40) {
        const bool is_full = draw(seed) % 2;
        for (uint32_t i = 0; i < columns; i++) m.dense[(size_t)o * columns + i] = (int8_t)(is_full ? -128 : 0);
    }
    return m;
}

static inline void store_dense(matrix *m) {
    m->stored = (ln_weights){.rows = m->rows, .columns = m->columns, .values = m->dense,
                             .value_count = (uint64_t)m->rows * m->columns};
}

/* ir/sparse.py: encode_sparse, written again. */
static inline void store_sparse(matrix *m) {
    const size_t size = (size_t)m->rows * m->columns;
    int8_t *values = aligned_block(size);
    uint8_t *gaps = aligned_block(size), *counts = aligned_block(2 * (size_t)m->rows);
    size_t nibbles = 0, nonzeros = 0;
    memset(gaps, 0, size);
    for (uint32_t o = 0; o < m->rows; o++) {
        uint32_t gap = 0, count = 0;
        for (uint32_t i = 0; i < m->columns; i++, gap++) {
            const int8_t weight = m->dense[(size_t)o * m->columns + i];
            if (weight == 0) continue;
            for (; gap >= 15; gap -= 15, nibbles++) gaps[nibbles / 2] |= (uint8_t)(15u << 4 * (nibbles % 2));
            gaps[nibbles / 2] |= (uint8_t)(gap << 4 * (nibbles % 2));
            nibbles++;
            values[nonzeros++] = weight;
            gap = UINT32_MAX; /* the loop's own step brings it to 0 */
            count++;
        }
        counts[2 * o] = (uint8_t)(count & 255), counts[2 * o + 1] = (uint8_t)(count >> 8);
    }
    m->stored = (ln_weights){.rows = m->rows, .columns = m->columns, .values = values, .value_count = nonzeros,
                             .gaps = gaps, .gap_bytes = (nibbles + 1) / 2, .counts = counts};
}

static inline uint64_t walked(const ln_weights *stored) {
    uint64_t count = 0;
    ln_walk walk = {.weights = stored};
    while (ln_walk_next(&walk)) count++;
    CHECK(!walk.broken);
    return count;
}

#endif

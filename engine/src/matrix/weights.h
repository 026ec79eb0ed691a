/* weights.h - an int8 matrix as a model file stores it, dense or sparse, walked nonzero by nonzero.
 * How a kernel lays it out in memory is the kernel's business. */
#ifndef LN_WEIGHTS_H
#define LN_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Dense: `values` holds rows * columns weights, `gaps` is NULL. Sparse: `values` holds only the nonzeros, row
 * after row; `counts` (int16, little-endian) how many each row has; `gaps` a stream of nibbles, low one first: how
 * many zeros stand before each nonzero, where 15 means fifteen zeros and read on. */
typedef struct ln_weights {
    uint32_t rows, columns;
    uint64_t value_count;
    const int8_t *values;
    const uint8_t *gaps;
    uint64_t gap_bytes;
    const uint8_t *counts;
} ln_weights;

/* A place in a matrix. Start with {.weights = w}. */
typedef struct ln_walk {
    const ln_weights *weights;
    uint32_t row;      /* of the weight last given */
    uint32_t column;   /* of the weight last given */
    int8_t weight;     /* never 0 */
    bool broken;       /* the stored positions are wrong; the walk has ended */
    uint64_t nibble;   /* the rest is how the walk keeps its place */
    uint64_t value;
    int32_t left;
    bool started;
} ln_walk;

/* To the next nonzero in row-major order; false at the end, or where the matrix is broken. */
bool ln_walk_next(ln_walk *walk);

#endif

/* sliding.h - a sparse matrix in steps whose windows slide: the layout of kernels that look inputs up in short tables.
 *
 * A slice is a few rows that are computed together. A step gives every row of a slice the same small number of nonzeros,
 * all within one window of columns. The window of a step starts at the first column that any row of the slice still has
 * to take, wherever that is. So a row that is ahead of the others looks further, and fewer places of a step stay empty
 * than with windows at fixed columns. README.md draws it.
 *
 *     step:   [rows * each columns, relative to the window] [rows * each weights]     row by row, 1 byte each, or weights
 *                                                                                     of 2
 *
 * A kernel that adds two products before it widens them has the two in halves of a step, at the same place:
 *
 *     columns, and weights alike:   [even places of each row, row by row] [odd places of each row, row by row]
 *
 * Rows are taken in their order or, where that saves enough steps, sorted by their number of nonzeros within a group of
 * LN_SLIDING_GROUP rows. How a step is multiplied is the kernel's business. */
#ifndef LN_SLIDING_H
#define LN_SLIDING_H

#include "matrix/weights.h"

#define LN_SLIDING_GROUP 256u     /* rows among which a slice is chosen */
#define LN_SLIDING_HEADER 64u     /* bytes; the biases come behind it, in the order of the sums */
#define LN_SLIDING_SORTED 0x8000u /* added to the steps of a slice whose rows are sorted; these are at most 4096 */

/* What a kernel asks for. */
typedef struct ln_sliding_form {
    uint32_t rows;        /* of a slice: a divisor of 64, the sums of a slice fill whole vectors */
    uint32_t each;        /* nonzeros of a row in a step; rows * each <= 64 */
    uint32_t window;      /* columns */
    uint32_t most;        /* largest |v| + |w| of two neighbours of one sign, places 2 i and 2 i + 1 of a row; 0: any */
    uint32_t put_back;    /* a group is sorted where that takes more than this from the fullest row of a slice, on average */
    int32_t bias_step;    /* subtracted from a row's bias for each unit of its weights: what inputs are shifted by */
    const uint8_t *order; /* the row of each sum of a slice; NULL: in their order */
    bool has_wide_weights; /* weights lie in memory as int16 */
    bool has_halves;       /* even places of all rows come before odd ones; `each` is even */
} ln_sliding_form;

/* Stands at the start of the packed matrix. */
typedef struct ln_sliding_matrix {
    uint32_t columns, slices;
    uint32_t rows; /* of a slice */
    size_t places_at; /* uint8: where each sum belongs within its group */
    size_t counts_at; /* uint16: steps of each slice */
    size_t firsts_at; /* uint16: first column of each step's window */
    size_t steps_at;
} ln_sliding_matrix;

uint64_t ln_sliding_bytes(const ln_sliding_form *form, const ln_weights *weights);

void ln_sliding_pack(const ln_sliding_form *form, const ln_weights *weights, const int32_t *bias, void *packed);

/* Where the sums of a slice of `rows` rows start that is sorted: the first row of its group. */
static inline size_t ln_sliding_group_of(uint32_t slice, uint32_t rows) {
    return (size_t)slice * rows / LN_SLIDING_GROUP * LN_SLIDING_GROUP;
}

#endif

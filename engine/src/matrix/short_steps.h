/* short_steps.h - a sparse matrix in steps of 16 nonzeros, for vectors of 16 bytes: the layout that the
 * NEON kernels share. How a step is multiplied is theirs.
 *
 *     step = 32 bytes:   [16 columns, each a place in a window of inputs] [16 weights]
 *
 * It serves a slice of 4 rows with 4 nonzeros each, or one of 8 rows with 2. A slice takes as many steps in a window as
 * its fullest row needs there; a byte says how many. They come in the order in which they are run:
 *
 *     group of 64 rows > block of 256 columns > slices that stand beside each other > window > slice > step
 *
 * so that sums stay in registers from window to window, and a window's inputs from slice to slice. */
#ifndef LN_SHORT_STEPS_H
#define LN_SHORT_STEPS_H

#include "matrix/slices.h"

#define LN_SHORT_STEP_BYTES 32u

/* What a kernel asks for. */
typedef struct ln_short_form {
    uint32_t slice_rows; /* 4 or 8 */
    uint32_t beside;     /* slices whose sums registers hold */
    uint32_t window;     /* columns that one look-up reaches: 32 or 64 */
    bool is_row_by_row;  /* the nonzeros of a row stand side by side in a step; else those of different rows do */
    int32_t bias_step;   /* added to a row's bias for each unit of its weights: inputs less than they stand for */
} ln_short_form;

/* Stands at the start of the packed matrix; biases come at 64, in the order of the first block's rows. */
typedef struct ln_short_steps {
    uint32_t columns, groups, blocks, windows;
    size_t places_at, counts_at, steps_at;
} ln_short_steps;

uint64_t ln_short_steps_bytes(const ln_short_form *form, const ln_weights *weights);

void ln_short_steps_pack(const ln_short_form *form, const ln_weights *weights, const int32_t *bias, void *packed);

/* Where the sums of a tile start, in the order of its rows: biases in the first block, nothing in the others. */
static inline void ln_short_steps_start(const void *packed, uint32_t group, uint32_t block, int32_t *sorted) {
    const int32_t *biases = (const int32_t *)(const void *)((const uint8_t *)packed + 64) + (size_t)LN_GROUP * group;
    for (uint32_t r = 0; r < LN_GROUP; r++) sorted[r] = block == 0 ? biases[r] : 0;
}

/* Windows of a block that the matrix reaches into. */
static inline uint32_t ln_short_steps_windows(const ln_short_steps *h, uint32_t block, uint32_t window) {
    const uint32_t whole = LN_BLOCK / window, left = h->windows - block * whole;
    return left < whole ? left : whole;
}

/* A tile's sums back in the order of the group's rows, added to what the blocks before gave. */
static inline void ln_short_steps_put_back(const void *packed, uint32_t group, uint32_t block, const int32_t *sorted,
                                           int32_t *sums) {
    const ln_short_steps *h = (const ln_short_steps *)packed;
    const uint8_t *from = (const uint8_t *)packed + h->places_at + (size_t)LN_GROUP * (group * h->blocks + block);
    int32_t *to = sums + (size_t)LN_GROUP * group;
    if (block == 0)
        for (uint32_t r = 0; r < LN_GROUP; r += 4, from += 4, to += 4)
            to[0] = sorted[from[0]], to[1] = sorted[from[1]], to[2] = sorted[from[2]], to[3] = sorted[from[3]];
    else
        for (uint32_t r = 0; r < LN_GROUP; r++) to[r] += sorted[from[r]];
}

#endif

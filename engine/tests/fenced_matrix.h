/* fenced_matrix.h - a matrix as a kernel lays it out, fences around it. */
#ifndef LN_FENCED_MATRIX_H
#define LN_FENCED_MATRIX_H

#include "check_call.h"
#include "drawn_matrix.h"

/* The matrix as a kernel lays it out, with biases up to `largest` at random. */
static inline const void *draw_packed(uint64_t *seed, const ln_kernel *kernel, const matrix *m, int32_t largest, const int32_t **bias) {
    int32_t *drawn = fenced(sizeof *drawn * m->rows, seed);
    void *packed = fenced((size_t)kernel->packed_bytes(&m->stored, walked(&m->stored)), seed);
    for (uint32_t o = 0; o < m->rows; o++) drawn[o] = draw_between(seed, -largest, largest);
    kernel->pack(&m->stored, drawn, packed);
    *bias = drawn;
    return packed;
}

#endif

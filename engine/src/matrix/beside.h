/* beside.h - a sparse matrix in steps of single rows: the layout of kernels that multiply it with several inputs at once.
 *
 * Where the inputs of several streams lie side by side, a nonzero is a number and its column a vector, so nothing is looked
 * up byte by byte, and no place of a step has to stay empty so that rows agree on a window.
 *
 *     step: [4 rows x 4 columns] [4 rows x 4 weights]     2 bytes each
 *
 * Rows are taken by their number of nonzeros, most first, within a group of LN_BESIDE_GROUP: then the four rows of a slice
 * need about the same steps, and a processor foresees where a loop ends. How a step is multiplied is the kernel's business. */
#ifndef LN_BESIDE_H
#define LN_BESIDE_H

#include "matrix/weights.h"

#define LN_BESIDE_ROWS 4u     /* of a slice */
#define LN_BESIDE_EACH 4u     /* nonzeros of a row in a step */
#define LN_BESIDE_SCALE 4u    /* columns are stored times this, because an address adds at most 8 times a register */
#define LN_BESIDE_GROUP 256u  /* rows that are sorted */
#define LN_BESIDE_CHUNK 1024u /* columns whose inputs a kernel keeps at a time */
#define LN_BESIDE_HEADER 64u  /* bytes; the biases come behind it, in the file's order */

typedef struct ln_beside_step {
    uint16_t column[LN_BESIDE_ROWS][LN_BESIDE_EACH]; /* within the chunk */
    int16_t weight[LN_BESIDE_ROWS][LN_BESIDE_EACH];
} ln_beside_step;

/* Stands at the start of the packed matrix. A tile is where a group of rows meets a chunk of columns: groups from top to
 * bottom, in each the chunks. */
typedef struct ln_beside_matrix {
    uint32_t rows, columns, chunks, tiles;
    size_t firsts_at; /* uint32: first step of each tile */
    size_t order_at;  /* uint8 [tiles][GROUP]: rows as they are taken; those behind the last of the matrix come last */
    size_t counts_at; /* uint16 [tiles][GROUP / ROWS]: steps of each slice */
    size_t steps_at;
} ln_beside_matrix;

/* Columns are at most LN_SPARSE_MOST_COLUMNS. */
uint64_t ln_beside_bytes(const ln_weights *weights);

void ln_beside_pack(const ln_weights *weights, const int32_t *bias, void *packed);

#endif

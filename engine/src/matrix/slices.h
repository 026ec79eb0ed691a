/* slices.h - an unstructured sparse matrix cut so that vectors meet it: what the fast sparse kernels share.
 *
 * Rows are taken 64 at a time, a group; columns a block at a time, as many inputs as registers hold. Where a group and a
 * block meet is a tile, and within it the rows are sorted by how many nonzeros they have, so that neighbours are alike:
 * a slice is a few neighbours, and a step of a kernel serves every row of a slice with four nonzeros. Rows that have no
 * four left carry weights 0. README.md draws it. */
#ifndef LN_SLICES_H
#define LN_SLICES_H

#include "matrix/weights.h"

#define LN_GROUP 64u  /* rows */
#define LN_BLOCK 256u /* columns */
#define LN_STEP 4u    /* nonzeros of each row */

/* Where a group of rows meets a block of columns: the row of the group at place p has its column i at [p][i]. */
typedef struct ln_tile {
    uint8_t row[LN_GROUP]; /* of the group, by place: those with most nonzeros first */
    int8_t weight[LN_GROUP][LN_BLOCK];
} ln_tile;

/* A walk through a matrix by tiles: groups from top to bottom, in each the blocks from left to right. Each nonzero is
 * met twice whatever the matrix looks like: once to find where its row starts, once to fill a tile. */
typedef struct ln_tiles {
    const ln_weights *weights;
    ln_walk walk;             /* at the first nonzero of the next group */
    bool more;                /* whether there is one */
    uint32_t group, block;    /* of the tile last filled */
    ln_walk rows[LN_GROUP];   /* where each row goes on */
    bool row_more[LN_GROUP];
    ln_tile tile;
} ln_tiles;

void ln_tiles_start(ln_tiles *tiles, const ln_weights *weights);

/* Fills the next tile; false at the end. */
bool ln_tiles_next(ln_tiles *tiles);

/* Puts the rows of a tile back in the order in which the group has them. */
void ln_tile_unsort(ln_tile *tile);

/* The most nonzeros that one of `rows` rows from place `first` on has in columns from first_column to before
 * end_column, and the steps that these take. */
uint32_t ln_slice_most(const ln_tile *tile, uint32_t first, uint32_t rows, uint32_t first_column, uint32_t end_column);

static inline uint32_t ln_slice_steps(const ln_tile *tile, uint32_t first, uint32_t rows, uint32_t first_column,
                                      uint32_t end_column) {
    return (ln_slice_most(tile, first, rows, first_column, end_column) + LN_STEP - 1) / LN_STEP;
}

#endif

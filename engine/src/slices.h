/* slices.h - an unstructured sparse matrix cut so that vectors meet it: the plan that the fast sparse kernels share.
 *
 * Rows are taken 64 at a time, a group, and within it sorted by how many nonzeros they have, so that neighbours are
 * alike. A slice is a few neighbours. Columns are taken a block at a time: as many inputs as registers hold. A step of
 * the kernel serves every row of a slice with four nonzeros from one window of the block's columns; rows that have no
 * four left carry weights 0. How many steps of which window a slice takes, is the plan; README.md draws it. */
#ifndef LN_SLICES_H
#define LN_SLICES_H

#include "weights.h"

#define LN_GROUP 64u       /* rows */
#define LN_BLOCK 256u      /* columns */
#define LN_STEP 4u         /* nonzeros of each row */
#define LN_MOST_WINDOWS 8u /* of a block */

/* What the permutes of a kernel can do. Mixed steps are planned with two windows only. */
typedef struct ln_cut {
    uint32_t slice_rows;   /* 8 or 16 */
    uint32_t window;       /* columns that a cheap step can reach */
    uint32_t mixed_thirds; /* cost of a step that reaches the whole block, in thirds of a cheap one; 0: there is none */
} ln_cut;

/* Steps of one slice in one block: window by window, then mixed ones. */
typedef struct ln_plan {
    uint8_t steps[LN_MOST_WINDOWS];
    uint8_t mixed;
} ln_plan;

/* One group of rows in one block of columns: column i of its row r at [r][i], rows sorted. */
typedef struct ln_tile {
    int8_t weight[LN_GROUP][LN_BLOCK];
} ln_tile;

/* A walk through a matrix by tiles: groups from top to bottom, in each the blocks from left to right. Each nonzero is
 * met twice whatever the matrix looks like: once to sort the rows, once to fill a tile. */
typedef struct ln_tiles {
    const ln_weights *weights;
    ln_walk walk;              /* at the first nonzero of the next group */
    bool more;                 /* whether there is one */
    uint32_t group, block;     /* of the tile last filled */
    uint8_t order[LN_GROUP];   /* the row of the group that comes at this place */
    ln_walk rows[LN_GROUP];    /* where each row goes on, in order */
    bool row_more[LN_GROUP];
    ln_tile tile;
} ln_tiles;

void ln_tiles_start(ln_tiles *tiles, const ln_weights *weights);

/* Fills the next tile; false at the end. */
bool ln_tiles_next(ln_tiles *tiles);

/* The cheapest plan for the rows from place `first` on. */
ln_plan ln_slice_plan(const ln_tile *tile, uint32_t first, const ln_cut *cut);

#endif

/* slices.c - cutting a sparse matrix into tiles whose rows are sorted; at load only. */
#include "matrix/slices.h"

#include <string.h>

void ln_tiles_start(ln_tiles *tiles, const ln_weights *weights) {
    tiles->weights = weights;
    tiles->walk = (ln_walk){.weights = weights};
    tiles->more = ln_walk_next(&tiles->walk);
    tiles->group = 0;
    tiles->block = UINT32_MAX; /* one before the first */
}

/* Where each row of the group starts; `walk` moves behind the group. */
static void open_group(ln_tiles *tiles) {
    for (uint32_t r = 0; r < LN_GROUP; r++) {
        const uint32_t row = tiles->group * LN_GROUP + r;
        tiles->rows[r] = tiles->walk;
        tiles->row_more[r] = tiles->more && tiles->walk.row == row;
        while (tiles->more && tiles->walk.row == row) tiles->more = ln_walk_next(&tiles->walk);
    }
}

/* The block's part of row `r` of the group, in columns of the block; returns how many nonzeros it has. */
static uint32_t fill_row(ln_tiles *tiles, uint32_t r, int8_t *weights) {
    ln_walk *walk = &tiles->rows[r];
    const uint32_t row = tiles->group * LN_GROUP + r, from = tiles->block * LN_BLOCK;
    uint32_t count = 0;
    for (; tiles->row_more[r] && walk->column < from + LN_BLOCK; count++) {
        weights[walk->column - from] = walk->weight;
        tiles->row_more[r] = ln_walk_next(walk) && walk->row == row;
    }
    return count;
}

bool ln_tiles_next(ln_tiles *tiles) {
    const uint32_t blocks = (tiles->weights->columns + LN_BLOCK - 1) / LN_BLOCK;
    ln_tile *tile = &tiles->tile;
    uint32_t counts[LN_GROUP];
    if (++tiles->block == blocks) tiles->block = 0, tiles->group++;
    if (tiles->group * LN_GROUP >= tiles->weights->rows) return false;
    if (tiles->block == 0) open_group(tiles);
    for (uint32_t r = 0; r < LN_GROUP; r++) { /* equal ones stay as they were */
        int8_t weights[LN_BLOCK] = {0};
        const uint32_t count = fill_row(tiles, r, weights);
        uint32_t place = r;
        while (place > 0 && counts[place - 1] < count) place--;
        memmove(counts + place + 1, counts + place, sizeof counts[0] * (r - place));
        memmove(tile->row + place + 1, tile->row + place, r - place);
        memmove(tile->weight[place + 1], tile->weight[place], sizeof weights * (r - place));
        counts[place] = count;
        tile->row[place] = (uint8_t)r;
        memcpy(tile->weight[place], weights, sizeof weights);
    }
    return true;
}

void ln_tile_unsort(ln_tile *tile) {
    const ln_tile sorted = *tile;
    for (uint32_t place = 0; place < LN_GROUP; place++) {
        const uint32_t r = sorted.row[place];
        memcpy(tile->weight[r], sorted.weight[place], sizeof sorted.weight[place]);
        tile->row[r] = (uint8_t)r;
    }
}

uint32_t ln_slice_most(const ln_tile *tile, uint32_t first, uint32_t rows, uint32_t first_column, uint32_t end_column) {
    uint32_t most = 0;
    for (uint32_t place = first; place < first + rows; place++) {
        uint32_t count = 0;
        for (uint32_t i = first_column; i < end_column; i++) count += tile->weight[place][i] != 0;
        most = count > most ? count : most;
    }
    return most;
}

/* slices.c - cutting a sparse matrix into tiles and planning the steps of their slices; at load only. */
#include "slices.h"

#include <string.h>

void ln_tiles_start(ln_tiles *tiles, const ln_weights *weights) {
    tiles->weights = weights;
    tiles->walk = (ln_walk){.weights = weights};
    tiles->more = ln_walk_next(&tiles->walk);
    tiles->group = 0;
    tiles->block = UINT32_MAX; /* one before the first */
}

/* Rows with most nonzeros first; equal ones stay as they were. `walk` moves behind the group. */
static void sort_rows(ln_tiles *tiles) {
    uint32_t counts[LN_GROUP];
    ln_walk first[LN_GROUP];
    for (uint32_t r = 0; r < LN_GROUP; r++) {
        uint32_t place = r, count = 0;
        first[r] = tiles->walk;
        for (; tiles->more && tiles->walk.row == tiles->group * LN_GROUP + r; count++)
            tiles->more = ln_walk_next(&tiles->walk);
        for (; place > 0 && counts[place - 1] < count; place--) {
            counts[place] = counts[place - 1];
            tiles->order[place] = tiles->order[place - 1];
        }
        counts[place] = count;
        tiles->order[place] = (uint8_t)r;
    }
    for (uint32_t place = 0; place < LN_GROUP; place++) {
        tiles->rows[place] = first[tiles->order[place]];
        tiles->row_more[place] = counts[place] > 0;
    }
}

static void fill_row(ln_tiles *tiles, uint32_t place) {
    ln_walk *walk = &tiles->rows[place];
    const uint32_t row = tiles->group * LN_GROUP + tiles->order[place], from = tiles->block * LN_BLOCK;
    while (tiles->row_more[place] && walk->column < from + LN_BLOCK) {
        tiles->tile.weight[place][walk->column - from] = walk->weight;
        tiles->row_more[place] = ln_walk_next(walk) && walk->row == row;
    }
}

bool ln_tiles_next(ln_tiles *tiles) {
    const uint32_t blocks = (tiles->weights->columns + LN_BLOCK - 1) / LN_BLOCK;
    if (++tiles->block == blocks) tiles->block = 0, tiles->group++;
    if (tiles->group * LN_GROUP >= tiles->weights->rows) return false;
    if (tiles->block == 0) sort_rows(tiles);
    memset(&tiles->tile, 0, sizeof tiles->tile);
    for (uint32_t place = 0; place < LN_GROUP; place++) fill_row(tiles, place);
    return true;
}

/* Steps that hold `count` nonzeros of a row. */
static uint32_t steps_for(uint32_t count) { return (count + LN_STEP - 1) / LN_STEP; }

static uint32_t left_over(uint32_t count, uint32_t steps) {
    return count > LN_STEP * steps ? count - LN_STEP * steps : 0;
}

typedef struct counts {
    uint32_t rows, windows;
    uint32_t of[16][LN_MOST_WINDOWS]; /* nonzeros of a row in a window */
    uint32_t most[LN_MOST_WINDOWS];
} counts;

static counts count_slice(const ln_tile *tile, uint32_t first, const ln_cut *cut) {
    counts c = {.rows = cut->slice_rows, .windows = LN_BLOCK / cut->window};
    for (uint32_t r = 0; r < c.rows; r++) {
        for (uint32_t i = 0; i < LN_BLOCK; i++) c.of[r][i / cut->window] += tile->weight[first + r][i] != 0;
        for (uint32_t w = 0; w < c.windows; w++) c.most[w] = c.of[r][w] > c.most[w] ? c.of[r][w] : c.most[w];
    }
    return c;
}

/* Mixed steps that take what `first` and `second` cheap steps of the two windows leave. */
static uint32_t mixed_for(const counts *c, uint32_t first, uint32_t second) {
    uint32_t most = 0;
    for (uint32_t r = 0; r < c->rows; r++) {
        const uint32_t rest = left_over(c->of[r][0], first) + left_over(c->of[r][1], second);
        most = rest > most ? rest : most;
    }
    return steps_for(most);
}

ln_plan ln_slice_plan(const ln_tile *tile, uint32_t first, const ln_cut *cut) {
    const counts c = count_slice(tile, first, cut);
    ln_plan plan = {.mixed = 0};
    for (uint32_t w = 0; w < c.windows; w++) plan.steps[w] = (uint8_t)steps_for(c.most[w]);
    if (cut->mixed_thirds == 0) return plan;
    const uint32_t most0 = plan.steps[0], most1 = plan.steps[1];
    uint32_t best = 3 * (most0 + most1);
    for (uint32_t q0 = 0; q0 <= most0; q0++)
        for (uint32_t q1 = 0; q1 <= most1 && 3 * (q0 + q1) < best; q1++) {
            const uint32_t mixed = mixed_for(&c, q0, q1), cost = 3 * (q0 + q1) + cut->mixed_thirds * mixed;
            if (cost >= best) continue;
            best = cost;
            plan = (ln_plan){.steps = {(uint8_t)q0, (uint8_t)q1}, .mixed = (uint8_t)mixed};
        }
    return plan;
}

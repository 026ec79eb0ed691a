/* short_steps.c - packing a sparse matrix in steps of 16 nonzeros; at load only. */
#include "matrix/short_steps.h"

#include <string.h>

#include "matrix/kernels.h"

#define NONZEROS 16u /* of a step */

static ln_short_steps lay_out(const ln_short_form *form, const ln_weights *weights) {
    ln_short_steps h = {.columns = weights->columns};
    h.groups = (uint32_t)(ln_round_up(weights->rows, LN_GROUP) / LN_GROUP);
    h.blocks = (uint32_t)(ln_round_up(weights->columns, LN_BLOCK) / LN_BLOCK);
    h.windows = (uint32_t)(ln_round_up(weights->columns, form->window) / form->window);
    h.places_at = 64 + sizeof(int32_t) * LN_GROUP * h.groups;
    h.counts_at = h.places_at + (size_t)LN_GROUP * h.groups * h.blocks;
    h.steps_at = ln_round_up(h.counts_at + (size_t)LN_GROUP / form->slice_rows * h.windows * h.groups, 64);
    return h;
}

/* The steps that a slice takes in a window: a row's nonzeros come as many at a time as a step holds of each row. */
static uint32_t count_steps(const ln_short_form *form, const ln_tile *tile, uint32_t slice, uint32_t window) {
    uint32_t most = 0;
    for (uint32_t r = 0; r < form->slice_rows; r++) {
        const int8_t *row = tile->weight[slice * form->slice_rows + r] + window * form->window;
        uint32_t count = 0;
        for (uint32_t i = 0; i < form->window; i++) count += row[i] != 0;
        most = count > most ? count : most;
    }
    return (most * form->slice_rows + NONZEROS - 1) / NONZEROS;
}

uint64_t ln_short_steps_bytes(const ln_short_form *form, const ln_weights *weights) {
    const ln_short_steps h = lay_out(form, weights);
    uint64_t count = 0;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles))
        for (uint32_t w = 0; w < ln_short_steps_windows(&h, tiles.block, form->window); w++)
            for (uint32_t s = 0; s < LN_GROUP / form->slice_rows; s++)
                count += count_steps(form, &tiles.tile, s, w);
    return h.steps_at + LN_SHORT_STEP_BYTES * count;
}

/* The nonzeros of row `r` of a slice in one window. */
static void pack_row(const ln_short_form *form, const int8_t *row, uint32_t r, uint8_t *at) {
    const uint32_t of_each = NONZEROS / form->slice_rows;
    uint32_t place = 0;
    for (uint32_t i = 0; i < form->window; i++) {
        if (row[i] == 0) continue;
        const uint32_t j = place % of_each;
        uint8_t *step = at + LN_SHORT_STEP_BYTES * (place++ / of_each);
        const uint32_t byte = form->is_row_by_row ? of_each * r + j : form->slice_rows * j + r;
        step[byte] = (uint8_t)i;
        step[NONZEROS + byte] = (uint8_t)row[i];
    }
}

/* Places of a tile's rows, and their biases where it is the group's first; rows that are not there have bias 0. What
 * the weights add to a bias goes where the first tile has put it. */
static void pack_rows(const ln_short_form *form, const ln_tiles *tiles, const int32_t *bias, int32_t *biases,
                      uint8_t *first_places) {
    uint8_t *places = first_places + (size_t)LN_GROUP * tiles->block;
    for (uint32_t place = 0; place < LN_GROUP; place++) {
        const uint32_t r = tiles->tile.row[place], row = tiles->group * LN_GROUP + r;
        places[r] = (uint8_t)place;
        int32_t *sum = &biases[first_places[r]];
        if (tiles->block == 0) *sum = row < tiles->weights->rows ? bias[row] : 0;
        for (uint32_t i = 0; i < LN_BLOCK; i++) *sum += form->bias_step * tiles->tile.weight[place][i];
    }
}

/* The steps of one slice in one window; returns how many. */
static uint8_t pack_slice(const ln_short_form *form, const ln_tile *tile, uint32_t slice, uint32_t window,
                          uint8_t *at) {
    const uint32_t count = count_steps(form, tile, slice, window);
    memset(at, 0, (size_t)LN_SHORT_STEP_BYTES * count);
    for (uint32_t r = 0; r < form->slice_rows; r++)
        pack_row(form, tile->weight[slice * form->slice_rows + r] + window * form->window, r, at);
    return (uint8_t)count;
}

void ln_short_steps_pack(const ln_short_form *form, const ln_weights *weights, const int32_t *bias, void *packed) {
    const ln_short_steps h = lay_out(form, weights);
    memcpy(packed, &h, sizeof h);
    uint8_t *bytes = packed, *counts = bytes + h.counts_at, *at = bytes + h.steps_at;
    ln_tiles tiles;
    ln_tiles_start(&tiles, weights);
    while (ln_tiles_next(&tiles)) {
        const uint32_t windows = ln_short_steps_windows(&h, tiles.block, form->window);
        int32_t *biases = (int32_t *)(void *)(bytes + 64) + (size_t)LN_GROUP * tiles.group;
        pack_rows(form, &tiles, bias, biases, bytes + h.places_at + (size_t)LN_GROUP * h.blocks * tiles.group);
        for (uint32_t i = 0; i < LN_GROUP / form->slice_rows * windows; i++) {
            const uint32_t row = i / (windows * form->beside), w = i / form->beside % windows;
            *counts = pack_slice(form, &tiles.tile, row * form->beside + i % form->beside, w, at);
            at += LN_SHORT_STEP_BYTES * *counts++;
        }
    }
}

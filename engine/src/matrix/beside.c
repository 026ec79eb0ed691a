/* beside.c - packing a sparse matrix for several inputs at once; at load only. */
#include "matrix/beside.h"

#include "matrix/kernels.h"

#define ROWS LN_BESIDE_ROWS
#define EACH LN_BESIDE_EACH
#define GROUP LN_BESIDE_GROUP
#define CHUNK LN_BESIDE_CHUNK
#define MOST_CHUNKS (LN_SPARSE_MOST_COLUMNS / CHUNK)

typedef ln_beside_matrix header;
typedef ln_beside_step step;

/* A group of rows, while it is laid out. */
typedef struct group {
    uint16_t counts[MOST_CHUNKS][GROUP]; /* nonzeros of each row in each chunk */
    uint8_t order[MOST_CHUNKS][GROUP];
} group;

static void sort(const uint16_t *counts, uint8_t *order) {
    for (uint32_t r = 0; r < GROUP; r++) {
        uint32_t place = r;
        for (; place > 0 && counts[order[place - 1]] < counts[r]; place--) order[place] = order[place - 1];
        order[place] = (uint8_t)r;
    }
}

/* The next group; the walk moves behind it. */
static void open_group(group *g, const header *h, ln_walk *walk, uint32_t first_row) {
    *g = (group){{{0}}, {{0}}};
    for (ln_walk next = *walk; ln_walk_next(&next) && next.row < first_row + GROUP; *walk = next)
        g->counts[next.column / CHUNK][next.row - first_row]++;
    for (uint32_t c = 0; c < h->chunks; c++) sort(g->counts[c], g->order[c]);
}

/* Steps of a slice: those of its first row, which has most. */
static uint32_t steps_of(const group *g, uint32_t chunk, uint32_t slice) {
    return (g->counts[chunk][g->order[chunk][slice * ROWS]] + EACH - 1) / EACH;
}

/* Everything; the number of all steps comes back, too. */
static header lay_out(const ln_weights *weights, uint64_t *steps) {
    header h = {.rows = weights->rows, .columns = weights->columns};
    h.chunks = (uint32_t)(ln_round_up(h.columns, CHUNK) / CHUNK);
    h.tiles = h.chunks * (uint32_t)(ln_round_up(h.rows, GROUP) / GROUP);
    ln_walk walk = {.weights = weights};
    group g;
    *steps = 0;
    for (uint32_t row = 0; row < h.rows; row += GROUP) {
        open_group(&g, &h, &walk, row);
        for (uint32_t c = 0; c < h.chunks; c++)
            for (uint32_t s = 0; s < GROUP / ROWS; s++) *steps += steps_of(&g, c, s);
    }
    h.firsts_at = LN_BESIDE_HEADER + sizeof(int32_t) * h.rows;
    h.order_at = h.firsts_at + sizeof(uint32_t) * h.tiles;
    h.counts_at = ln_round_up(h.order_at + (size_t)GROUP * h.tiles, sizeof(uint16_t));
    h.steps_at = ln_round_up(h.counts_at + sizeof(uint16_t) * (GROUP / ROWS) * h.tiles, 64);
    return h;
}

uint64_t ln_beside_bytes(const ln_weights *weights) {
    uint64_t steps;
    return lay_out(weights, &steps).steps_at + sizeof(step) * steps;
}

/* The tile of group `g` and a chunk, all but its steps; `at` is where these begin, and each row's place comes back in `rows`.
 * Returns where the next tile's begin. */
static uint32_t pack_tile(const group *g, uint32_t chunk, uint32_t at, uint8_t *order, uint16_t *counts, uint32_t *rows) {
    for (uint32_t place = 0; place < GROUP; place++) {
        const uint32_t row = order[place] = g->order[chunk][place];
        rows[row] = at * ROWS + place % ROWS;
        if (place % ROWS != ROWS - 1) continue;
        counts[place / ROWS] = (uint16_t)steps_of(g, chunk, place / ROWS);
        at += counts[place / ROWS];
    }
    return at;
}

/* The nonzeros of a group into their steps; a row's place is ROWS times its first step and which row of it it is. */
static void pack_steps(ln_walk walk, uint32_t first_row, uint32_t rows[MOST_CHUNKS][GROUP], step *steps) {
    uint32_t row = UINT32_MAX, chunk = 0, done = 0;
    for (; ln_walk_next(&walk) && walk.row < first_row + GROUP; done++) {
        if (walk.row != row || walk.column / CHUNK != chunk) row = walk.row, chunk = walk.column / CHUNK, done = 0;
        const uint32_t place = rows[chunk][row - first_row];
        step *at = &steps[place / ROWS + done / EACH];
        at->column[place % ROWS][done % EACH] = (uint16_t)(walk.column % CHUNK * LN_BESIDE_SCALE);
        at->weight[place % ROWS][done % EACH] = walk.weight;
    }
}

void ln_beside_pack(const ln_weights *weights, const int32_t *bias, void *packed) {
    uint64_t count;
    const header h = lay_out(weights, &count);
    *(header *)packed = h;
    uint8_t *bytes = packed;
    int32_t *biases = (int32_t *)(void *)(bytes + LN_BESIDE_HEADER);
    uint32_t *firsts = (uint32_t *)(void *)(bytes + h.firsts_at), rows[MOST_CHUNKS][GROUP], at = 0, tile = 0;
    uint16_t *counts = (uint16_t *)(void *)(bytes + h.counts_at);
    step *steps = (step *)(void *)(bytes + h.steps_at);
    for (uint32_t o = 0; o < h.rows; o++) biases[o] = bias[o];
    for (uint64_t i = 0; i < count; i++) steps[i] = (step){{{0}}, {{0}}};
    ln_walk walk = {.weights = weights};
    group g;
    for (uint32_t row = 0; row < h.rows; row += GROUP) {
        const ln_walk from = walk;
        open_group(&g, &h, &walk, row);
        for (uint32_t c = 0; c < h.chunks; c++, tile++) {
            firsts[tile] = at;
            at = pack_tile(&g, c, at, bytes + h.order_at + (size_t)GROUP * tile, counts + GROUP / ROWS * (size_t)tile, rows[c]);
        }
        pack_steps(from, row, rows, steps);
    }
}


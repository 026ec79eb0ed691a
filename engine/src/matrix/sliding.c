/* sliding.c - packing a sparse matrix in steps whose windows slide; at load only. */
#include "matrix/sliding.h"

#include <string.h>

#include "matrix/kernels.h"

#define MOST 64u /* nonzeros of a step */

/* A pass through a matrix, slice by slice and step by step. */
typedef struct pass {
    const ln_sliding_form *form;
    const ln_weights *weights;
    ln_walk walk;                    /* at the first nonzero of the next group */
    bool more;                       /* whether there is one */
    bool is_sorted;                  /* the group */
    uint32_t slice;                  /* of the matrix */
    uint8_t order[LN_SLIDING_GROUP]; /* rows of the group in the order of the slices */
    ln_walk rows[LN_SLIDING_GROUP];  /* where each row goes on */
    bool row_more[LN_SLIDING_GROUP];
} pass;

/* Row r of the slice has its nonzeros from r * each on; empty places hold column 0 and weight 0. */
typedef struct step {
    uint32_t first; /* column of the window */
    uint8_t column[MOST];
    int8_t weight[MOST];
} step;

static void start(pass *p, const ln_sliding_form *form, const ln_weights *weights) {
    p->form = form;
    p->weights = weights;
    p->walk = (ln_walk){.weights = weights};
    p->more = ln_walk_next(&p->walk);
    p->slice = UINT32_MAX; /* one before the first */
}

/* The nonzeros of the fullest row of each slice, summed over the slices of a group. */
static uint32_t fullest(const ln_sliding_form *form, const uint16_t *counts, const uint8_t *order) {
    uint32_t sum = 0;
    for (uint32_t first = 0; first < LN_SLIDING_GROUP; first += form->rows) {
        uint32_t most = 0;
        for (uint32_t r = first; r < first + form->rows; r++) most = counts[order[r]] > most ? counts[order[r]] : most;
        sum += most;
    }
    return sum;
}

/* Sorts the rows of the group by their nonzeros, or leaves them where that gains too little. What a slice takes follows
 * from its fullest row well enough; counting its steps would take most of the time of loading a model. */
static void choose_order(pass *p, const uint16_t *counts, uint32_t rows) {
    uint8_t sorted[LN_SLIDING_GROUP];
    for (uint32_t r = 0; r < LN_SLIDING_GROUP; r++) {
        uint32_t place = r;
        while (place > 0 && counts[sorted[place - 1]] < counts[r]) place--;
        memmove(sorted + place + 1, sorted + place, r - place);
        sorted[place] = p->order[r] = (uint8_t)r;
    }
    const uint32_t slices = (rows + p->form->rows - 1) / p->form->rows;
    p->is_sorted = fullest(p->form, counts, sorted) + p->form->put_back * slices < fullest(p->form, counts, p->order);
    if (p->is_sorted) memcpy(p->order, sorted, sizeof sorted);
}

/* Where each row of a group starts, and the order of its rows; `walk` moves behind the group. Rows behind the last come
 * last. */
static void open_group(pass *p, uint32_t first_row) {
    uint16_t counts[LN_SLIDING_GROUP] = {0};
    for (uint32_t r = 0; r < LN_SLIDING_GROUP; r++) {
        p->rows[r] = p->walk;
        p->row_more[r] = p->more && p->walk.row == first_row + r;
        for (; p->more && p->walk.row == first_row + r; counts[r]++) p->more = ln_walk_next(&p->walk);
    }
    const uint32_t left = p->weights->rows - first_row;
    choose_order(p, counts, left < LN_SLIDING_GROUP ? left : LN_SLIDING_GROUP);
}

static bool next_slice(pass *p) {
    const uint32_t row = ++p->slice * p->form->rows;
    if (row >= p->weights->rows) return false;
    if (row % LN_SLIDING_GROUP == 0) open_group(p, row);
    return true;
}

/* The row of the group at a place of the slice. */
static uint32_t row_at(const pass *p, uint32_t place) {
    return p->order[p->slice * p->form->rows % LN_SLIDING_GROUP + place];
}

static int32_t size_of(int8_t weight) { return weight < 0 ? -weight : weight; }

/* Whether a weight may stand at place `e` of its row, behind `before`. */
static bool fits(const ln_sliding_form *form, uint32_t e, int8_t before, int8_t weight) {
    if (form->most == 0 || e % 2 == 0 || (before < 0) != (weight < 0)) return true;
    return size_of(before) + size_of(weight) <= (int32_t)form->most;
}

/* The nonzeros that row `r` of the group has for a step. */
static void take_row(pass *p, uint32_t r, uint32_t first, uint8_t *column, int8_t *weight) {
    const ln_sliding_form *form = p->form;
    ln_walk *walk = &p->rows[r];
    const uint32_t row = walk->row;
    for (uint32_t e = 0; e < form->each && p->row_more[r] && walk->column < first + form->window; e++) {
        if (!fits(form, e, e > 0 ? weight[e - 1] : 0, walk->weight)) return;
        column[e] = (uint8_t)(walk->column - first);
        weight[e] = walk->weight;
        p->row_more[r] = ln_walk_next(walk) && walk->row == row;
    }
}

/* The next step of the slice; false where nothing is left. */
static bool next_step(pass *p, step *s) {
    const ln_sliding_form *form = p->form;
    *s = (step){.first = UINT32_MAX};
    for (uint32_t place = 0; place < form->rows; place++) {
        const uint32_t r = row_at(p, place);
        if (p->row_more[r] && p->rows[r].column < s->first) s->first = p->rows[r].column;
    }
    if (s->first == UINT32_MAX) return false;
    for (uint32_t place = 0; place < form->rows; place++)
        take_row(p, row_at(p, place), s->first, s->column + place * form->each, s->weight + place * form->each);
    return true;
}

static uint64_t step_bytes(const ln_sliding_form *form) {
    return (form->has_wide_weights ? 3u : 2u) * (uint64_t)form->rows * form->each;
}

/* Everything; the number of all steps comes back, too. */
static ln_sliding_matrix lay_out(const ln_sliding_form *form, const ln_weights *weights, uint64_t *steps) {
    ln_sliding_matrix m = {.columns = weights->columns, .rows = form->rows};
    m.slices = (uint32_t)(ln_round_up(weights->rows, form->rows) / form->rows);
    pass p;
    step s;
    start(&p, form, weights);
    for (*steps = 0; next_slice(&p);)
        while (next_step(&p, &s)) ++*steps;
    const size_t sums = (size_t)m.slices * form->rows;
    m.places_at = LN_SLIDING_HEADER + sizeof(int32_t) * sums;
    m.counts_at = m.places_at + sums;
    m.firsts_at = m.counts_at + sizeof(uint16_t) * m.slices;
    m.steps_at = ln_round_up(m.firsts_at + sizeof(uint16_t) * (size_t)*steps, 64);
    return m;
}

uint64_t ln_sliding_bytes(const ln_sliding_form *form, const ln_weights *weights) {
    uint64_t steps;
    const ln_sliding_matrix m = lay_out(form, weights, &steps);
    return m.steps_at + step_bytes(form) * steps;
}

/* Biases and places of a slice in the order of its sums; a row behind the last has bias 0. */
static void pack_rows(const pass *p, const int32_t *bias, int32_t *biases, uint8_t *places) {
    const uint32_t rows = p->form->rows, first = p->slice * rows;
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t r = row_at(p, p->form->order == NULL ? i : p->form->order[i]);
        const uint32_t row = (uint32_t)ln_sliding_group_of(p->slice, rows) + r;
        biases[first + i] = row < p->weights->rows ? bias[row] : 0;
        places[first + i] = (uint8_t)r;
    }
}

/* Subtracts from the biases of a slice what its step's weights add for the shift of the inputs. */
static void shift_biases(const pass *p, const step *s, int32_t *biases) {
    const ln_sliding_form *form = p->form;
    for (uint32_t i = 0; i < form->rows; i++) {
        const int8_t *weight = s->weight + (form->order == NULL ? i : form->order[i]) * form->each;
        for (uint32_t e = 0; e < form->each; e++) biases[p->slice * form->rows + i] -= form->bias_step * weight[e];
    }
}

/* Where nonzero `i` of a step, row by row, lies among the columns or weights that are packed. */
static size_t lies_at(const ln_sliding_form *form, size_t i) {
    if (!form->has_halves) return i;
    return i % 2 * form->rows * form->each / 2 + i / 2;
}

/* Returns where the next step starts. */
static uint8_t *pack_step(const ln_sliding_form *form, const step *s, uint8_t *at) {
    const size_t size = (size_t)form->rows * form->each;
    for (size_t i = 0; i < size; i++) {
        const size_t to = lies_at(form, i);
        at[to] = s->column[i];
        if (form->has_wide_weights) ((int16_t *)(void *)(at + size))[to] = s->weight[i];
        else at[size + to] = (uint8_t)s->weight[i];
    }
    return at + step_bytes(form);
}

void ln_sliding_pack(const ln_sliding_form *form, const ln_weights *weights, const int32_t *bias, void *packed) {
    uint64_t steps;
    const ln_sliding_matrix m = lay_out(form, weights, &steps);
    memcpy(packed, &m, sizeof m);
    uint8_t *bytes = packed, *at = bytes + m.steps_at;
    int32_t *biases = (int32_t *)(void *)(bytes + LN_SLIDING_HEADER);
    uint16_t *counts = (uint16_t *)(void *)(bytes + m.counts_at), *firsts = (uint16_t *)(void *)(bytes + m.firsts_at);
    pass p;
    step s;
    start(&p, form, weights);
    while (next_slice(&p)) {
        pack_rows(&p, bias, biases, bytes + m.places_at);
        for (counts[p.slice] = p.is_sorted ? LN_SLIDING_SORTED : 0; next_step(&p, &s); counts[p.slice]++) {
            *firsts++ = (uint16_t)s.first;
            shift_biases(&p, &s, biases);
            at = pack_step(form, &s, at);
        }
    }
}

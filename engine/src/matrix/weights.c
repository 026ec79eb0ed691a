/* weights.c - walking a stored matrix. The bytes are untrusted: every step checks that it stays inside. */
#include "matrix/weights.h"

#include "number/bytes.h"

static bool next_dense(ln_walk *walk) {
    const ln_weights *w = walk->weights;
    while (walk->value < w->value_count && w->values[walk->value] == 0) walk->value++;
    if (walk->value >= w->value_count) return false;
    while (walk->value >= ((uint64_t)walk->row + 1) * w->columns) walk->row++;
    walk->column = (uint32_t)(walk->value - (uint64_t)walk->row * w->columns);
    walk->weight = w->values[walk->value++];
    return true;
}

static bool refuse(ln_walk *walk) {
    walk->broken = true;
    return false;
}

/* Whether the stream of nibbles ends where the last gap did, its last half byte 0 where it is not used. */
static bool gaps_are_used_up(const ln_walk *walk) {
    const uint64_t end = 2 * walk->weights->gap_bytes;
    if (walk->nibble == end) return true;
    return walk->nibble + 1 == end && walk->weights->gaps[end / 2 - 1] >> 4 == 0;
}

/* To the next row that has a nonzero. `column` waits one before the first. */
static bool open_row(ln_walk *walk) {
    const ln_weights *w = walk->weights;
    do {
        walk->row = walk->started ? walk->row + 1 : 0;
        walk->started = true;
        if (walk->row >= w->rows) {
            walk->row = w->rows - 1; /* so that a further call ends here again */
            return walk->value == w->value_count && gaps_are_used_up(walk) ? false : refuse(walk);
        }
        walk->left = ln_read_i16(w->counts + 2 * (size_t)walk->row);
        if (walk->left < 0 || (uint32_t)walk->left > w->columns) return refuse(walk);
    } while (walk->left == 0);
    walk->column = UINT32_MAX;
    return true;
}

static bool next_sparse(ln_walk *walk) {
    const ln_weights *w = walk->weights;
    if (walk->left == 0 && !open_row(walk)) return false;
    uint32_t column = walk->column + 1, nibble;
    do {
        if (walk->nibble >= 2 * w->gap_bytes) return refuse(walk);
        uint32_t pair = w->gaps[walk->nibble / 2];
        nibble = walk->nibble % 2 ? pair >> 4 : pair & 15;
        walk->nibble++;
        column += nibble;
        if (column >= w->columns) return refuse(walk);
    } while (nibble == 15);
    if (walk->value >= w->value_count) return refuse(walk);
    walk->column = column;
    walk->weight = w->values[walk->value++];
    walk->left--;
    return true;
}

bool ln_walk_next(ln_walk *walk) {
    if (walk->broken) return false;
    if (walk->weights->gaps == NULL) return next_dense(walk);
    do {
        if (!next_sparse(walk)) return false;
    } while (walk->weight == 0); /* the file may store a weight that has become 0 */
    return true;
}

/* proof.c - that a model file holds a program: order, widths, exponents, ranges, and no sum that can overflow.
 * Mirror of ir/validation.py. What passes here is run without further checks. */
#include "file/proof.h"

#include "front/circle.h"
#include "number/fixed.h"

#include <string.h>

#define MOST_WIDTH 32767u
#define MOST_EXPONENT 64
#define MOST_FRAMES_PER_SECOND 768000.0f
#define MOST_WEIGHTS ((uint64_t)1 << 26)
#define MOST_VALUES ((uint64_t)1 << 24) /* of all wires: bounds what a session takes */
#define FREE_NUMBERS ((uint64_t)1 << 20)
#define NUMBERS_PER_BYTE 128u
#define MOST_LEVEL_BOUND 1000.0f
#define MOST_DECAY_SHIFT 46
#define SIGMOID_EXPONENT 11
#define SUM_LIMIT ((int64_t)1 << 31)

static bool within(int64_t value, int64_t low, int64_t high) { return low <= value && value <= high; }

static bool settings_hold(const ln_settings *s) {
    return within(s->sample_rate_hz, 1000, 768000) && within(s->window, 16, 8192) &&
           (s->window & (s->window - 1)) == 0 && within(s->hop, 1, s->window) && s->window % s->hop == 0 &&
           s->window_kind < LN_WINDOW_KINDS && (s->window_kind != LN_ASYMMETRIC || 4 * s->hop <= s->window) &&
           s->compression_roots <= 3 && s->phase_bins <= s->window / 2 + 1 &&
           (s->band_ratio == 0 || within(s->band_ratio, 2, s->window / 2)) && /* fewer than bins */
           /* written so that NaN fails */
           s->level_alpha >= 0.0f && s->level_alpha <= 1.0f && s->level_initial >= 0.0f &&
           s->offset_alpha >= 0.0f && s->offset_alpha <= 1.0f && s->level_initial <= 3.402823466e38f && s->level_floor > 0.0f && s->level_floor <= 3.402823466e38f &&
           s->level_least >= 0.0f && s->level_least <= 1.0f &&
           (s->level_most == 0.0f || (s->level_most >= 1.0f && s->level_most <= MOST_LEVEL_BOUND)) &&
           s->frames_per_second >= 0.0f && s->frames_per_second <= MOST_FRAMES_PER_SECOND;
}

/* A letter for every wire, or none at all. */
static bool activity_holds(const ln_artifact *artifact) {
    const ln_span letters = artifact->container.settings.activity;
    for (size_t i = 0; i < letters.size; i++)
        if (letters.bytes[i] < 'a' || letters.bytes[i] > 'z') return false;
    return letters.size == 0 || letters.size == artifact->wire_count;
}

static bool is_code(const ln_wire *wire) { return wire->bits == 8 || wire->bits == 16; }

static bool wire_holds(const ln_wire *wire) {
    const int32_t limit = wire->bits == 0 ? 0 : MOST_EXPONENT;
    return within(wire->width, 1, MOST_WIDTH) && (wire->bits == 0 || is_code(wire) || wire->bits == 32) &&
           within(wire->exponent, -limit, limit);
}

/* Which of a set of numbered things have been met. */
typedef struct marks {
    uint8_t bits[LN_MOST_TENSORS / 8 + 1];
} marks;

static bool is_marked(const marks *m, uint32_t index) { return m->bits[index / 8] >> (index % 8) & 1; }

static void mark(marks *m, uint32_t index) { m->bits[index / 8] = (uint8_t)(m->bits[index / 8] | 1u << (index % 8)); }

static bool is_recurrence(int32_t kind) { return kind == LN_RECURRENCE || kind == LN_GATED_RECURRENCE; }

static bool has_other(int32_t kind) { return kind == LN_GATE || kind == LN_ADD || kind == LN_GATED_RECURRENCE; }

/* Wire 0 is given; every other wire is written once, before it is read. */
static bool order_holds(const ln_artifact *artifact) {
    marks ready = {{0}};
    mark(&ready, 0);
    if (artifact->node_count < 2 || artifact->node_count > LN_MOST_NODES) return false;
    for (uint32_t i = 0; i < artifact->node_count; i++) {
        const ln_row row = ln_artifact_row(artifact, i);
        const int64_t last_wire = (int64_t)artifact->wire_count - 1;
        if ((row.kind == LN_QUANTIZE) != (i == 0)) return false;
        if ((row.kind == LN_DEQUANTIZE) != (i == artifact->node_count - 1)) return false;
        if (!within(row.source, 0, last_wire) || !is_marked(&ready, (uint32_t)row.source)) return false;
        if (!has_other(row.kind) && row.other != -1) return false;
        if (has_other(row.kind) &&
            (!within(row.other, 0, last_wire) || !is_marked(&ready, (uint32_t)row.other)))
            return false;
        if (!within(row.target, 1, last_wire) || is_marked(&ready, (uint32_t)row.target)) return false;
        mark(&ready, (uint32_t)row.target);
    }
    return artifact->node_count == artifact->wire_count - 1; /* so that nothing is left unwritten */
}

/* Bits, widths and exponents of the wires around one node, and the ranges of its parameters. */
static bool row_fits(const ln_artifact *artifact, const ln_row *row) {
    const ln_wire source = ln_artifact_wire(artifact, (uint32_t)row->source);
    const ln_wire target = ln_artifact_wire(artifact, (uint32_t)row->target);
    const ln_wire other = has_other(row->kind) ? ln_artifact_wire(artifact, (uint32_t)row->other) : source;
    const int32_t *p = row->params;
    const int32_t exponent = source.exponent;
    const bool same = target.exponent == exponent && target.bits == source.bits;
    if (row->kind == LN_QUANTIZE ? source.bits != 0 : is_recurrence(row->kind) ? source.bits != 32 : !is_code(&source))
        return false;
    if (row->kind != LN_LINEAR && (source.width != target.width || other.width != target.width)) return false;
    switch (row->kind) {
    case LN_LINEAR: {
        const uint32_t repeat = ln_artifact_repeat(row);
        return target.bits != 0 && within(p[2], 0, MOST_WIDTH) && source.width % repeat == 0 && target.width % repeat == 0;
    }
    case LN_SCALE: return target.bits != 0;
    case LN_RECURRENCE:
        return source.width % 2 == 0 && within(p[0], 0, 31) && is_code(&target) && target.exponent == exponent - p[0];
    case LN_GATED_RECURRENCE: /* needs no bound: its states lie between candidates of 24 bits, or 0 */
        return within(p[0], 0, 31) && is_code(&target) && target.exponent == exponent - p[0] && other.bits == 16 &&
               other.exponent == SIGMOID_EXPONENT;
    case LN_RELU: return same;
    case LN_COMPLEX_RELU: return same && source.width % 2 == 0;
    case LN_GATE:
        return is_code(&target) && target.exponent == exponent && other.bits == 16 && other.exponent == SIGMOID_EXPONENT;
    case LN_ADD:
        return within(p[0], 0, 15) && within(p[1], 0, 15) && within(p[2], 0, 31) && is_code(&other) &&
               is_code(&target) && other.exponent == exponent + p[0] - p[1] && target.exponent == exponent + p[0] - p[2];
    case LN_QUANTIZE: return is_code(&target);
    case LN_DEQUANTIZE: return target.bits == 0;
    case LN_SIGMOID:
        return source.bits == 16 && exponent == SIGMOID_EXPONENT && target.bits == 16 && target.exponent == 15;
    default: return false;
    }
}

/* Numbers that the row's kind does not use are 0, tensors -1; each tensor it uses is its own. */
static bool claims_hold(const ln_artifact *artifact, const ln_row *row, marks *claimed) {
    int32_t indices[5];
    const uint32_t tensors = ln_artifact_tensors(row, indices);
    const uint32_t params = tensors == 5 ? 2 : row->kind == LN_ADD ? 3 : is_recurrence(row->kind) ? 1 : 0;
    for (uint32_t i = params; i < 4; i++)
        if (row->params[i] != 0 && !(row->kind == LN_LINEAR && i == 2)) return false;
    for (uint32_t i = tensors; i < 4; i++)
        if (row->tensors[i] != -1) return false;
    for (uint32_t i = 0; i < tensors; i++) {
        if (!within(indices[i], 2, (int64_t)artifact->container.tensor_count - 1)) return false;
        if (is_marked(claimed, (uint32_t)indices[i])) return false;
        mark(claimed, (uint32_t)indices[i]);
    }
    return true;
}

static int64_t magnitude(int64_t v) { return v < 0 ? -v : v; }

static bool sum_holds(int64_t weight_sum, const ln_constants *constants, uint32_t row) {
    return weight_sum * 32768 + magnitude(ln_read_i32(constants->bias.bytes + 4 * (size_t)row)) < SUM_LIMIT;
}

/* sum_i |weight| * 32768 + |bias| < 2^31 for every row, which also walks every stored position. */
static int prove_matrix(const ln_constants *constants) {
    ln_walk walk = {.weights = &constants->matrix};
    bool more = ln_walk_next(&walk);
    for (uint32_t o = 0; o < constants->matrix.rows; o++) {
        int64_t sum = 0;
        for (; more && walk.row == o; more = ln_walk_next(&walk)) sum += magnitude(walk.weight);
        if (!sum_holds(sum, constants, o)) return LINNET_ERROR_OVERFLOW;
    }
    return walk.broken ? LINNET_ERROR_POSITIONS : LINNET_OK;
}

static bool bytes_within(const ln_tensor *tensor, int32_t low, int32_t high) {
    for (uint64_t i = 0; i < tensor->count; i++)
        if (!within(ln_read_i8(tensor->bytes + i), low, high)) return false;
    return true;
}

/* Takes `count` numbers from what is left of those a file may claim. */
static int claim(uint64_t *left, uint64_t count) {
    if (count > *left) return LINNET_ERROR_TOO_LARGE;
    *left -= count;
    return LINNET_OK;
}

static int prove_constants(const ln_artifact *artifact, const ln_row *row, uint64_t *weights_left) {
    ln_constants constants;
    int status = ln_artifact_constants(artifact, row, &constants);
    if (status != LINNET_OK) return status;
    if (row->kind == LN_RECURRENCE)
        return bytes_within(&constants.decay_shift, 0, MOST_DECAY_SHIFT) ? LINNET_OK : LINNET_ERROR_NODE;
    if (row->kind != LN_LINEAR && row->kind != LN_SCALE) return LINNET_OK;
    if (!bytes_within(&constants.shift, LN_SMALLEST_SHIFT, LN_LARGEST_SHIFT)) return LINNET_ERROR_NODE;
    if (row->kind == LN_SCALE) {
        for (uint32_t i = 0; i < constants.weight.count; i++)
            if (!sum_holds(magnitude(ln_read_i8(constants.weight.bytes + i)), &constants, i)) return LINNET_ERROR_OVERFLOW;
        return LINNET_OK;
    }
    status = claim(weights_left, (uint64_t)constants.matrix.rows * constants.matrix.columns);
    return status != LINNET_OK ? status : prove_matrix(&constants);
}

int ln_prove(const ln_artifact *artifact) {
    if (!settings_hold(&artifact->container.settings) || !activity_holds(artifact)) return LINNET_ERROR_SETTING;
    /* claims.py: most_numbers. A small file may not take much memory. */
    uint64_t left = FREE_NUMBERS + NUMBERS_PER_BYTE * (uint64_t)artifact->container.file.size;
    uint64_t values_left = MOST_VALUES;
    for (uint32_t i = 0; i < artifact->wire_count; i++) {
        const ln_wire wire = ln_artifact_wire(artifact, i);
        if (!wire_holds(&wire)) return LINNET_ERROR_WIRE;
        if (claim(&left, wire.width) != LINNET_OK || claim(&values_left, wire.width) != LINNET_OK)
            return LINNET_ERROR_TOO_LARGE;
    }
    if (!order_holds(artifact)) return LINNET_ERROR_NODE;
    marks claimed = {{0}};
    if (left > MOST_WEIGHTS) left = MOST_WEIGHTS;
    for (uint32_t i = 0; i < artifact->node_count; i++) {
        const ln_row row = ln_artifact_row(artifact, i);
        if (!row_fits(artifact, &row) || !claims_hold(artifact, &row, &claimed)) return LINNET_ERROR_NODE;
        const int status = prove_constants(artifact, &row, &left);
        if (status != LINNET_OK) return status;
    }
    for (uint32_t i = 2; i < artifact->container.tensor_count; i++)
        if (!is_marked(&claimed, i)) return LINNET_ERROR_TENSOR;
    return LINNET_OK;
}

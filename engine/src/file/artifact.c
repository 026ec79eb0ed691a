/* artifact.c - the tables of a model file and the constants their rows name. Whether the numbers make a program is
 * for proof.c to say; here types and sizes are checked. */
#include "file/artifact.h"

#include <string.h>

#define WIRE_COLUMNS 3u
#define NODE_COLUMNS 12u

static int open_table(const ln_artifact *artifact, int32_t index, const char *name, uint32_t columns, ln_tensor *table) {
    int status = ln_container_tensor(&artifact->container, index, table);
    if (status != LINNET_OK) return status;
    if (table->name.size != strlen(name) || memcmp(table->name.bytes, name, table->name.size) != 0)
        return LINNET_ERROR_TENSOR;
    if (table->type != LN_TYPE_I32 || table->rank != 2 || table->dims[0] != columns) return LINNET_ERROR_TENSOR;
    return table->dims[1] > LN_MOST_NODES + 1 ? LINNET_ERROR_TOO_LARGE : LINNET_OK;
}

int ln_artifact_open(ln_artifact *artifact, const void *file, size_t file_bytes) {
    int status = ln_container_open(&artifact->container, file, file_bytes);
    if (status == LINNET_OK) status = open_table(artifact, 0, "wires", WIRE_COLUMNS, &artifact->wires);
    if (status == LINNET_OK) status = open_table(artifact, 1, "nodes", NODE_COLUMNS, &artifact->nodes);
    if (status != LINNET_OK) return status;
    artifact->wire_count = (uint32_t)artifact->wires.dims[1];
    artifact->node_count = (uint32_t)artifact->nodes.dims[1];
    return LINNET_OK;
}

ln_wire ln_artifact_wire(const ln_artifact *artifact, uint32_t index) {
    const uint8_t *row = artifact->wires.bytes + sizeof(int32_t) * WIRE_COLUMNS * index;
    return (ln_wire){.width = ln_read_u32(row), .bits = ln_read_i32(row + 4), .exponent = ln_read_i32(row + 8)};
}

ln_row ln_artifact_row(const ln_artifact *artifact, uint32_t index) {
    const uint8_t *bytes = artifact->nodes.bytes + sizeof(int32_t) * NODE_COLUMNS * index;
    ln_row row = {.kind = ln_read_i32(bytes), .source = ln_read_i32(bytes + 4), .other = ln_read_i32(bytes + 8),
                  .target = ln_read_i32(bytes + 12)};
    for (uint32_t i = 0; i < 4; i++) {
        row.params[i] = ln_read_i32(bytes + 16 + 4 * i);
        row.tensors[i] = ln_read_i32(bytes + 32 + 4 * i);
    }
    return row;
}

static bool is_sparse(const ln_row *row) { return row->kind == LN_LINEAR && row->params[0] == 1; }

uint32_t ln_artifact_tensors(const ln_row *row, int32_t indices[5]) {
    memcpy(indices, row->tensors, sizeof row->tensors);
    indices[4] = row->params[1];
    if (is_sparse(row)) return 5;
    return row->kind == LN_LINEAR || row->kind == LN_SCALE || row->kind == LN_RECURRENCE ? 3 : 0;
}

/* A list of `count` numbers of one type. */
static int list(const ln_artifact *artifact, int32_t index, uint32_t type, uint64_t count, ln_tensor *tensor) {
    int status = ln_container_tensor(&artifact->container, index, tensor);
    if (status != LINNET_OK) return status;
    return tensor->type == type && tensor->rank == 1 && tensor->count == count ? LINNET_OK : LINNET_ERROR_TENSOR;
}

static int dense_matrix(const ln_artifact *artifact, const ln_row *row, ln_weights *matrix) {
    ln_tensor values;
    int status = ln_container_tensor(&artifact->container, row->tensors[0], &values);
    if (status != LINNET_OK) return status;
    if (values.type != LN_TYPE_I8 || values.rank != 2) return LINNET_ERROR_TENSOR;
    if (values.dims[0] != matrix->columns || values.dims[1] != matrix->rows) return LINNET_ERROR_TENSOR;
    matrix->values = (const int8_t *)values.bytes;
    matrix->value_count = values.count;
    return LINNET_OK;
}

static int sparse_matrix(const ln_artifact *artifact, const ln_row *row, ln_weights *matrix) {
    ln_tensor values, gaps, counts;
    int status = ln_container_tensor(&artifact->container, row->tensors[0], &values);
    if (status == LINNET_OK) status = ln_container_tensor(&artifact->container, row->tensors[1], &gaps);
    if (status == LINNET_OK) status = list(artifact, row->tensors[2], LN_TYPE_I16, matrix->rows, &counts);
    if (status != LINNET_OK) return status;
    if (values.type != LN_TYPE_I8 || values.rank != 1 || gaps.type != LN_TYPE_I8 || gaps.rank != 1)
        return LINNET_ERROR_TENSOR;
    matrix->values = (const int8_t *)values.bytes;
    matrix->value_count = values.count;
    matrix->gaps = gaps.bytes;
    matrix->gap_bytes = gaps.size;
    matrix->counts = counts.bytes;
    return LINNET_OK;
}

static int linear_constants(const ln_artifact *artifact, const ln_row *row, ln_constants *constants) {
    const uint32_t repeat = ln_artifact_repeat(row);
    const uint32_t rows = ln_artifact_wire(artifact, (uint32_t)row->target).width / repeat;
    const uint32_t columns = ln_artifact_wire(artifact, (uint32_t)row->source).width / repeat;
    const bool sparse = is_sparse(row);
    constants->matrix = (ln_weights){.rows = rows, .columns = columns};
    int status = sparse ? sparse_matrix(artifact, row, &constants->matrix)
                        : dense_matrix(artifact, row, &constants->matrix);
    const int32_t bias = row->tensors[sparse ? 3 : 1], shift = sparse ? row->params[1] : row->tensors[2];
    if (status == LINNET_OK) status = list(artifact, bias, LN_TYPE_I32, rows, &constants->bias);
    if (status == LINNET_OK) status = list(artifact, shift, LN_TYPE_I8, rows, &constants->shift);
    return status;
}

int ln_artifact_constants(const ln_artifact *artifact, const ln_row *row, ln_constants *constants) {
    const uint32_t width = ln_artifact_wire(artifact, (uint32_t)row->target).width;
    const int32_t *tensors = row->tensors;
    int status = LINNET_OK;
    *constants = (ln_constants){0};
    if (row->kind == LN_LINEAR) return linear_constants(artifact, row, constants);
    if (row->kind == LN_SCALE) {
        status = list(artifact, tensors[0], LN_TYPE_I8, width, &constants->weight);
        if (status == LINNET_OK) status = list(artifact, tensors[1], LN_TYPE_I32, width, &constants->bias);
        if (status == LINNET_OK) status = list(artifact, tensors[2], LN_TYPE_I8, width, &constants->shift);
    } else if (row->kind == LN_RECURRENCE) {
        const uint32_t states = width / 2;
        status = list(artifact, tensors[0], LN_TYPE_I16, states, &constants->decay_re);
        if (status == LINNET_OK) status = list(artifact, tensors[1], LN_TYPE_I16, states, &constants->decay_im);
        if (status == LINNET_OK) status = list(artifact, tensors[2], LN_TYPE_I8, states, &constants->decay_shift);
    }
    return status;
}

uint64_t ln_artifact_nonzeros(const ln_weights *matrix) {
    uint64_t count = 0;
    ln_walk walk = {.weights = matrix};
    while (ln_walk_next(&walk)) count++;
    return count;
}

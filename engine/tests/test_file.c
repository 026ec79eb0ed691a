/* test_file.c - the reader's inside: tensors and constants that are not there, a list that changes beneath the reader,
 * and a good program that needs more memory than a model may take. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "file/artifact.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define SHAPE_BYTES (4 + 16) /* rank and two dimensions, between the name of a table and its type */

static uint8_t small[SMALL_MOST_BYTES];

static void tensors_that_are_not_there_are_refused(const ln_artifact *artifact) {
    const int32_t count = (int32_t)artifact->container.tensor_count;
    const int32_t missing[] = {-1, INT32_MIN, count, INT32_MAX};
    ln_tensor tensor;
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        CHECK(ln_container_tensor(&artifact->container, missing[i], &tensor) == LINNET_ERROR_TENSOR);
    CHECK(ln_container_tensor(&artifact->container, count - 1, &tensor) == LINNET_OK && tensor.type == LN_TYPE_I8);
    CHECK(ln_container_tensor(&artifact->container, 0, &tensor) == LINNET_OK && tensor.type == LN_TYPE_I32);
    CHECK(tensor.name.size == 5 && memcmp(tensor.name.bytes, "wires", 5) == 0);
}

/* Where a row keeps the number of its tensor `i`: the fifth of a sparse matrix is a parameter. */
static int32_t *place_of(ln_row *row, uint32_t i) { return i < 4 ? &row->tensors[i] : &row->params[1]; }

/* Every constant of every node in turn; how many there are is told. */
static uint32_t constants_that_are_not_there_are_refused(const ln_artifact *artifact) {
    const int32_t missing[] = {-1, (int32_t)artifact->container.tensor_count};
    ln_constants constants;
    int32_t indices[5];
    uint32_t met = 0;
    for (uint32_t n = 0; n < artifact->node_count; n++) {
        const ln_row row = ln_artifact_row(artifact, n);
        const uint32_t count = ln_artifact_tensors(&row, indices);
        CHECK(ln_artifact_constants(artifact, &row, &constants) == LINNET_OK);
        for (uint32_t i = 0; i < 2 * count; i++, met++) {
            ln_row bad = row;
            *place_of(&bad, i / 2) = missing[i % 2];
            CHECK(ln_artifact_constants(artifact, &bad, &constants) == LINNET_ERROR_TENSOR);
        }
    }
    return met / 2;
}

static size_t find(const uint8_t *bytes, const char *text) {
    size_t at = 0;
    while (memcmp(bytes + at, text, strlen(text)) != 0) at++;
    return at;
}

/* The entries before the one that is asked for are read again. */
static void a_list_that_has_changed_is_refused(const ln_artifact *artifact) {
    uint8_t *type = small + find(small, "wires") + strlen("wires") + SHAPE_BYTES;
    ln_tensor tensor;
    CHECK(ln_container_tensor(&artifact->container, 1, &tensor) == LINNET_OK && *type == LN_TYPE_I32);
    *type = 99;
    CHECK(ln_container_tensor(&artifact->container, 1, &tensor) == LINNET_ERROR_TENSOR);
    *type = LN_TYPE_I32;
    CHECK(ln_container_tensor(&artifact->container, 1, &tensor) == LINNET_OK);
}

/* --- a file with matrices of one column, which the scalar kernels pad to 32 ------------------------------------ */

#define ROWS 32767u
#define STORED 32768u /* ROWS rounded up to 64 */
#define MOST_MATRICES 511u /* as many wires as a program may have values for */

typedef struct writer {
    uint8_t *bytes;
    size_t at;
    uint64_t offset; /* of the next tensor */
} writer;

static void put(writer *w, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++) w->bytes[w->at++] = (uint8_t)(number >> (8 * i));
}

/* An entry of the list of tensors; rows 0: a list. */
static void put_entry(writer *w, const char *name, uint32_t type, uint32_t columns, uint32_t rows) {
    put(w, strlen(name), 8);
    memcpy(w->bytes + w->at, name, strlen(name));
    w->at += strlen(name);
    put(w, rows ? 2 : 1, 4);
    put(w, columns, 8);
    if (rows) put(w, rows, 8);
    put(w, type, 4);
    put(w, w->offset, 8);
    w->offset += ln_round_up((size_t)columns * (rows ? rows : 1) * (type == LN_TYPE_I32 ? 4 : 1), 64);
}

static void put_row(writer *w, const int32_t *row, size_t count) {
    for (size_t i = 0; i < count; i++) put(w, (uint32_t)row[i], 4);
}

/* Wire 0 of one float, wire 1 its code; every matrix makes a wire of ROWS codes from wire 1. */
static void put_tables(writer *w, uint32_t matrices) {
    put_row(w, (int32_t[]){1, 0, 0, 1, 16, 12}, 6);
    for (uint32_t i = 0; i < matrices; i++) put_row(w, (int32_t[]){ROWS, 16, 12}, 3);
    put_row(w, (int32_t[]){ROWS, 0, 0}, 3);
    w->at = ln_round_up(w->at, 64);
    put_row(w, (int32_t[]){LN_QUANTIZE, 0, -1, 1, 0, 0, 0, 0, -1, -1, -1, -1}, 12);
    for (int32_t i = 0; i < (int32_t)matrices; i++)
        put_row(w, (int32_t[]){LN_LINEAR, 1, -1, i + 2, 0, 0, 0, 0, 3 * i + 2, 3 * i + 3, 3 * i + 4, -1}, 12);
    const int32_t last = (int32_t)matrices + 1;
    put_row(w, (int32_t[]){LN_DEQUANTIZE, last, -1, last + 1, 0, 0, 0, 0, -1, -1, -1, -1}, 12);
    w->at = ln_round_up(w->at, 64);
}

/* The keys of the small model and so many matrices; the bytes, zero where nothing is put. */
static writer write_matrices(uint32_t matrices) {
    const size_t list_at = find(small, "wires") - 8;
    writer w = {calloc(1, (size_t)6 * STORED * matrices + (1u << 20)), list_at, 0};
    CHECK(w.bytes != NULL);
    memcpy(w.bytes, small, list_at);
    w.at = 8;
    put(&w, 2 + 3 * (uint64_t)matrices, 8);
    w.at = list_at;
    put_entry(&w, "wires", LN_TYPE_I32, 3, matrices + 3);
    put_entry(&w, "nodes", LN_TYPE_I32, 12, matrices + 2);
    for (uint32_t i = 0; i < matrices; i++) {
        put_entry(&w, "weight", LN_TYPE_I8, 1, ROWS);
        put_entry(&w, "bias", LN_TYPE_I32, ROWS, 0);
        put_entry(&w, "shift", LN_TYPE_I8, ROWS, 0);
    }
    w.at = ln_round_up(w.at, 64);
    put_tables(&w, matrices);
    for (uint32_t i = 0; i < matrices; i++, w.at += 6 * STORED) memset(w.bytes + w.at, 1, ROWS); /* the rest is 0 */
    small_model_seal(w.bytes, w.at);
    return w;
}

static size_t size_of(uint32_t matrices, int *status) {
    writer w = write_matrices(matrices);
    const size_t size = linnet_model_size(w.bytes, w.at, "scalar", status);
    free(w.bytes);
    return size;
}

static void a_model_takes_up_to_one_gibibyte(void) {
    int status;
    const size_t one = size_of(1, &status);
    CHECK(status == LINNET_OK);
    const size_t two = size_of(2, &status);
    CHECK(status == LINNET_OK && two > one);
    const uint32_t fit = (uint32_t)((((size_t)1 << 30) - one) / (two - one)); /* less a few bytes for each node */
    CHECK(fit + 2 <= MOST_MATRICES);
    CHECK(size_of(fit - 1, &status) > (size_t)1 << 29 && status == LINNET_OK);
    CHECK(size_of(fit + 2, &status) == 0 && status == LINNET_ERROR_TOO_LARGE);
}

int main(void) {
    ln_artifact artifact;
    CHECK(ln_artifact_open(&artifact, small, small_model(small)) == LINNET_OK);
    tensors_that_are_not_there_are_refused(&artifact);
    CHECK(constants_that_are_not_there_are_refused(&artifact) == artifact.container.tensor_count - 2);
    a_list_that_has_changed_is_refused(&artifact);
    a_model_takes_up_to_one_gibibyte();
    return 0;
}

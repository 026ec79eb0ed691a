/* artifact.h - a model file as a program: its wires, its nodes and their constants. Whether they are well formed,
 * proof.h says. Mirror of ir/artifact.py. */
#ifndef LN_ARTIFACT_H
#define LN_ARTIFACT_H

#include "file/container.h"
#include "program/program.h"

#define LN_MOST_NODES 4096u

typedef struct ln_artifact {
    ln_container container;
    ln_tensor wires, nodes; /* their tables */
    uint32_t wire_count, node_count;
} ln_artifact;

/* A row of the table of nodes, as it stands in the file. */
typedef struct ln_row {
    int32_t kind, source, other, target;
    int32_t params[4];
    int32_t tensors[4];
} ln_row;

/* The constants of one node, still in the file: which are there depends on its kind. */
typedef struct ln_constants {
    ln_weights matrix;                         /* LN_LINEAR */
    ln_tensor weight;                          /* LN_SCALE */
    ln_tensor bias, shift;                     /* LN_LINEAR, LN_SCALE */
    ln_tensor decay_re, decay_im, decay_shift; /* LN_RECURRENCE */
} ln_constants;

/* Opens the file and finds its tables; a status. Nothing else may be asked before ln_prove has said yes. */
int ln_artifact_open(ln_artifact *artifact, const void *file, size_t file_bytes);

/* Row `index` of a table; the index is in range. The place in a session is left 0. */
ln_wire ln_artifact_wire(const ln_artifact *artifact, uint32_t index);
ln_row ln_artifact_row(const ln_artifact *artifact, uint32_t index);

/* The constants of a row, of the right types and sizes for its wires, which exist; a status. */
int ln_artifact_constants(const ln_artifact *artifact, const ln_row *row, ln_constants *constants);

/* How many groups of its source a Linear multiplies; 1 for other kinds. */
static inline uint32_t ln_artifact_repeat(const ln_row *row) {
    return row->kind == LN_LINEAR && row->params[2] > 1 ? (uint32_t)row->params[2] : 1;
}

/* How many tensors a row uses, and which; a sparse matrix keeps the fifth in its second parameter. */
uint32_t ln_artifact_tensors(const ln_row *row, int32_t indices[5]);

/* The number of nonzero weights of a matrix that has been proven. */
uint64_t ln_artifact_nonzeros(const ln_weights *matrix);

#endif

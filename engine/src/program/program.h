/* program.h - a program in memory: wires, nodes in order and their constants, all in one block that the caller owns.
 * Filled by model.c after proof.c has found it well formed; run by session.c. */
#ifndef LN_PROGRAM_H
#define LN_PROGRAM_H

#include "cpu.h"
#include "linnet/linnet.h"
#include "front/stft.h"

/* Numbers of the kinds in the model file; each equation stands in ir/nodes.py and nodes.c. */
enum ln_kind {
    LN_LINEAR = 1,
    LN_RECURRENCE = 2,
    LN_RELU = 3,
    LN_COMPLEX_RELU = 4,
    LN_SCALE = 5,
    LN_GATE = 6,
    LN_ADD = 7,
    LN_QUANTIZE = 8,
    LN_DEQUANTIZE = 9,
    LN_SIGMOID = 10,
    LN_GATED_RECURRENCE = 11
};

typedef struct ln_wire {
    uint32_t width;
    int32_t bits; /* 8, 16, 32, or 0 for float32; 8 lie in memory as 16 do, within -128..127 */
    int32_t exponent;
    size_t at; /* where its values lie in a session */
} ln_wire;

/* What follows a LN_LINEAR and is computed with it; fusion.c. Wires are -1 where there is none. */
typedef struct ln_ending {
    enum ln_end kind; /* LN_END_NONE: only the node itself */
    int32_t beside, other;
    bool rectified, shifts_right;
    const int8_t *weight, *skip_shift;
    const int32_t *bias;
    ln_sum how;
} ln_ending;

typedef struct ln_node {
    int32_t kind;
    int32_t source, other, target; /* indices of wires; other is -1 where there is none */
    int32_t params[4];
    uint32_t repeat; /* LN_LINEAR: how many groups of the source are multiplied, each on its own; 1 at least */
    const ln_kernel *kernel; /* LN_LINEAR */
    const void *packed;
    const int32_t *bias; /* LN_SCALE */
    const int8_t *weight;
    const int8_t *shift;     /* LN_LINEAR, LN_SCALE */
    const int16_t *decay_re; /* LN_RECURRENCE */
    const int16_t *decay_im;
    const uint8_t *decay_shift;
    size_t state_at; /* where the int32 state of a recurrence lies in a session */
    ln_ending ending;
} ln_node;

struct linnet_model {
    const ln_isa *isa;
    uint32_t wire_count, node_count;
    ln_wire *wires;
    ln_node *nodes;
    ln_front_end front_end;
    uint32_t window_kind; /* for front ends at other rates */
    size_t sums_at;    /* int32 work space of LN_LINEAR in a session */
    size_t stft_at;    /* floats of the front end in a session */
    size_t state_from, state_to; /* bytes of a session that reset clears */
    linnet_info info;
};

/* Joins nodes that can be computed in one go; the same bits, fewer nodes. fusion.c */
void ln_fuse(linnet_model *model);

/* Compute `node` from its source wires to its target wire; nodes.c. */
void ln_node_run(const linnet_model *model, const ln_node *node, uint8_t *memory);

/* The same in the memory of each of `count` sessions, 1 to LN_MOST_BESIDE. */
void ln_node_run_many(const linnet_model *model, const ln_node *node, uint8_t *const *memory, size_t count);

#endif

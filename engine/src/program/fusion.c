/* fusion.c - nodes that follow a matrix and that nothing else reads are computed together with it, so that what lies
 * between them stays in registers; at load only. It knows the shapes that nn/network.py is lowered to:
 *
 *     Linear (32 bits) -> Recurrence [-> ComplexRelu]
 *     Linear -> Add with a Scale [-> Relu]
 *     Linear -> Gate as control -> Add [-> Relu]
 *     Linear -> Sigmoid, Linear -> Relu
 *
 * Every other order runs node by node; what is computed is the same. What lies between is saturated to 16 bits, so a
 * wire of 8 bits may only vanish before a ReLU, whose target has 8 bits, too: there it is the same to saturate last. */
#include "program/program.h"

/* How many inputs of nodes read a wire, and the last node that does. */
typedef struct readers {
    uint32_t count;
    ln_node *last;
} readers;

static readers readers_of(const linnet_model *model, int32_t wire) {
    readers found = {0, NULL};
    for (uint32_t i = 0; i < model->node_count; i++) {
        ln_node *node = &model->nodes[i];
        uint32_t reads = (uint32_t)(node->source == wire) + (uint32_t)(node->other == wire);
        if (node->ending.kind != LN_END_NONE)
            reads += (uint32_t)(node->ending.beside == wire) + (uint32_t)(node->ending.other == wire);
        if (reads > 0 && node->kind != 0) found = (readers){found.count + reads, node};
    }
    return found;
}

/* The only node that reads a wire, if it is of this kind, else NULL. */
static ln_node *only_reader(const linnet_model *model, int32_t wire, int32_t kind) {
    const readers found = readers_of(model, wire);
    return found.count == 1 && found.last->kind == kind ? found.last : NULL;
}

/* The same for a wire whose codes are to vanish before they are saturated to 8 bits. */
static ln_node *only_reader_of_wide(const linnet_model *model, int32_t wire, int32_t kind) {
    return model->wires[wire].bits == 8 ? NULL : only_reader(model, wire, kind);
}

/* The node that writes a wire; NULL for wire 0 and for one that lies within what has been joined. */
static ln_node *writer_of(const linnet_model *model, int32_t wire) {
    for (uint32_t i = 0; i < model->node_count; i++)
        if (model->nodes[i].kind != 0 && model->nodes[i].target == wire) return &model->nodes[i];
    return NULL;
}

/* Whether a wire is written before `node` runs. */
static bool is_ready(const linnet_model *model, int32_t wire, const ln_node *node) {
    const ln_node *writer = writer_of(model, wire);
    return writer != NULL && writer < node;
}

/* `node` computes `absorbed`, too, and writes where that did. */
static void absorb(ln_node *node, ln_node *absorbed) {
    node->target = absorbed->target;
    absorbed->kind = 0;
}

static void absorb_relu(const linnet_model *model, ln_node *node, int32_t kind) {
    ln_node *relu = only_reader(model, node->target, kind);
    if (relu == NULL) return;
    absorb(node, relu);
    node->ending.rectified = true;
}

static void join_recurrence(const linnet_model *model, ln_node *node) {
    ln_node *recurrence = only_reader_of_wide(model, node->target, LN_RECURRENCE);
    if (recurrence == NULL) return;
    node->ending = (ln_ending){.kind = LN_END_RECURRENCE, .beside = -1, .other = -1};
    node->params[0] = recurrence->params[0];
    node->decay_re = recurrence->decay_re;
    node->decay_im = recurrence->decay_im;
    node->decay_shift = recurrence->decay_shift;
    node->state_at = recurrence->state_at;
    absorb(node, recurrence);
    absorb_relu(model, node, LN_COMPLEX_RELU);
}

/* How an Add sums what is computed here, its first then, and the other wire. */
static ln_sum sum_of(const ln_node *add, int32_t here) {
    const int32_t *p = add->params;
    return add->source == here ? (ln_sum){p[0], p[1], p[2]} : (ln_sum){p[1], p[0], p[2]};
}

static int32_t operand_beside(const ln_node *add, int32_t here) {
    return add->source == here ? add->other : add->source;
}

static bool join_skip(const linnet_model *model, ln_node *node) {
    ln_node *add = only_reader_of_wide(model, node->target, LN_ADD);
    if (add == NULL) return false;
    ln_node *scale = writer_of(model, operand_beside(add, node->target));
    if (scale == NULL || scale->kind != LN_SCALE) return false;
    if (only_reader_of_wide(model, scale->target, LN_ADD) != add || !is_ready(model, scale->source, node)) return false;
    node->ending = (ln_ending){.kind = LN_END_SKIP, .beside = scale->source, .other = -1, .weight = scale->weight,
                               .skip_shift = scale->shift, .bias = scale->bias, .how = sum_of(add, node->target)};
    scale->kind = 0;
    absorb(node, add);
    return true;
}

static bool join_gate(const linnet_model *model, ln_node *node) {
    ln_node *gate = only_reader_of_wide(model, node->target, LN_GATE);
    if (gate == NULL || gate->other != node->target || !is_ready(model, gate->source, node)) return false;
    ln_node *add = only_reader_of_wide(model, gate->target, LN_ADD);
    if (add == NULL) return false;
    const int32_t other = operand_beside(add, gate->target);
    if (!is_ready(model, other, node)) return false;
    node->ending = (ln_ending){.kind = LN_END_GATE, .beside = gate->source, .other = other,
                               .how = sum_of(add, gate->target)};
    gate->kind = 0;
    absorb(node, add);
    return true;
}

static void join_codes(const linnet_model *model, ln_node *node) {
    ln_node *sigmoid = only_reader_of_wide(model, node->target, LN_SIGMOID);
    if (sigmoid != NULL) {
        node->ending = (ln_ending){.kind = LN_END_SIGMOID, .beside = -1, .other = -1};
        absorb(node, sigmoid);
    } else if (!join_skip(model, node) && !join_gate(model, node)) {
        node->ending = (ln_ending){.kind = LN_END_NARROW, .beside = -1, .other = -1};
    }
    absorb_relu(model, node, LN_RELU);
}

static bool all_shift_right(const int8_t *shift, uint32_t width) {
    for (uint32_t i = 0; i < width; i++)
        if (shift[i] < 2 || shift[i] > 31) return false;
    return true;
}

void ln_fuse(linnet_model *model) {
    if (model->isa->elements->finish == NULL) return;
    for (uint32_t i = 0; i < model->node_count; i++) {
        ln_node *node = &model->nodes[i];
        if (node->kind != LN_LINEAR) continue;
        const ln_wire *target = &model->wires[node->target];
        const bool shifts_right = all_shift_right(node->shift, target->width);
        if (target->bits == 32) join_recurrence(model, node);
        else join_codes(model, node);
        node->ending.shifts_right = shifts_right;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < model->node_count; i++)
        if (model->nodes[i].kind != 0) model->nodes[kept++] = model->nodes[i];
    model->node_count = kept;
}

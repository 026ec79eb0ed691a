/* nodes.c - each node's equation, bit for bit as in ir/interpreter.py, put together from a matrix kernel and
 * element-wise functions. Programs are trusted here: artifact.c has proven that widths, bits, exponents and shifts
 * fit and that no sum can leave its type. */
#include "program/program.h"

/* target[o] = requantize(sums[o], shift[o]) to 32 bits, or to 16, of which ln_node_run makes 8 where a wire has 8. */
static void narrow(const ln_elements *e, const int32_t *sums, const int8_t *shift, const ln_wire *to, void *codes) {
    if (to->bits == 32) e->narrow32(sums, shift, to->width, codes);
    else e->narrow16(sums, shift, to->width, codes);
}

static const void *read(const linnet_model *model, int32_t wire, const uint8_t *memory) {
    return wire < 0 ? NULL : memory + model->wires[wire].at;
}

static ln_recurrence recurrence_of(const ln_node *node, uint32_t width) {
    return (ln_recurrence){.states = width / 2, .out_shift = node->params[0], .decay_re = node->decay_re,
                           .decay_im = node->decay_im, .decay_shift = node->decay_shift};
}

/* 2^exponent, exact; exponents are within -64..64. */
static float power_of_two(int32_t exponent) {
    float power = 1.0f;
    for (int32_t i = 0; i < exponent; i++) power *= 2.0f;
    for (int32_t i = 0; i > exponent; i--) power *= 0.5f;
    return power;
}

/* A matrix with each group of its source, where they lie. What is read and written behind a group, up to LN_PADDING, belongs to
 * the next one, whose turn comes after; behind the last lie other wires of the session, and room behind the sums. */
static void multiply_groups(const linnet_model *model, const ln_node *node, uint8_t *memory, int32_t *sums) {
    const size_t columns = model->wires[node->source].width / node->repeat;
    const size_t rows = model->wires[node->target].width / node->repeat;
    const int16_t *x = read(model, node->source, memory);
    if (model->isa->groups != NULL) {
        model->isa->groups(node->packed, node->repeat, x, columns, sums, rows);
        return;
    }
    for (size_t g = 0; g < node->repeat; g++) node->kernel->multiply(node->packed, x + g * columns, sums + g * rows);
}

/* A matrix with its source, or with each group of it. */
static void multiply(const linnet_model *model, const ln_node *node, uint8_t *memory, int32_t *sums) {
    if (node->repeat > 1) multiply_groups(model, node, memory, sums);
    else node->kernel->multiply(node->packed, read(model, node->source, memory), sums);
}

/* A matrix's sums to the codes of the last node that is computed with it. */
static void finish(const linnet_model *model, const ln_node *node, uint8_t *memory, const int32_t *sums) {
    const ln_elements *e = model->isa->elements;
    const ln_ending *end = &node->ending;
    const ln_wire *target = &model->wires[node->target];
    void *out = memory + target->at;
    if (end->kind == LN_END_NONE) {
        narrow(e, sums, node->shift, target, out);
    } else if (end->kind == LN_END_RECURRENCE) {
        const ln_recurrence r = recurrence_of(node, target->width);
        e->recur_sums(&r, sums, node->shift, end->rectified, (int32_t *)(void *)(memory + node->state_at), out);
    } else {
        const ln_finish f = {.kind = end->kind, .least = end->rectified ? 0 : INT16_MIN,
                             .shifts_right = end->shifts_right, .shift = node->shift,
                             .beside = read(model, end->beside, memory), .other = read(model, end->other, memory),
                             .weight = end->weight, .skip_shift = end->skip_shift, .bias = end->bias, .how = end->how};
        e->finish(&f, sums, target->width, out);
    }
}

static void multiply_many(const linnet_model *model, const ln_node *node, uint8_t *const *memory, size_t count) {
    const int16_t *x[LN_MOST_BESIDE];
    int32_t *sums[LN_MOST_BESIDE];
    for (size_t s = 0; s < count; s++) {
        x[s] = read(model, node->source, memory[s]);
        sums[s] = (int32_t *)(void *)(memory[s] + model->sums_at);
    }
    node->kernel->multiply_many(node->packed, count, x, sums);
    const ln_wire *target = &model->wires[node->target];
    for (size_t s = 0; s < count; s++) {
        finish(model, node, memory[s], sums[s]);
        if (target->bits == 8) model->isa->elements->saturate8(target->width, (int16_t *)(void *)(memory[s] + target->at));
    }
}

void ln_node_run_many(const linnet_model *model, const ln_node *node, uint8_t *const *memory, size_t count) {
    const bool is_shared = count > 1 && node->kind == LN_LINEAR && node->repeat == 1 && node->kernel->multiply_many != NULL;
    if (is_shared) multiply_many(model, node, memory, count);
    for (size_t s = 0; !is_shared && s < count; s++) ln_node_run(model, node, memory[s]);
}

void ln_node_run(const linnet_model *model, const ln_node *node, uint8_t *memory) {
    const ln_elements *e = model->isa->elements;
    const ln_wire *source = &model->wires[node->source], *target = &model->wires[node->target];
    const void *x = memory + source->at, *other = read(model, node->other, memory);
    void *out = memory + target->at;
    int32_t *sums = (int32_t *)(void *)(memory + model->sums_at);
    const uint32_t width = target->width;
    switch (node->kind) {
    case LN_LINEAR:
        multiply(model, node, memory, sums);
        finish(model, node, memory, sums);
        break;
    case LN_SCALE:
        e->scale(x, node->weight, node->bias, width, sums);
        narrow(e, sums, node->shift, target, out);
        break;
    case LN_RECURRENCE: {
        const ln_recurrence r = recurrence_of(node, width);
        e->recur(&r, x, (int32_t *)(void *)(memory + node->state_at), out);
        break;
    }
    case LN_GATED_RECURRENCE: {
        const ln_gated r = {.states = width, .out_shift = node->params[0]};
        e->recur_gated(&r, x, other, (int32_t *)(void *)(memory + node->state_at), out);
        break;
    }
    case LN_ADD: {
        const ln_sum how = {node->params[0], node->params[1], node->params[2]};
        e->add(&how, x, other, width, out);
        break;
    }
    case LN_RELU: e->relu(x, width, out); break;
    case LN_COMPLEX_RELU: e->complex_relu(x, width, out); break;
    case LN_GATE: e->gate(x, other, width, out); break;
    case LN_SIGMOID: e->sigmoid(x, width, out); break;
    case LN_QUANTIZE: e->quantize(x, power_of_two(target->exponent), width, out); break;
    case LN_DEQUANTIZE: e->dequantize(x, power_of_two(-source->exponent), width, out); break;
    default: break; /* artifact.c refuses other kinds */
    }
    if (target->bits == 8) e->saturate8(width, out); /* to 16 bits and then to 8 is the same as to 8 at once */
}

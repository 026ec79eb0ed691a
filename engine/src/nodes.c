/* nodes.c - what each node computes, bit for bit as in ir/interpreter.py. Programs are trusted here: artifact.c has
 * proven that widths, bits, exponents and shifts fit and that no sum can leave its type. */
#include "fixed.h"
#include "model.h"

/* The wires of one node: values in a session's memory. */
typedef struct place {
    const void *source, *other;
    void *target;
    uint32_t width; /* of the target */
} place;

/* target[o] = requantize(sums[o], shift[o]) in the target's bits. */
static void narrow(const int32_t *sums, const int8_t *shift, const ln_wire *target, void *codes) {
    if (target->bits == 16) {
        int16_t *out = codes;
        for (uint32_t o = 0; o < target->width; o++) out[o] = ln_saturate16(ln_rescale(sums[o], shift[o]));
    } else {
        int32_t *out = codes;
        for (uint32_t o = 0; o < target->width; o++) out[o] = ln_saturate32(ln_rescale(sums[o], shift[o]));
    }
}

static void run_scale(const ln_node *node, const place *at, const ln_wire *target, int32_t *sums) {
    const int16_t *x = at->source;
    for (uint32_t i = 0; i < at->width; i++) sums[i] = (int32_t)node->weight[i] * x[i] + node->bias[i];
    narrow(sums, node->shift, target, at->target);
}

/* x' = x + (Lambda_bar - 1) x + d, the state in int32. Both halves of a wire: real parts, then imaginary ones. */
static void run_recurrence(const ln_node *node, const place *at, int32_t *state) {
    const uint32_t states = at->width / 2;
    const int32_t *drive = at->source;
    int16_t *out = at->target;
    const int out_shift = node->params[0];
    for (uint32_t p = 0; p < states; p++) {
        const int64_t re = state[p], im = state[states + p];
        const int64_t mu_re = node->decay_re[p], mu_im = node->decay_im[p];
        const int shift = node->decay_shift[p];
        const int64_t moved_re = ln_shift_right_round(mu_re * re - mu_im * im, shift);
        const int64_t moved_im = ln_shift_right_round(mu_re * im + mu_im * re, shift);
        state[p] = ln_saturate32(re + moved_re + drive[p]);
        state[states + p] = ln_saturate32(im + moved_im + drive[states + p]);
    }
    for (uint32_t i = 0; i < at->width; i++) out[i] = ln_saturate16(ln_shift_right_round(state[i], out_shift));
}

static void run_relu(const place *at) {
    const int16_t *x = at->source;
    int16_t *out = at->target;
    for (uint32_t i = 0; i < at->width; i++) out[i] = x[i] > 0 ? x[i] : 0;
}

static void run_complex_relu(const place *at) {
    const uint32_t pairs = at->width / 2;
    const int16_t *re = at->source, *im = re + pairs;
    int16_t *out = at->target;
    for (uint32_t j = 0; j < pairs; j++) {
        out[j] = re[j] > 0 ? re[j] : 0;
        out[pairs + j] = re[j] > 0 ? im[j] : 0;
    }
}

static void run_gate(const place *at) {
    const int16_t *x = at->source, *control = at->other;
    int16_t *out = at->target;
    for (uint32_t i = 0; i < at->width; i++)
        out[i] = ln_saturate16(ln_shift_right_round((int64_t)x[i] * ln_sigmoid15(control[i]), 15));
}

static void run_add(const ln_node *node, const place *at) {
    const int16_t *x = at->source, *other = at->other;
    int16_t *out = at->target;
    const int64_t times_x = (int64_t)1 << node->params[0], times_other = (int64_t)1 << node->params[1];
    for (uint32_t i = 0; i < at->width; i++)
        out[i] = ln_saturate16(ln_shift_right_round(x[i] * times_x + other[i] * times_other, node->params[2]));
}

static void run_sigmoid(const place *at) {
    const int16_t *z = at->source;
    int16_t *out = at->target;
    for (uint32_t i = 0; i < at->width; i++) out[i] = ln_saturate16(ln_sigmoid15(z[i]));
}

/* 2^exponent, exact; exponents are within -64..64. */
static float power_of_two(int32_t exponent) {
    float power = 1.0f;
    for (int32_t i = 0; i < exponent; i++) power *= 2.0f;
    for (int32_t i = 0; i > exponent; i--) power *= 0.5f;
    return power;
}

/* clamp(floor(f 2^e + 1/2)) in float32; NaN gives 0. */
static void run_quantize(const place *at, int32_t exponent) {
    const float *f = at->source, power = power_of_two(exponent);
    int16_t *out = at->target;
    for (uint32_t i = 0; i < at->width; i++) {
        const float v = f[i] * power + 0.5f;
        const float limited = v >= 32767.0f ? 32767.0f : v >= -32768.0f ? v : v < -32768.0f ? -32768.0f : 0.0f;
        const int32_t toward_zero = (int32_t)limited;
        out[i] = (int16_t)(toward_zero - ((float)toward_zero > limited));
    }
}

static void run_dequantize(const place *at, int32_t exponent) {
    const int16_t *codes = at->source;
    const float power = power_of_two(-exponent);
    float *out = at->target;
    for (uint32_t i = 0; i < at->width; i++) out[i] = (float)codes[i] * power;
}

void ln_node_run(const linnet_model *model, const ln_node *node, uint8_t *memory) {
    const ln_wire *source = &model->wires[node->source], *target = &model->wires[node->target];
    const place at = {.source = memory + source->at, .target = memory + target->at, .width = target->width,
                      .other = node->other >= 0 ? memory + model->wires[node->other].at : NULL};
    int32_t *sums = (int32_t *)(void *)(memory + model->sums_at);
    switch (node->kind) {
    case LN_LINEAR:
        node->kernel->multiply(node->packed, at.source, sums);
        narrow(sums, node->shift, target, at.target);
        break;
    case LN_RECURRENCE: run_recurrence(node, &at, (int32_t *)(void *)(memory + node->state_at)); break;
    case LN_RELU: run_relu(&at); break;
    case LN_COMPLEX_RELU: run_complex_relu(&at); break;
    case LN_SCALE: run_scale(node, &at, target, sums); break;
    case LN_GATE: run_gate(&at); break;
    case LN_ADD: run_add(node, &at); break;
    case LN_QUANTIZE: run_quantize(&at, target->exponent); break;
    case LN_DEQUANTIZE: run_dequantize(&at, source->exponent); break;
    case LN_SIGMOID: run_sigmoid(&at); break;
    default: break; /* artifact.c refuses other kinds */
    }
}

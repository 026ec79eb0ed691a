/* gated.c - h_t = h_{t-1} + g_t (v_t - h_{t-1}) and its derivative, for XLA on a CPU.
 *
 * The compiled form of src/linnet/nn/gated_scan.py, which holds the mathematics and the proof that the forms agree.
 * Arrays are float32 [frames, columns], a column being a state of a clip. Two handlers:
 *
 *   linnet_gated_forward(g, v) -> h          h may be v itself
 *   linnet_gated_backward(g, r) -> lambda    lambda_t = r_t + (1 - g_{t+1}) lambda_{t+1}, may be r itself
 *
 * Work is shared by XLA's own threads, each with its own columns. Nothing is kept between calls. */
#include <string.h>

#include "call.h"

typedef struct {
    const float *gate, *input;
    float *output;
    int64_t frames, columns, tasks;
    bool backward;
} job;

VECTOR_CLONES static void forward_columns(const job *j, int64_t from, int64_t to) {
    const int64_t width = j->columns;
    for (int64_t t = 0; t < j->frames; t++) {
        const float *g = j->gate + t * width, *v = j->input + t * width;
        float *h = j->output + t * width;
        if (t == 0) {
            ROWS_APART
            for (int64_t c = from; c < to; c++) h[c] = g[c] * v[c];
        } else {
            const float *before = h - width;
            ROWS_APART
            for (int64_t c = from; c < to; c++) h[c] = before[c] + g[c] * (v[c] - before[c]);
        }
    }
}

VECTOR_CLONES static void backward_columns(const job *j, int64_t from, int64_t to) {
    const int64_t width = j->columns;
    for (int64_t t = j->frames - 1; t >= 0; t--) {
        const float *r = j->input + t * width;
        float *lambda = j->output + t * width;
        if (t + 1 == j->frames) {
            if (lambda != r) memcpy(lambda + from, r + from, sizeof(float) * (size_t)(to - from));
        } else {
            const float *g = j->gate + (t + 1) * width, *after = lambda + width;
            ROWS_APART
            for (int64_t c = from; c < to; c++) lambda[c] = r[c] + (after[c] - g[c] * after[c]);
        }
    }
}

static void run_task(const void *work, int64_t task) {
    const job *j = work;
    const column_range own = columns_of_task(j->columns, j->tasks, task);
    if (own.from >= own.to) return;
    if (j->backward)
        backward_columns(j, own.from, own.to);
    else
        forward_columns(j, own.from, own.to);
}

static xla_error *run(const xla_call *call, bool backward) {
    if (only_prepares(call)) return NULL;
    const char *wanted = "linnet_gated_forward and _backward take two arrays [frames, columns] and give one like them, "
                         "all float32";
    if (!counts_are(call, 2, 1)) return refuse(call, wanted);
    const xla_buffer *gate = argument(call, 0), *input = argument(call, 1), *output = result(call, 0);
    if (gate->rank != 2) return refuse(call, wanted);
    const int64_t frames = gate->dims[0], columns = gate->dims[1];
    if (!fits(gate, XLA_TYPE_F32, 0, frames, columns) || !fits(input, XLA_TYPE_F32, 0, frames, columns) ||
        !fits(output, XLA_TYPE_F32, 0, frames, columns))
        return refuse(call, wanted);
    job j = {.gate = gate->data, .input = input->data, .output = output->data, .frames = frames, .columns = columns,
             .backward = backward};
    j.tasks = tasks_for(call, frames * columns);
    share_out(call, run_task, &j, j.tasks);
    return NULL;
}

EXPORT xla_error *linnet_gated_forward(const xla_call *call) {
    return run(call, false);
}

EXPORT xla_error *linnet_gated_backward(const xla_call *call) {
    return run(call, true);
}

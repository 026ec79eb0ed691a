/* recurrence.c - x_t = a x_{t-1} + b_t and its derivative, for XLA on a CPU.
 *
 * The compiled form of src/linnet/nn/scan.py, which holds the mathematics and the proof that the forms agree. Arrays
 * are [frames, clips, 2 states], real parts before imaginary ones, float32 or float64; `a` is [2 states]. Two handlers:
 *
 *   linnet_scan_forward(a, b) -> x                   x may be b itself
 *   linnet_scan_backward(a, x, g) -> lambda, sums    lambda_t = g_t + conj(a) lambda_{t+1}, may be g itself;
 *                                                    sums [blocks, clips, 2 states] of conj(x_{t-1}) lambda_t over
 *                                                    SUM_FRAMES frames each: added up by the caller, which keeps the
 *                                                    rounding of long clips small and the result independent of threads
 *
 * Work is shared by XLA's own threads. Nothing is kept between calls. */
#include <stdlib.h>
#include <string.h>

#include "call.h"

#define SUM_FRAMES 64      /* mirror of nn/compiled.py */

typedef struct job job;

struct job {
    void (*run)(const job *, int64_t from, int64_t to);
    const void *decay, *input, *states_of_clip, *zeros;
    void *output, *sums;
    int64_t frames, clips, states, columns;
    int64_t tasks;
};

#define REAL float
#define NAME(f) f##_f32
#include "recurrence_rows.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(f) f##_f64
#include "recurrence_rows.h"
#undef REAL
#undef NAME

static void run_task(const void *work, int64_t task) {
    const job *j = work;
    const column_range own = columns_of_task(j->columns, j->tasks, task);
    if (own.from < own.to) j->run(j, own.from, own.to);
}

static void run_shared(const xla_call *call, job *j) {
    j->tasks = tasks_for(call, j->frames * j->columns);
    share_out(call, run_task, j, j->tasks);
    free(j);
}

/* The job that arguments (a, ..., clip) and results (clip, ...) describe; NULL where they do not belong together. */
static job *describe(const xla_call *call, int64_t arguments, int64_t results) {
    if (!counts_are(call, arguments, results)) return NULL;
    const xla_buffer *decay = argument(call, 0), *clip = argument(call, arguments - 1), *output = result(call, 0);
    if (clip->rank != 3 || clip->dims[2] % 2 != 0 || (clip->type != XLA_TYPE_F32 && clip->type != XLA_TYPE_F64)) return NULL;
    const int64_t frames = clip->dims[0], clips = clip->dims[1], row = clip->dims[2];
    if (!fits(decay, clip->type, 0, 0, row) || !fits(output, clip->type, frames, clips, row)) return NULL;
    const size_t zeros = (size_t)row * sizeof(double);
    job *j = calloc(1, sizeof *j + zeros);
    if (j == NULL) return NULL;
    j->decay = decay->data, j->input = clip->data, j->output = output->data, j->zeros = j + 1;
    j->frames = frames, j->clips = clips, j->states = row / 2, j->columns = clips * (row / 2);
    return j;
}

static bool is_single(const xla_call *call) {
    return argument(call, 0)->type == XLA_TYPE_F32;
}

EXPORT xla_error *linnet_scan_forward(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    job *j = describe(call, 2, 1);
    if (j == NULL) return refuse(call, "linnet_scan_forward takes a [2 states] and b [frames, clips, 2 states], both "
                                       "float32 or float64, and gives an array like b");
    j->run = is_single(call) ? forward_columns_f32 : forward_columns_f64;
    run_shared(call, j);
    return NULL;
}

EXPORT xla_error *linnet_scan_backward(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    job *j = describe(call, 3, 2);
    const xla_buffer *x = j == NULL ? NULL : argument(call, 1), *sums = j == NULL ? NULL : result(call, 1);
    const int64_t blocks = j == NULL ? 0 : (j->frames + SUM_FRAMES - 1) / SUM_FRAMES;
    if (j == NULL || !fits(x, sums->type, j->frames, j->clips, 2 * j->states) ||
        !fits(sums, x->type, blocks, j->clips, 2 * j->states)) {
        free(j);
        return refuse(call, "linnet_scan_backward takes a [2 states], x and g [frames, clips, 2 states], and gives an "
                            "array like g and sums [ceil(frames / 64), clips, 2 states], all float32 or all float64");
    }
    j->states_of_clip = x->data, j->sums = sums->data;
    const size_t number = is_single(call) ? sizeof(float) : sizeof(double);
    memset(j->sums, 0, number * (size_t)(blocks * j->columns * 2));
    j->run = is_single(call) ? backward_columns_f32 : backward_columns_f64;
    run_shared(call, j);
    return NULL;
}

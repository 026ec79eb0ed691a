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
#define _POSIX_C_SOURCE 200112L
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xla_ffi.h"

#define EXPORT __attribute__((visibility("default")))
#define SUM_FRAMES 64        /* mirror of nn/compiled.py */
#define TASK_NUMBERS 16384   /* smaller tasks cost more in handing over than they save */
#define COLUMN_STEP 16       /* tasks begin at whole cache lines */

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && (!defined(__clang__) || __clang_major__ >= 16)
#define VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTOR_CLONES
#endif

/* Rows may be the same array, number for number, but never overlap otherwise. */
#ifdef __clang__
#define ROWS_APART _Pragma("clang loop vectorize(assume_safety)")
#else
#define ROWS_APART _Pragma("GCC ivdep")
#endif

typedef struct job job;

struct job {
    void (*run)(const job *, int64_t from, int64_t to);
    const void *decay, *input, *states_of_clip, *zeros;
    void *output, *sums;
    int64_t frames, clips, states, columns;
    int64_t tasks;
    atomic_int_fast64_t next, finished, holders;
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

static void let_go(job *j) {
    if (atomic_fetch_sub(&j->holders, 1) == 1) free(j);
}

/* Take tasks until there are none. The job outlives whoever comes too late to take one. */
static void take_tasks(void *data) {
    job *j = data;
    for (int64_t i; (i = atomic_fetch_add(&j->next, 1)) < j->tasks;) {
        const int64_t share = (j->columns / j->tasks / COLUMN_STEP + 1) * COLUMN_STEP;
        const int64_t from = i * share, to = i == j->tasks - 1 || from + share > j->columns ? j->columns : from + share;
        if (from < to) j->run(j, from, to);
        atomic_fetch_add(&j->finished, 1);
    }
    let_go(j);
}

static int64_t threads_of(const xla_call *call) {
    int64_t count = 1;
    xla_thread_count ask = {sizeof ask, NULL, call->context, &count};
    xla_error *error = call->api->thread_pool_count(&ask);
    if (error != NULL) call->api->error_destroy(&(xla_old_error){sizeof(xla_old_error), NULL, error});
    return error == NULL && count > 1 ? count : 1;
}

/* Run a job on all threads that come; this one works too, so it ends even where no other does. */
static void run_shared(const xla_call *call, job *j) {
    const int64_t most = j->frames * j->columns / TASK_NUMBERS + 1, threads = threads_of(call);
    const int64_t tasks = threads < most ? threads : most;
    j->tasks = tasks;
    atomic_init(&j->next, 0);
    atomic_init(&j->finished, 0);
    atomic_init(&j->holders, 2); /* this function, and its own round of tasks */
    for (int64_t i = 1; i < tasks; i++) {
        xla_schedule ask = {sizeof ask, NULL, call->context, take_tasks, j};
        atomic_fetch_add(&j->holders, 1);
        xla_error *error = call->api->thread_pool_schedule(&ask);
        if (error == NULL) continue;
        call->api->error_destroy(&(xla_old_error){sizeof(xla_old_error), NULL, error});
        let_go(j);
    }
    take_tasks(j);
    while (atomic_load(&j->finished) < tasks) sched_yield();
    let_go(j);
}

static xla_error *refuse(const xla_call *call, const char *message) {
    xla_new_error error = {sizeof error, NULL, message, XLA_ERROR_INVALID_ARGUMENT};
    return call->api->error_create(&error);
}

/* Whether `buffer` has the type and dimensions [first, second, last], or [last] where first is 0. */
static bool fits(const xla_buffer *buffer, int type, int64_t first, int64_t second, int64_t last) {
    if (buffer->type != type) return false;
    if (first == 0) return buffer->rank == 1 && buffer->dims[0] == last;
    return buffer->rank == 3 && buffer->dims[0] == first && buffer->dims[1] == second && buffer->dims[2] == last;
}

/* A first call asks only for the version: the layout above holds for all of this major one. */
static bool tells_version(const xla_call *call) {
    const xla_extension *first = call->extensions;
    if (first == NULL || first->type != XLA_EXTENSION_METADATA) return false;
    xla_metadata *metadata = ((const xla_metadata_extension *)(const void *)first)->metadata;
    const bool known = call->api != NULL && call->api->version.major == XLA_FFI_MAJOR;
    metadata->version = (xla_version){sizeof(xla_version), NULL, XLA_FFI_MAJOR, known ? call->api->version.minor : 0};
    metadata->traits = 0;
    return true;
}

/* The job that arguments (a, ..., clip) and results (clip, ...) describe; NULL where they do not belong together. */
static job *describe(const xla_call *call, int64_t arguments, int64_t results) {
    if (call->arguments.count != arguments || call->results.count != results) return NULL;
    const xla_buffer *decay = call->arguments.items[0], *clip = call->arguments.items[arguments - 1];
    const xla_buffer *output = call->results.items[0];
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
    return ((const xla_buffer *)call->arguments.items[0])->type == XLA_TYPE_F32;
}

EXPORT xla_error *linnet_scan_forward(const xla_call *call) {
    if (tells_version(call) || call->stage != XLA_STAGE_EXECUTE) return NULL;
    job *j = describe(call, 2, 1);
    if (j == NULL) return refuse(call, "linnet_scan_forward takes a [2 states] and b [frames, clips, 2 states], both "
                                       "float32 or float64, and gives an array like b");
    j->run = is_single(call) ? forward_columns_f32 : forward_columns_f64;
    run_shared(call, j);
    return NULL;
}

EXPORT xla_error *linnet_scan_backward(const xla_call *call) {
    if (tells_version(call) || call->stage != XLA_STAGE_EXECUTE) return NULL;
    job *j = describe(call, 3, 2);
    const xla_buffer *x = j == NULL ? NULL : call->arguments.items[1], *sums = j == NULL ? NULL : call->results.items[1];
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

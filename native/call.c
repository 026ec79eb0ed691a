/* call.c - see call.h. Nothing is kept between calls but the version of XLA's interface, heard once. */
#define _POSIX_C_SOURCE 200112L
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "call.h"

/* What the threads of one call have in common. It outlives whoever comes too late to take a task. */
typedef struct {
    void (*run)(const void *work, int64_t task);
    const void *work;
    int64_t tasks;
    atomic_int_fast64_t next, finished, holders;
} share;

static int minor_version = 0; /* written once, before any handler is registered */

/* Hear which minor version this XLA has: the layout of xla_ffi.h holds for all of this major one, and XLA takes a
 * handler that names its own. */
EXPORT void linnet_expect_version(int minor) { minor_version = minor; }

/* A first call asks only for the version. */
static bool tells_version(const xla_call *call) {
    const xla_extension *first = call->extensions;
    if (first == NULL || first->type != XLA_EXTENSION_METADATA) return false;
    xla_metadata *metadata = ((const xla_metadata_extension *)(const void *)first)->metadata;
    metadata->version = (xla_version){sizeof(xla_version), NULL, XLA_FFI_MAJOR, minor_version};
    metadata->traits = 0;
    return true;
}

bool only_prepares(const xla_call *call) { return tells_version(call) || call->stage != XLA_STAGE_EXECUTE; }

xla_error *refuse(const xla_call *call, const char *message) {
    xla_new_error error = {sizeof error, NULL, message, XLA_ERROR_INVALID_ARGUMENT};
    return call->api->error_create(&error);
}

bool counts_are(const xla_call *call, int64_t arguments, int64_t results) {
    return call->arguments.count == arguments && call->results.count == results;
}

const xla_buffer *argument(const xla_call *call, int64_t index) { return call->arguments.items[index]; }

const xla_buffer *result(const xla_call *call, int64_t index) { return call->results.items[index]; }

bool fits(const xla_buffer *buffer, int type, int64_t first, int64_t second, int64_t last) {
    const int64_t wanted[] = {first, second, last};
    const int64_t rank = first != 0 ? 3 : second != 0 ? 2 : 1;
    if (buffer->type != type || buffer->rank != rank) return false;
    for (int64_t i = 0; i < rank; i++)
        if (buffer->dims[i] != wanted[3 - rank + i]) return false;
    return true;
}

int64_t threads_of(const xla_call *call) {
    int64_t count = 1;
    xla_thread_count ask = {sizeof ask, NULL, call->context, &count};
    xla_error *error = call->api->thread_pool_count(&ask);
    if (error != NULL) call->api->error_destroy(&(xla_old_error){sizeof(xla_old_error), NULL, error});
    return error == NULL && count > 1 ? count : 1;
}

static void let_go(share *s) {
    if (atomic_fetch_sub(&s->holders, 1) == 1) free(s);
}

/* Take tasks until there are none. */
static void take_tasks(void *data) {
    share *s = data;
    for (int64_t i; (i = atomic_fetch_add(&s->next, 1)) < s->tasks;) {
        s->run(s->work, i);
        atomic_fetch_add(&s->finished, 1);
    }
    let_go(s);
}

#define TASK_NUMBERS 16384
#define COLUMN_STEP 16

int64_t tasks_for(const xla_call *call, int64_t numbers) {
    const int64_t most = numbers / TASK_NUMBERS + 1, threads = threads_of(call);
    return threads < most ? threads : most;
}

column_range columns_of_task(int64_t columns, int64_t tasks, int64_t task) {
    const int64_t share = (columns / tasks / COLUMN_STEP + 1) * COLUMN_STEP, from = task * share;
    return (column_range){from, from + share < columns ? from + share : columns};
}

/* This thread works too, so the work ends even where no other comes. */
void share_out(const xla_call *call, void (*run)(const void *work, int64_t task), const void *work, int64_t tasks) {
    const int64_t threads = threads_of(call);
    share *s = threads > 1 && tasks > 1 ? malloc(sizeof *s) : NULL;
    if (s == NULL) {
        for (int64_t i = 0; i < tasks; i++) run(work, i);
        return;
    }
    s->run = run, s->work = work, s->tasks = tasks;
    atomic_init(&s->next, 0);
    atomic_init(&s->finished, 0);
    atomic_init(&s->holders, 2); /* this function, and its own round of tasks */
    for (int64_t i = 1; i < threads && i < tasks; i++) {
        xla_schedule ask = {sizeof ask, NULL, call->context, take_tasks, s};
        atomic_fetch_add(&s->holders, 1);
        xla_error *error = call->api->thread_pool_schedule(&ask);
        if (error == NULL) continue;
        call->api->error_destroy(&(xla_old_error){sizeof(xla_old_error), NULL, error});
        let_go(s);
    }
    take_tasks(s);
    while (atomic_load(&s->finished) < tasks) sched_yield();
    let_go(s);
}

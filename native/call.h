/* call.h - what every function that XLA calls has to do besides its arithmetic: say its version, look at the arrays,
 * refuse those that do not belong together, and share its work over XLA's threads. */
#ifndef LINNET_CALL_H
#define LINNET_CALL_H

#include <stdbool.h>

#include "xla_ffi.h"

/* The widest vectors, in float32 numbers, that are chosen; tests build with less, to run what other processors run. */
#ifndef WIDEST_VECTOR
#define WIDEST_VECTOR 16
#endif

#define EXPORT __attribute__((visibility("default")))

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

/* Whether this call only prepares (asks for the version, for one) and wants nothing computed. */
bool only_prepares(const xla_call *call);

/* The error that stands for the whole call. */
xla_error *refuse(const xla_call *call, const char *message);

/* Whether the call has this many arguments and results. */
bool counts_are(const xla_call *call, int64_t arguments, int64_t results);

const xla_buffer *argument(const xla_call *call, int64_t index);
const xla_buffer *result(const xla_call *call, int64_t index);

/* Whether `buffer` has the type and the dimensions; `last` is the only one where the others are 0, and so on. */
bool fits(const xla_buffer *buffer, int type, int64_t first, int64_t second, int64_t last);

/* The threads that XLA could lend, at least 1. */
int64_t threads_of(const xla_call *call);

/* How many tasks work on this many numbers is shared into: small ones cost more in handing over than they save. */
int64_t tasks_for(const xla_call *call, int64_t numbers);

/* Which of `columns` one of `tasks` has: from..to, whole cache lines of float32; none where to <= from. */
typedef struct {
    int64_t from, to;
} column_range;
column_range columns_of_task(int64_t columns, int64_t tasks, int64_t task);

/* run(work, i) for every i in [0, tasks), on all threads that come; returns when all are done. Which thread does which
 * task is left to chance, so no result may depend on it. */
void share_out(const xla_call *call, void (*run)(const void *work, int64_t task), const void *work, int64_t tasks);

#endif

/* columns.c - sums over rows, for XLA on a CPU.
 *
 *   linnet_column_sums(x, y) -> s, p   x and y [rows, columns]: s [columns] sums x, p [columns] sums x y
 *
 * All float32; y may be x. Each number is read once and no product is stored. Sums are taken over ROWS rows, then over
 * these sums, in the order of the rows. Tasks are ranges of columns: threads change no result. */
#include <string.h>

#include "call.h"

#define ROWS 64
#define WIDEST 128         /* columns whose sums stay in the nearest cache */
#define COLUMN_STEP 16     /* tasks begin at whole cache lines, where rows do */
#define TASK_NUMBERS 32768 /* smaller tasks cost more in handing over than they save */

typedef struct {
    const float *x, *y;
    float *sums, *products;
    int64_t rows, columns, tasks;
} job;

/* The sums of `count` columns over `rows` rows that lie `row` apart, added to what is there. */
static inline __attribute__((always_inline)) void add_rows(const job *j, const float *x, const float *y, int64_t rows,
                                                           float (*sums)[WIDEST], int64_t count) {
    const int64_t row = j->columns;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4, x += 4 * row, y += 4 * row) {
        ROWS_APART
        for (int64_t i = 0; i < count; i++) {
            const float x0 = x[i], x1 = x[row + i], x2 = x[2 * row + i], x3 = x[3 * row + i];
            sums[0][i] += (x0 + x1) + (x2 + x3);
            sums[1][i] += (x0 * y[i] + x1 * y[row + i]) + (x2 * y[2 * row + i] + x3 * y[3 * row + i]);
        }
    }
    for (; r < rows; r++, x += row, y += row) {
        ROWS_APART
        for (int64_t i = 0; i < count; i++) sums[0][i] += x[i], sums[1][i] += x[i] * y[i];
    }
}

VECTOR_CLONES static void sum_columns(const job *j, int64_t from, int64_t count) {
    float total[2][WIDEST] = {{0}}, block[2][WIDEST];
    for (int64_t row = 0; row < j->rows; row += ROWS) {
        const int64_t at = row * j->columns + from;
        memset(block, 0, sizeof block);
        add_rows(j, j->x + at, j->y + at, j->rows - row < ROWS ? j->rows - row : ROWS, block, count);
        for (int64_t i = 0; i < count; i++) total[0][i] += block[0][i], total[1][i] += block[1][i];
    }
    memcpy(j->sums + from, total[0], sizeof(float) * (size_t)count);
    memcpy(j->products + from, total[1], sizeof(float) * (size_t)count);
}

static void run_task(const void *work, int64_t task) {
    const job *j = work;
    const int64_t steps = (j->columns + COLUMN_STEP - 1) / COLUMN_STEP;
    const int64_t end = steps * (task + 1) / j->tasks * COLUMN_STEP, to = end < j->columns ? end : j->columns;
    for (int64_t from = steps * task / j->tasks * COLUMN_STEP; from < to; from += WIDEST)
        sum_columns(j, from, to - from < WIDEST ? to - from : WIDEST);
}

EXPORT xla_error *linnet_column_sums(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    const char *wanted = "linnet_column_sums takes x and y [rows, columns], and gives two arrays [columns], all float32";
    if (!counts_are(call, 2, 2) || argument(call, 0)->rank != 2) return refuse(call, wanted);
    const xla_buffer *x = argument(call, 0), *y = argument(call, 1), *sums = result(call, 0), *products = result(call, 1);
    job j = {x->data, y->data, sums->data, products->data, x->dims[0], x->dims[1], 1};
    if (!fits(x, XLA_TYPE_F32, 0, j.rows, j.columns) || !fits(y, XLA_TYPE_F32, 0, j.rows, j.columns) ||
        !fits(sums, XLA_TYPE_F32, 0, 0, j.columns) || !fits(products, XLA_TYPE_F32, 0, 0, j.columns))
        return refuse(call, wanted);
    const int64_t by_size = j.rows * j.columns / TASK_NUMBERS + 1, by_columns = (j.columns + COLUMN_STEP - 1) / COLUMN_STEP;
    const int64_t most = by_size < by_columns ? by_size : by_columns, threads = threads_of(call);
    j.tasks = threads < most ? threads : most;
    share_out(call, run_task, &j, j.tasks);
    return NULL;
}

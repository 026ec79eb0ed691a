/* weights.c - the derivative of y = x W^T + b by W and b, for XLA on a CPU.
 *
 *   linnet_by_weights(x, g) -> w, b    x [rows, in], g [rows, out]: w [out, in] = g^T x, b [out] = sum of the rows of g
 *
 * All float32. W is small and the rows are many, so blocks of the result stay in registers while ROWS rows pass, which
 * stay in the nearest cache until all blocks have seen them; nothing is transposed. Tasks are ranges of rows of w, and
 * each adds up all rows in one order: threads change no result. */
#include <string.h>

#include "call.h"

#define ROWS 64
#define LONGEST_SUM 128
#define STEP 24 /* tasks take multiples of these rows of w, of which blocks are divisors */

/* What a block reads: x [rows, columns] out of rows of x_row numbers, g out of g_row; and how far apart its rows are. */
typedef struct {
    const float *x;
    int64_t rows, columns, x_row, g_row, to_row;
} panels;

#define WIDTH 4
#define HEIGHT 6
#define VECTORS 2
#define NAME(f) f##_baseline
#define TARGET
#include "outer_block.h"

#if defined(__x86_64__)
#define WIDTH 8
#define HEIGHT 6
#define VECTORS 2
#define NAME(f) f##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#include "outer_block.h"

#define WIDTH 16
#define HEIGHT 8
#define VECTORS 3
#define NAME(f) f##_avx512
#define TARGET __attribute__((target("avx512f")))
#include "outer_block.h"
#endif

typedef void outer_function(const panels *, const float *g, float *to, int64_t height, int64_t width);

static outer_function *widest(void) {
#if defined(__x86_64__)
    if (WIDEST_VECTOR >= 16 && __builtin_cpu_supports("avx512f")) return outer_avx512;
    if (WIDEST_VECTOR >= 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return outer_avx2;
#endif
    return outer_baseline;
}

typedef struct {
    outer_function *outer;
    const float *x, *g;
    float *weights, *biases;
    int64_t rows, in, out, tasks;
} job;

/* biases += the sum of a block's rows of g. */
VECTOR_CLONES static void add_rows(const float *g, const panels *p, float *biases, int64_t count) {
    float sum[LONGEST_SUM];
    for (int64_t from = 0; from < count; from += LONGEST_SUM) {
        const int64_t width = count - from < LONGEST_SUM ? count - from : LONGEST_SUM;
        memset(sum, 0, sizeof sum);
        for (int64_t r = 0; r < p->rows; r++)
            for (int64_t i = 0; i < width; i++) sum[i] += g[r * p->g_row + from + i];
        for (int64_t i = 0; i < width; i++) biases[from + i] += sum[i];
    }
}

static void run_task(const void *work, int64_t task) {
    const job *j = work;
    const int64_t steps = (j->out + STEP - 1) / STEP;
    const int64_t from = steps * task / j->tasks * STEP, end = steps * (task + 1) / j->tasks * STEP;
    const int64_t height = (end < j->out ? end : j->out) - from;
    float *weights = j->weights + from * j->in, *biases = j->biases + from;
    memset(weights, 0, sizeof(float) * (size_t)(height * j->in));
    memset(biases, 0, sizeof(float) * (size_t)height);
    for (int64_t row = 0; row < j->rows; row += ROWS) {
        const panels p = {
            .x = j->x + row * j->in, .rows = j->rows - row < ROWS ? j->rows - row : ROWS,
            .x_row = j->in, .g_row = j->out, .to_row = j->in,
        };
        const float *g = j->g + row * j->out + from;
        j->outer(&p, g, weights, height, j->in);
        add_rows(g, &p, biases, height);
    }
}

EXPORT xla_error *linnet_by_weights(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    const char *wanted = "linnet_by_weights takes x [rows, in] and g [rows, out], and gives [out, in] and [out], all float32";
    if (!counts_are(call, 2, 2)) return refuse(call, wanted);
    const xla_buffer *x = argument(call, 0), *g = argument(call, 1), *weights = result(call, 0), *biases = result(call, 1);
    if (x->rank != 2 || g->rank != 2) return refuse(call, wanted);
    job j = {widest(), x->data, g->data, weights->data, biases->data, x->dims[0], x->dims[1], g->dims[1], 1};
    if (!fits(x, XLA_TYPE_F32, 0, j.rows, j.in) || !fits(g, XLA_TYPE_F32, 0, j.rows, j.out) ||
        !fits(weights, XLA_TYPE_F32, 0, j.out, j.in) || !fits(biases, XLA_TYPE_F32, 0, 0, j.out))
        return refuse(call, wanted);
    const int64_t most = (j.out + STEP - 1) / STEP, threads = threads_of(call);
    j.tasks = threads < most ? threads : most;
    share_out(call, run_task, &j, j.tasks);
    return NULL;
}

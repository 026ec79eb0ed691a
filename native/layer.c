/* layer.c - a whole gated layer of few features, for many sequences, and its derivative, for XLA on a CPU.
 *
 * The compiled form of src/linnet/nn/whole_layer.py, which holds the mathematics and the proof that the forms agree.
 * Between two matrices of 12 x 12 there is little to multiply and much to carry; here nothing leaves the nearest cache
 * between what goes in and what comes out. All float32, H at most PAD:
 *
 *   linnet_layer_forward(u, m, v) -> y, h            u, y, h [frames, sequences, H]; m [4, H, H], v [6, H] as below
 *   linnet_layer_backward(u, h, r, m, v) -> q, m', v'    r, q: derivatives by y and u; m' [tiles * 4, H, H] and v' [tiles * 6, H]
 *                                                    those by m and v, of each tile
 *
 * NaN passes: a comparison with it is false, and gives the value itself then. A tile is TILE sequences; tasks are tiles, so threads change no result. Nothing is kept between calls. */
#include <stdint.h>
#include <string.h>

#include "call.h"

#define PAD 16  /* features, the rest zeros: their rows of all matrices, and all addends, are 0 */
#define TILE 32 /* sequences whose wires stay in the nearest cache */

enum matrix { CANDIDATE, GATE, READ, OUTPUT, MATRICES };
enum vector { CANDIDATE_BIAS, GATE_BIAS, SKIP, SKIP_BIAS, OUTPUT_BIAS, FLOOR, ADDENDS };

typedef struct {
    float by[MATRICES][PAD][PAD];         /* [inputs, outputs] */
    float transposed[MATRICES][PAD][PAD]; /* [outputs, inputs] */
    float of[ADDENDS][PAD];
    int features;
} layer;

typedef struct {
    float by[MATRICES][PAD][PAD]; /* [outputs, inputs] */
    float of[ADDENDS][PAD];
} sums;

/* What a frame has on its way. `share` is the gate of the output. */
typedef struct {
    float u[TILE][PAD], before[TILE][PAD], gate[TILE][PAD], candidate[TILE][PAD], state[TILE][PAD], read[TILE][PAD];
    float active[TILE][PAD], share[TILE][PAD];
} wires;

/* Derivatives by them. `after` is what the next frame wants of this one's state. */
typedef struct {
    float given[TILE][PAD], input[TILE][PAD], active[TILE][PAD], share[TILE][PAD], state[TILE][PAD], after[TILE][PAD];
    float candidate[TILE][PAD], gate[TILE][PAD];
} slopes;

typedef struct {
    const float *input, *given;
    float *states, *output;
    int64_t frames, sequences;
} arrays;

static inline __attribute__((always_inline)) void gather(float (*to)[PAD], const float *from, int count, int features) {
    for (int r = 0; r < count; r++)
        for (int k = 0; k < features; k++) to[r][k] = from[r * features + k];
}

static inline __attribute__((always_inline)) void scatter(float *to, const float (*from)[PAD], int count, int features) {
    for (int r = 0; r < count; r++)
        for (int k = 0; k < features; k++) to[r * features + k] = from[r][k];
}

#define WIDTH 4
#define ROWS 2
#define BLOCK_ROWS 2
#define NAME(f) f##_baseline
#define TARGET
#include "layer_block.h"

#if defined(__x86_64__)
#define WIDTH 8
#define ROWS 4
#define BLOCK_ROWS 4
#define NAME(f) f##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#include "layer_block.h"

#ifdef __clang__ /* which knows no such preference, and would ignore the rest with it */
#define WIDEST_TARGET "avx512f,avx512dq,avx512vl,fma"
#else
#define WIDEST_TARGET "avx512f,avx512dq,avx512vl,fma,prefer-vector-width=512"
#endif

#define WIDTH 16
#define ROWS 8
#define BLOCK_ROWS 4
#define NAME(f) f##_avx512
#define TARGET __attribute__((target(WIDEST_TARGET)))
#include "layer_block.h"
#endif

typedef struct {
    void (*forward)(const layer *, const arrays *, int64_t from, int count);
    void (*backward)(const layer *, const arrays *, sums *, int64_t from, int count);
} functions;

static functions widest(void) {
#if defined(__x86_64__)
    if (WIDEST_VECTOR >= 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return (functions){forward_avx512, backward_avx512};
    if (WIDEST_VECTOR >= 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (functions){forward_avx2, backward_avx2};
#endif
    return (functions){forward_baseline, backward_baseline};
}

typedef struct {
    functions by;
    const layer *layer;
    arrays arrays;
    float *matrices, *vectors; /* of the derivative; NULL in forward direction */
} job;

static void run_task(const void *work, int64_t task) {
    const job *j = work;
    const int64_t from = task * TILE, left = j->arrays.sequences - from;
    const int count = left < TILE ? (int)left : TILE, features = j->layer->features;
    if (j->matrices == NULL) {
        j->by.forward(j->layer, &j->arrays, from, count);
        return;
    }
    static const sums nothing;
    sums of = nothing;
    j->by.backward(j->layer, &j->arrays, &of, from, count);
    for (int m = 0; m < MATRICES; m++)
        for (int i = 0; i < features; i++)
            memcpy(j->matrices + ((task * MATRICES + m) * features + i) * features, of.by[m][i], sizeof(float) * (size_t)features);
    for (int v = 0; v < ADDENDS; v++)
        memcpy(j->vectors + (task * ADDENDS + v) * features, of.of[v], sizeof(float) * (size_t)features);
}

static layer unpacked(const float *matrices, const float *vectors, int features) {
    static const layer empty;
    layer l = empty;
    l.features = features;
    for (int m = 0; m < MATRICES; m++)
        for (int i = 0; i < features; i++)
            for (int k = 0; k < features; k++) {
                const float w = matrices[(m * features + i) * features + k];
                l.by[m][k][i] = w, l.transposed[m][i][k] = w;
            }
    for (int v = 0; v < ADDENDS; v++) memcpy(l.of[v], vectors + v * features, sizeof(float) * (size_t)features);
    return l;
}

static bool fit_a_layer(const xla_buffer *u, const xla_buffer *matrices, const xla_buffer *vectors) {
    const int64_t features = u->rank == 3 ? u->dims[2] : 0;
    return features >= 1 && features <= PAD && fits(u, XLA_TYPE_F32, u->dims[0], u->dims[1], features) &&
           fits(matrices, XLA_TYPE_F32, MATRICES, features, features) && fits(vectors, XLA_TYPE_F32, 0, ADDENDS, features);
}

static bool are_like(const xla_buffer *u, const xla_buffer *other) {
    return fits(other, XLA_TYPE_F32, u->dims[0], u->dims[1], u->dims[2]);
}

static void share_tiles(const xla_call *call, job j, const xla_buffer *u) {
    j.by = widest();
    j.arrays.input = u->data, j.arrays.frames = u->dims[0], j.arrays.sequences = u->dims[1];
    share_out(call, run_task, &j, (u->dims[1] + TILE - 1) / TILE);
}

EXPORT xla_error *linnet_layer_forward(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    const char *wanted = "linnet_layer_forward takes u [frames, sequences, H], H at most 16, [4, H, H] and [6, H], and gives two "
                         "arrays like u, all float32";
    if (!counts_are(call, 3, 2)) return refuse(call, wanted);
    const xla_buffer *u = argument(call, 0), *matrices = argument(call, 1), *vectors = argument(call, 2);
    if (!fit_a_layer(u, matrices, vectors) || !are_like(u, result(call, 0)) || !are_like(u, result(call, 1)))
        return refuse(call, wanted);
    const layer l = unpacked(matrices->data, vectors->data, (int)u->dims[2]);
    share_tiles(call, (job){.layer = &l, .arrays = {.output = result(call, 0)->data, .states = result(call, 1)->data}}, u);
    return NULL;
}

EXPORT xla_error *linnet_layer_backward(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    const char *wanted = "linnet_layer_backward takes u, h and r [frames, sequences, H], H at most 16, [4, H, H] and [6, H], and gives "
                         "an array like u, [tiles * 4, H, H] and [tiles * 6, H], all float32";
    if (!counts_are(call, 5, 3)) return refuse(call, wanted);
    const xla_buffer *u = argument(call, 0), *states = argument(call, 1), *given = argument(call, 2);
    const xla_buffer *of_matrices = result(call, 1), *of_vectors = result(call, 2);
    if (!fit_a_layer(u, argument(call, 3), argument(call, 4))) return refuse(call, wanted);
    const int64_t tiles = (u->dims[1] + TILE - 1) / TILE, features = u->dims[2];
    if (!are_like(u, states) || !are_like(u, given) || !are_like(u, result(call, 0)) ||
        !fits(of_matrices, XLA_TYPE_F32, tiles * MATRICES, features, features) ||
        !fits(of_vectors, XLA_TYPE_F32, 0, tiles * ADDENDS, features))
        return refuse(call, wanted);
    const layer l = unpacked(argument(call, 3)->data, argument(call, 4)->data, (int)features);
    const job j = {.layer = &l, .matrices = of_matrices->data, .vectors = of_vectors->data,
                   .arrays = {.given = given->data, .states = states->data, .output = result(call, 0)->data}};
    share_tiles(call, j, u);
    return NULL;
}

/* check_kernels.c - every function of every instruction set, called as a stranger would: check_kernels [SEED [time]].
 * Random shapes; fences around all memory; a pattern in every register that a callee must preserve. Each result is
 * compared with the scalar form's, bit for bit. With `time` the best of many calls stands beside, in nanoseconds. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "cpu.h"
#include "fenced_matrix.h"

#define ROUNDS 60u
#define MOST_WIDTH 700u
#define MOST_STATES 90u

static uint64_t seed, first_seed;
static int is_timed, failures;

/* What the functions are called with; the thunks below take no arguments, so that they need no register of their own. */
static struct {
    const ln_elements *e;
    const ln_kernel *kernel;
    const void *packed;
    const int16_t *x, *other;
    const int32_t *drive, *bias;
    const int8_t *weight, *shift;
    const float *floats;
    ln_recurrence recurrence;
    ln_sum how;
    uint32_t width;
    bool rectified;
    const int16_t *many_x[LN_MOST_BESIDE];
    int32_t *many_sums[LN_MOST_BESIDE];
    size_t many;
    ln_multiply_groups *grouped;
    size_t groups, columns, rows;
    /* written */
    int16_t *codes;
    int32_t *sums, *state;
    float *out;
} now;

static void multiply(void) { now.kernel->multiply(now.packed, now.x, now.sums); }
static void multiply_many(void) { now.kernel->multiply_many(now.packed, now.many, now.many_x, now.many_sums); }
static void multiply_groups(void) { now.grouped(now.packed, now.groups, now.x, now.columns, now.sums, now.rows); }
static void narrow16(void) { now.e->narrow16(now.drive, now.shift, now.width, now.codes); }
static void narrow32(void) { now.e->narrow32(now.drive, now.shift, now.width, now.sums); }
static void saturate8(void) { now.e->saturate8(now.width, now.codes); }
static void scale(void) { now.e->scale(now.x, now.weight, now.bias, now.width, now.sums); }
static void recur(void) { now.e->recur(&now.recurrence, now.drive, now.state, now.codes); }
static void relu(void) { now.e->relu(now.x, now.width, now.codes); }
static void complex_relu(void) { now.e->complex_relu(now.x, now.width / 2 * 2, now.codes); }
static void gate(void) { now.e->gate(now.x, now.other, now.width, now.codes); }
static void add(void) { now.e->add(&now.how, now.x, now.other, now.width, now.codes); }
static void sigmoid(void) { now.e->sigmoid(now.x, now.width, now.codes); }
static void quantize(void) { now.e->quantize(now.floats, 4096.0f, now.width, now.codes); }
static void dequantize(void) { now.e->dequantize(now.x, 1.0f / 4096.0f, now.width, now.out); }
static void recur_sums(void) {
    now.e->recur_sums(&now.recurrence, now.drive, now.shift, now.rectified, now.state, now.codes);
}

/* What recur_sums stands for, node by node. */
static void recur_in_steps(void) {
    static _Alignas(64) int32_t drive[4 * LN_PADDING + 2 * MOST_STATES];
    now.e->narrow32(now.drive, now.shift, now.width, drive);
    now.e->recur(&now.recurrence, drive, now.state, now.codes);
    if (now.rectified) now.e->complex_relu(now.codes, now.width, now.codes);
}

static const struct {
    const char *name;
    void (*call)(void), (*scalar)(void);
    bool of_states; /* its width is that of the recurrence */
} functions[] = {
    {"narrow16", narrow16, narrow16, false},       {"narrow32", narrow32, narrow32, false},
    {"saturate8", saturate8, saturate8, false},    {"scale", scale, scale, false},
    {"recur", recur, recur, true},                 {"relu", relu, relu, false},
    {"complex_relu", complex_relu, complex_relu, false}, {"gate", gate, gate, false},
    {"add", add, add, false},                      {"sigmoid", sigmoid, sigmoid, false},
    {"quantize", quantize, quantize, false},       {"dequantize", dequantize, dequantize, false},
    {"recur_sums", recur_sums, recur_in_steps, true},
};

static double nanoseconds(void (*call)(void)) {
    double best = 1e30;
    for (uint32_t trial = 0; trial < 200; trial++) {
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (uint32_t i = 0; i < 10; i++) call();
        clock_gettime(CLOCK_MONOTONIC, &to);
        const double took = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 10;
        if (took < best) best = took;
    }
    return best;
}

static void fail(const char *what, const char *isa, const char *name, uint32_t rows, uint32_t columns) {
    fprintf(stderr, "%s %s %ux%u seed %llu: %s\n", name, isa, (unsigned)rows, (unsigned)columns,
            (unsigned long long)first_seed, what);
    failures++;
}

static int16_t *draw_codes(uint32_t width) {
    static const int16_t ends[4] = {INT16_MIN, INT16_MAX, 0, -1};
    int16_t *codes = fenced(sizeof *codes * ln_round_up(width, LN_PADDING), &seed);
    for (uint32_t i = 0; i < width; i++) codes[i] = draw(&seed) % 4 ? (int16_t)draw_between(&seed, INT16_MIN, INT16_MAX) : ends[draw(&seed) % 4];
    return codes;
}

/* All inputs at random, those of the recurrence for `states` of them. */
static void draw_inputs(uint32_t width, uint32_t states) {
    const size_t padded = ln_round_up(width, LN_PADDING), of_states = ln_round_up(states, LN_PADDING);
    int8_t *shift = fenced(padded, &seed), *weight = fenced(padded, &seed);
    uint8_t *decay_shift = fenced(of_states, &seed);
    int32_t *bias = fenced(sizeof *bias * padded, &seed);
    float *floats = fenced(sizeof *floats * padded, &seed);
    now.x = draw_codes(width), now.other = draw_codes(width);
    now.drive = fenced(sizeof *now.drive * padded, &seed); /* any bits are a number */
    for (uint32_t i = 0; i < width; i++) {
        shift[i] = (int8_t)draw_between(&seed, LN_SMALLEST_SHIFT, LN_LARGEST_SHIFT);
        weight[i] = (int8_t)draw_between(&seed, -128, 127);
        bias[i] = draw_between(&seed, -(1 << 30), 1 << 30);
        floats[i] = draw_sample(&seed) * (draw(&seed) % 2 ? 20.0f : 70000.0f);
    }
    for (uint32_t p = 0; p < states; p++) decay_shift[p] = (uint8_t)draw_between(&seed, 0, 46);
    now.shift = shift, now.weight = weight, now.bias = bias, now.floats = floats;
    now.recurrence = (ln_recurrence){states, draw_between(&seed, 0, 31), draw_codes(states), draw_codes(states), decay_shift};
    now.how = (ln_sum){draw_between(&seed, 0, 15), draw_between(&seed, 0, 15), draw_between(&seed, 0, 31)};
    now.rectified = draw(&seed) % 2;
    now.width = width;
}

typedef struct outputs {
    int16_t *codes;
    int32_t *sums, *state;
    float *out;
} outputs;

/* Two sets of outputs that begin alike. */
static void draw_outputs(outputs set[2], uint32_t width) {
    const size_t padded = ln_round_up(width, LN_PADDING);
    for (int i = 0; i < 2; i++)
        set[i] = (outputs){fenced(2 * padded, &seed), fenced(4 * padded, &seed), fenced(4 * padded, &seed), fenced(4 * padded, &seed)};
    memcpy(set[1].codes, set[0].codes, 2 * padded), memcpy(set[1].sums, set[0].sums, 4 * padded);
    memcpy(set[1].state, set[0].state, 4 * padded), memcpy(set[1].out, set[0].out, 4 * padded);
}

static void write_to(const outputs *o) {
    now.codes = o->codes, now.sums = o->sums, now.state = o->state, now.out = o->out;
}

static void check_function(const ln_isa *isa, size_t f) {
    const char *name = functions[f].name;
    const uint32_t states = 1 + draw(&seed) % MOST_STATES;
    const uint32_t width = functions[f].of_states ? 2 * states : 1 + draw(&seed) % MOST_WIDTH;
    outputs set[2];
    if (functions[f].call == recur_sums && isa->elements->recur_sums == NULL) return;
    draw_inputs(width, states);
    draw_outputs(set, width);
    write_to(&set[0]), now.e = &ln_elements_scalar;
    functions[f].scalar();
    write_to(&set[1]), now.e = isa->elements;
    const char *changed = call_checked(functions[f].call);
    if (changed != NULL) fail(changed, isa->name, name, width, 1);
    if (memcmp(set[0].codes, set[1].codes, 2 * (size_t)width) != 0 || memcmp(set[0].sums, set[1].sums, 4 * (size_t)width) != 0 ||
        memcmp(set[0].state, set[1].state, 4 * (size_t)width) != 0 || memcmp(set[0].out, set[1].out, 4 * (size_t)width) != 0)
        fail("differs from the scalar form", isa->name, name, width, 1);
    if (!fences_hold()) fail("wrote outside its outputs", isa->name, name, width, 1);
}

/* Sums against their definition. */
static void check_sums(const ln_isa *isa, const char *name, const matrix *m, const int32_t *bias, const int16_t *x, const int32_t *sums) {
    for (uint32_t o = 0; o < m->rows; o++) {
        int64_t sum = bias[o];
        for (uint32_t i = 0; i < m->columns; i++) sum += (int64_t)m->dense[(size_t)o * m->columns + i] * x[i];
        if (sums[o] == sum) continue;
        char what[96];
        snprintf(what, sizeof what, "row %u is %ld, not %lld", (unsigned)o, (long)sums[o], (long long)sum);
        fail(what, isa->name, name, m->rows, m->columns);
        break;
    }
}

/* One kernel on one matrix, with one input and with several. */
static void check_kernel(const ln_isa *isa, const ln_kernel *kernel, const char *name, const matrix *m, bool is_narrow) {
    const size_t padded = ln_round_up(m->columns, LN_PADDING), rows = ln_round_up(m->rows, LN_PADDING);
    const int32_t *bias;
    now.packed = draw_packed(&seed, kernel, m, 1 << 20, &bias);
    now.kernel = kernel, now.many = 1 + draw(&seed) % LN_MOST_BESIDE;
    for (size_t s = 0; s < now.many; s++) {
        int16_t *x = fenced(2 * padded, &seed);
        for (uint32_t i = 0; i < m->columns; i++) x[i] = (int16_t)(is_narrow ? draw_between(&seed, -128, 127) : draw_between(&seed, INT16_MIN, INT16_MAX));
        now.many_x[s] = x, now.many_sums[s] = fenced(sizeof(int32_t) * rows, &seed);
    }
    now.x = now.many_x[0], now.sums = fenced(sizeof(int32_t) * rows, &seed);
    const char *changed = call_checked(multiply);
    if (changed != NULL) fail(changed, isa->name, name, m->rows, m->columns);
    check_sums(isa, name, m, bias, now.x, now.sums);
    if (kernel->multiply_many != NULL) {
        changed = call_checked(multiply_many);
        if (changed != NULL) fail(changed, isa->name, name, m->rows, m->columns);
        for (size_t s = 0; s < now.many; s++) check_sums(isa, name, m, bias, now.many_x[s], now.many_sums[s]);
    }
    if (!fences_hold()) fail("wrote outside its outputs", isa->name, name, m->rows, m->columns);
}

/* A small matrix with many groups at once. */
static void check_groups(const ln_isa *isa) {
    const uint32_t rows = 1 + draw(&seed) % 18, columns = 1 + draw(&seed) % 26, groups = 1 + draw(&seed) % 40;
    matrix m = draw_matrix(&seed, rows, columns, 1 + draw(&seed) % 100);
    store_dense(&m);
    const int32_t *bias;
    now.packed = draw_packed(&seed, isa->grouped, &m, 1 << 20, &bias);
    const size_t codes = (groups - 1) * (size_t)columns + LN_PADDING;
    int16_t *x = fenced(2 * codes, &seed);
    for (size_t i = 0; i < codes; i++) x[i] = (int16_t)draw_between(&seed, INT16_MIN, INT16_MAX);
    now.x = x, now.grouped = isa->groups, now.groups = groups, now.columns = columns, now.rows = rows;
    now.sums = fenced(sizeof(int32_t) * ((groups - 1) * (size_t)rows + LN_PADDING), &seed);
    const char *changed = call_checked(multiply_groups);
    if (changed != NULL) fail(changed, isa->name, "groups", rows, columns);
    for (size_t g = 0; g < groups; g++) check_sums(isa, "groups", &m, bias, x + g * columns, now.sums + g * rows);
    if (!fences_hold()) fail("wrote outside its outputs", isa->name, "groups", rows, columns);
    free(m.dense);
}

static void check_kernels(const ln_isa *isa) {
    const struct { const ln_kernel *kernel; const char *name; bool is_narrow; } all[] = {
        {isa->dense, "dense", false},  {isa->sparse, "sparse", false}, {isa->columns, "columns", false}, {isa->grouped, "grouped", false},
        {isa->dense8, "dense8", true}, {isa->sparse8, "sparse8", true}};
    matrix m = draw_matrix(&seed, 1 + draw(&seed) % 200, 1 + draw(&seed) % 330, 1 + draw(&seed) % 60);
    for (int form = 0; form < 2; form++) {
        if (form == 0) store_dense(&m);
        else store_sparse(&m);
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
            if (all[k].kernel != NULL) check_kernel(isa, all[k].kernel, all[k].name, &m, all[k].is_narrow);
    }
    if (m.stored.gaps != NULL) free((void *)(uintptr_t)m.stored.gaps), free((void *)(uintptr_t)m.stored.counts), free((void *)(uintptr_t)m.stored.values);
    free(m.dense);
}

/* One line for each function: what it takes at a width of 192, and a matrix of 192 x 257 with 90 % zeros. */
static void time_all(const ln_isa *isa) {
    outputs set[2];
    draw_inputs(2 * MOST_STATES, MOST_STATES);
    draw_outputs(set, 2 * MOST_STATES);
    write_to(&set[0]), now.e = isa->elements;
    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++)
        if (functions[f].call != recur_sums || isa->elements->recur_sums != NULL)
            printf("%-12s %-12s %4ux1    %8.1f ns\n", functions[f].name, isa->name, 2 * MOST_STATES, nanoseconds(functions[f].call));
    CHECK(fences_hold());
    matrix m = draw_matrix(&seed, 192, 257, 10);
    store_sparse(&m);
    const ln_kernel *kernels[2] = {isa->dense, isa->sparse};
    for (int k = 0; k < 2; k++) {
        const int32_t *bias;
        now.packed = draw_packed(&seed, kernels[k], &m, 0, &bias);
        now.kernel = kernels[k], now.x = draw_codes(257), now.sums = fenced(4 * 192, &seed);
        printf("%-12s %-12s 192x257  %8.1f ns\n", k == 0 ? "dense" : "sparse", isa->name, nanoseconds(multiply));
        CHECK(fences_hold());
    }
}

/* A function that keeps no promise: it changes a register that is its caller's, and says so to nobody. */
static void careless(void) {
#if defined(__x86_64__)
    __asm__ volatile("xor %ebx, %ebx");
#elif defined(__aarch64__)
    __asm__ volatile("mov x19, #0");
#endif
}

static void idle(void) {}

static void the_check_notices(void) {
    CHECK(call_checked(idle) == NULL);
    CHECK(!call_checks_registers() || call_checked(careless) != NULL);
    uint8_t *bytes = fenced(10, &seed);
    CHECK(fences_hold());
    bytes = fenced(10, &seed);
    bytes[10] = (uint8_t)(bytes[10] + 1); /* of the fence */
    CHECK(!fences_hold());
    bytes = fenced(10, &seed);
    bytes[-1] = (uint8_t)(bytes[-1] + 1);
    CHECK(!fences_hold());
}

int main(int argc, char **argv) {
    seed = first_seed = seed_of(argc, argv);
    is_timed = argc > 2 && strcmp(argv[2], "time") == 0;
    the_check_notices();
    printf("registers are %schecked\n", call_checks_registers() ? "" : "not ");
    for (uint32_t at = 0; ln_isa_at(at) != NULL; at++) {
        for (uint32_t round = 0; round < ROUNDS && failures < 20; round++) {
            for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++) check_function(ln_isa_at(at), f);
            check_kernels(ln_isa_at(at));
            if (ln_isa_at(at)->groups != NULL) check_groups(ln_isa_at(at));
        }
        if (is_timed) time_all(ln_isa_at(at));
    }
    printf("%d failures\n", failures);
    return failures > 0;
}

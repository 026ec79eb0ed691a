/* test_checked.c - that the checked build would notice: each operation traps just beyond the last value that fits. */
#define _POSIX_C_SOURCE 200112L
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "elements/elements.h"

static volatile int64_t result; /* so that nothing is left out */

static void add32(int64_t v) { result = ln_add32(INT32_MAX - 1, (int32_t)v); }
static void multiply32(int64_t v) { result = ln_multiply32(1 << 30, (int32_t)v); }
static void add64(int64_t v) { result = ln_add64(INT64_MAX - 1, v); }
static void multiply64(int64_t v) { result = ln_multiply64((int64_t)1 << 62, v); }
static void int16(int64_t v) { result = ln_int16(INT16_MAX - 1 + v); }
static void shift(int64_t v) { result = ln_shift_right_round(5, (int)(LN_LARGEST_SHIFT - 1 + v)); }
static void left(int64_t v) { result = ln_rescale((int64_t)1 << 32, (int)(-29 - v)); }

/* One weight whose product and bias come to `v` beyond 2^31 - 2. */
static void kernel(int64_t v) {
    static const int32_t bias[1] = {INT32_MAX - 1};
    static const int8_t weight[1] = {1};
    const int16_t x[LN_PADDING] = {(int16_t)v};
    int32_t sums[LN_PADDING];
    ln_elements_scalar.scale(x, weight, bias, 1, sums);
    result = sums[0];
}

static int dies(void (*does)(int64_t), int64_t v) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        does(v);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGTRAP || WTERMSIG(status) == SIGABRT);
}

int main(void) {
    void (*const all[])(int64_t) = {add32, multiply32, add64, multiply64, int16, shift, left, kernel};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        CHECK(!dies(all[i], 1)); /* the last that fits */
        CHECK(dies(all[i], 2));
    }
    return 0;
}

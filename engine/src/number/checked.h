/* checked.h - the integer arithmetic of fixed.h and the scalar forms. In a checked build (-DLINNET_CHECKED) every sum,
 * product, shift and narrowing traps where it would leave its type; elsewhere they are the plain operators. The loader
 * has proven that none does: the checked build is how that proof is put to the test. */
#ifndef LN_CHECKED_H
#define LN_CHECKED_H

#include <stdint.h>

#ifdef LINNET_CHECKED

#define LN_HOLDS(condition) ((condition) ? (void)0 : __builtin_trap())

static inline int32_t ln_add32(int32_t a, int32_t b) {
    int32_t sum;
    LN_HOLDS(!__builtin_add_overflow(a, b, &sum));
    return sum;
}

static inline int32_t ln_multiply32(int32_t a, int32_t b) {
    int32_t product;
    LN_HOLDS(!__builtin_mul_overflow(a, b, &product));
    return product;
}

static inline int64_t ln_add64(int64_t a, int64_t b) {
    int64_t sum;
    LN_HOLDS(!__builtin_add_overflow(a, b, &sum));
    return sum;
}

static inline int64_t ln_multiply64(int64_t a, int64_t b) {
    int64_t product;
    LN_HOLDS(!__builtin_mul_overflow(a, b, &product));
    return product;
}

#else

#define LN_HOLDS(condition) ((void)0)

static inline int32_t ln_add32(int32_t a, int32_t b) { return a + b; }
static inline int32_t ln_multiply32(int32_t a, int32_t b) { return a * b; }
static inline int64_t ln_add64(int64_t a, int64_t b) { return a + b; }
static inline int64_t ln_multiply64(int64_t a, int64_t b) { return a * b; }

#endif

/* Narrowing of what is known to fit. */
static inline int16_t ln_int16(int64_t v) {
    LN_HOLDS(INT16_MIN <= v && v <= INT16_MAX);
    return (int16_t)v;
}

/* 2^exponent, exponent 0..62. */
static inline int64_t ln_power64(int exponent) {
    LN_HOLDS(0 <= exponent && exponent <= 62);
    return (int64_t)1 << exponent;
}

#endif

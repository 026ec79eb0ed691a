/* fixed.h - what an integer means: rounding, saturation, the sigmoid table.
 * Mirror of numerics/fixed_point.py and numerics/tables.py: the same bits. All sums are int64. */
#ifndef LN_FIXED_H
#define LN_FIXED_H

#include <assert.h>
#include <stdint.h>

#include "number/checked.h"
#include "number/tables.h"

#define LN_SMALLEST_SHIFT (-31)
#define LN_LARGEST_SHIFT 47

/* C11 leaves >> of a negative number to the compiler; everything below needs the arithmetic one. */
static_assert(((int64_t)-1 >> 1) == -1, "right shifts of negative numbers must keep the sign");

/* fixed_point.py: shift_right_round. floor(v / 2^shift + 1/2), shift 0..47. */
static inline int64_t ln_shift_right_round(int64_t v, int shift) {
    LN_HOLDS(0 <= shift && shift <= LN_LARGEST_SHIFT);
    return ln_add64(v, ln_power64(shift) >> 1) >> shift;
}

static inline int16_t ln_saturate16(int64_t v) {
    return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

static inline int16_t ln_saturate8(int64_t v) {
    return (int16_t)(v > INT8_MAX ? INT8_MAX : v < INT8_MIN ? INT8_MIN : v);
}

/* Of the candidates and states of a GatedRecurrence; nodes.py: GATED_BITS. */
#define LN_LEAST24 (-(1 << 23))
#define LN_MOST24 ((1 << 23) - 1)

static inline int32_t ln_saturate24(int64_t v) {
    return (int32_t)(v > LN_MOST24 ? LN_MOST24 : v < LN_LEAST24 ? LN_LEAST24 : v);
}

static inline int32_t ln_saturate32(int64_t v) {
    return (int32_t)(v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : v);
}

/* The part of fixed_point.py: requantize before saturation. shift -31..47; v has 32 bits where shift < 0. */
static inline int64_t ln_rescale(int64_t v, int shift) {
    return shift >= 0 ? ln_shift_right_round(v, shift) : ln_multiply64(v, ln_power64(-shift));
}

/* tables.py: sigmoid15. Code at exponent 11 to 0..32768 at exponent 15. */
static inline int32_t ln_sigmoid15(int16_t z) {
    int32_t place = (int32_t)z + 32768;
    int32_t i = place >> 7, fraction = place & 127;
    LN_HOLDS(0 <= i && (uint32_t)i + 1 < sizeof ln_sigmoid_table / sizeof ln_sigmoid_table[0]);
    int32_t low = ln_sigmoid_table[i], high = ln_sigmoid_table[i + 1];
    return ln_add32(low, ln_add32(ln_multiply32(high - low, fraction), 64) >> 7);
}

#endif

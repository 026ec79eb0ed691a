/* lanes.h - a vector of LANES floats, 4, 8 or 16, and the ways to rearrange it; in the vector extensions of gcc and
 * clang, so that one source serves every instruction set. The file that includes it defines LANES and sqrt_lanes. */
#ifndef LN_LANES_H
#define LN_LANES_H

#include <stdint.h>

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef int32_t lane_bits __attribute__((vector_size(4 * LANES)));
typedef float lanes_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

static inline lanes load(const float *from) { return *(const lanes_anywhere *)from; }
static inline void store(float *to, lanes v) { *(lanes_anywhere *)to = v; }
static inline lanes all(float value) { return value - (lanes){0}; }

/* Where a vector begins that would begin at `next`: earlier where it would end beyond `count`. */
static inline uint32_t within(uint32_t next, uint32_t count) { return next + LANES <= count ? next : count - LANES; }

/* Where `which` holds a, else b. */
static inline lanes choose(lane_bits which, lanes a, lanes b) {
    return (lanes)((which & (lane_bits)a) | (~which & (lane_bits)b));
}

#if defined(__clang__) || __GNUC__ >= 12
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (lane_bits){__VA_ARGS__})
#endif

/* Within each quad of lanes: a0 b0 a1 b1 and a2 b2 a3 b3; a0 a1 b0 b1 and a2 a3 b2 b3. */
#if LANES == 4
#define ZIP_LOW(a, b) PICK(a, b, 0, 4, 1, 5)
#define ZIP_HIGH(a, b) PICK(a, b, 2, 6, 3, 7)
#define PAIR_LOW(a, b) PICK(a, b, 0, 1, 4, 5)
#define PAIR_HIGH(a, b) PICK(a, b, 2, 3, 6, 7)
#define EVEN(a, b) PICK(a, b, 0, 2, 4, 6)
#define ODD(a, b) PICK(a, b, 1, 3, 5, 7)
#define REVERSED(a) PICK(a, a, 3, 2, 1, 0)
#elif LANES == 8
#define ZIP_LOW(a, b) PICK(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define ZIP_HIGH(a, b) PICK(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define PAIR_LOW(a, b) PICK(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define PAIR_HIGH(a, b) PICK(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define EVEN(a, b) PICK(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) PICK(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define REVERSED(a) PICK(a, a, 7, 6, 5, 4, 3, 2, 1, 0)
#define LOW_HALVES(a, b) PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH_HALVES(a, b) PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#elif LANES == 16
#define ZIP_LOW(a, b) PICK(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define ZIP_HIGH(a, b) PICK(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define PAIR_LOW(a, b) PICK(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define PAIR_HIGH(a, b) PICK(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN(a, b) PICK(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD(a, b) PICK(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define REVERSED(a) PICK(a, a, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define LOW_HALVES(a, b) PICK(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define HIGH_HALVES(a, b) PICK(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define EVEN_QUADS(a, b) PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_QUADS(a, b) PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
#else
#error "a vector has 4, 8 or 16 lanes"
#endif

/* Four vectors as rows of quads: every 4 x 4 square of lanes is transposed. */
static inline void transpose_squares(lanes v[4]) {
    const lanes a = ZIP_LOW(v[0], v[1]), b = ZIP_LOW(v[2], v[3]);
    const lanes c = ZIP_HIGH(v[0], v[1]), d = ZIP_HIGH(v[2], v[3]);
    v[0] = PAIR_LOW(a, b);
    v[1] = PAIR_HIGH(a, b);
    v[2] = PAIR_LOW(c, d);
    v[3] = PAIR_HIGH(c, d);
}

/* The first quad of each of the four, then the second of each, and so on. */
static inline void deal_quads(lanes v[4]) {
#if LANES == 8
    const lanes a = LOW_HALVES(v[0], v[1]), b = LOW_HALVES(v[2], v[3]);
    const lanes c = HIGH_HALVES(v[0], v[1]), d = HIGH_HALVES(v[2], v[3]);
    v[0] = a, v[1] = b, v[2] = c, v[3] = d;
#elif LANES == 16
    const lanes a = LOW_HALVES(v[0], v[1]), b = LOW_HALVES(v[2], v[3]);
    const lanes c = HIGH_HALVES(v[0], v[1]), d = HIGH_HALVES(v[2], v[3]);
    v[0] = EVEN_QUADS(a, b), v[1] = ODD_QUADS(a, b), v[2] = EVEN_QUADS(c, d), v[3] = ODD_QUADS(c, d);
#else
    (void)v; /* a vector is one quad */
#endif
}

/* a0 b0 a1 b1 ...: the first and the second vector of it. */
static inline void interleave(lanes a, lanes b, float *to) {
    lanes low = ZIP_LOW(a, b), high = ZIP_HIGH(a, b);
#if LANES == 8
    const lanes first = LOW_HALVES(low, high), second = HIGH_HALVES(low, high);
    low = first, high = second;
#elif LANES == 16
    const lanes first = LOW_HALVES(low, high), second = HIGH_HALVES(low, high); /* quads 0 1 of low, 0 1 of high */
    low = PICK(first, first, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15);
    high = PICK(second, second, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15);
#endif
    store(to, low);
    store(to + LANES, high);
}

#endif

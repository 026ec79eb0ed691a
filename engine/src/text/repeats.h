/* repeats.h - what came behind the last time that the last bytes were the same, and how often that came true. */
#ifndef LN_REPEATS_H
#define LN_REPEATS_H

#include "text/logistic.h"

#define LN_REMEMBERED (1u << 23) /* bytes of the text that repeats are looked for in */
#define LN_STARTS (1u << 19)     /* places where one may be */
#define LN_REPEAT_CLASSES 32     /* of how long a repeat is */
#define LN_INPUTS_OF_REPEATS 2

typedef struct {
    uint8_t bytes[LN_REMEMBERED]; /* a ring */
    uint64_t count;               /* of bytes so far */
} ln_past;

typedef struct {
    uint64_t starts[LN_STARTS]; /* how many bytes there were where these last came */
    uint32_t least;             /* bytes that must be the same */
    uint32_t length;            /* of the repeat; 0: there is none */
    uint64_t place;             /* of the byte that would come */
    uint16_t came_true[LN_REPEAT_CLASSES];
    uint32_t expected;          /* the byte that would come, where there is a repeat */
} ln_repeats;

void ln_repeats_init(ln_repeats *repeats, uint32_t least);

/* Goes on to the byte behind all of `past`. */
void ln_repeats_move(ln_repeats *repeats, const ln_past *past);

/* The class of its length, 1..31, where a repeat expects what came of this byte, `node` (its bits behind a 1); else 0. */
uint32_t ln_repeats_class(const ln_repeats *repeats, uint32_t node, int bits_left);

/* Two log-odds of the next bit. */
void ln_repeats_tell(const ln_repeats *repeats, const ln_logistic *logistic, uint32_t node, int bits_left, int32_t *inputs);
void ln_repeats_learn(ln_repeats *repeats, uint32_t node, int bits_left, int bit);

#endif

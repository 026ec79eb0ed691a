/* mixer.h - one likelihood of the next bit from many: sums of log-odds with weights that learn from every bit.
 *
 * Several rows of weights, each chosen by something else that is known, add up the same inputs; one more row adds up
 * what they say. Source: M. Mahoney, "Adaptive weighing of context models for lossless data compression", 2005. */
#ifndef LN_MIXER_H
#define LN_MIXER_H

#include "text/logistic.h"

#define LN_INPUTS 44
#define LN_ROWS_AT_ONCE 4
#define LN_ROWS 256 /* to choose from, at most */

typedef struct {
    int32_t weights[LN_ROWS_AT_ONCE][LN_ROWS][LN_INPUTS]; /* of 65536 */
    int32_t last[LN_ROWS][LN_ROWS_AT_ONCE];
    uint32_t chosen[LN_ROWS_AT_ONCE], chosen_last;
    int32_t said[LN_ROWS_AT_ONCE]; /* log-odds */
    int32_t odds;                  /* of all */
} ln_mixer;

/* The first `count` inputs begin with these weights, all others with `rest`. */
void ln_mixer_init(ln_mixer *mixer, const int32_t *first, uint32_t count, int32_t rest);

/* Log-odds of a 1; chosen[i] < LN_ROWS is the row of the i-th weights, the first also that of the last sum. */
int32_t ln_mixer_mix(ln_mixer *mixer, const int32_t *inputs, const uint32_t *chosen);
void ln_mixer_learn(ln_mixer *mixer, const ln_logistic *logistic, const int32_t *inputs, int bit);

#define LN_STOPS 33 /* log-odds at which a correction is learned, 176 apart */

/* What log-odds really meant in each of some contexts: learned at stops, straight between them. */
typedef struct {
    uint16_t (*stops)[LN_STOPS]; /* of each context */
    uint16_t *nearest;           /* the one that learns from the next bit */
} ln_correction;

void ln_correction_init(ln_correction *correction, const ln_logistic *logistic, uint16_t (*stops)[LN_STOPS], uint32_t contexts);

/* A likelihood of 0..65535. */
int32_t ln_correction_of(ln_correction *correction, int32_t odds, uint32_t context);
void ln_correction_learn(ln_correction *correction, int bit);

#endif

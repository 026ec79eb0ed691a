/* logistic.h - likelihoods of a bit and their log-odds, both whole numbers: what mixer.h adds up.
 * A likelihood is one of 65536 parts, 1..65535; log-odds are multiples of 1/256, -11..11. */
#ifndef LN_LOGISTIC_H
#define LN_LOGISTIC_H

#include <stdint.h>

#define LN_PARTS 65536     /* of a likelihood */
#define LN_FARTHEST 2816   /* log-odds of 11: e^-11 is just above one of 65536 parts */

typedef struct {
    int16_t odds[LN_PARTS];                    /* log-odds of each likelihood */
    uint16_t likelihood[2 * LN_FARTHEST + 1];  /* of each log-odds */
} ln_logistic;

void ln_logistic_init(ln_logistic *logistic);

/* At least one part each way, so that every bit can be coded. */
static inline int32_t ln_possible(int32_t likelihood) {
    return likelihood < 1 ? 1 : likelihood > LN_PARTS - 1 ? LN_PARTS - 1 : likelihood;
}

static inline int32_t ln_within_odds(int32_t odds) {
    return odds < -LN_FARTHEST ? -LN_FARTHEST : odds > LN_FARTHEST ? LN_FARTHEST : odds;
}

static inline int32_t ln_likelihood(const ln_logistic *logistic, int32_t odds) {
    return logistic->likelihood[odds + LN_FARTHEST];
}

/* Moves a likelihood by 2^-rate of the way to what came; it stays within 0..65535. */
static inline void ln_approach(uint16_t *likelihood, int bit, int rate) {
    const int32_t p = *likelihood;
    *likelihood = (uint16_t)(bit ? p + ((LN_PARTS - 1 - p) >> rate) : p - (p >> rate));
}

#endif

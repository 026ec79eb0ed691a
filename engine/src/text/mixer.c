/* mixer.c - sums of 32 bits: with weights below 2^18 in magnitude and inputs up to 2816 no sum of 44 leaves them. */
#include "text/mixer.h"

#include <assert.h>
#include <string.h>

#define MOST_WEIGHT ((1 << 18) - 1)
#define RATE 8
#define RATE_LAST 2
#define APART (2 * LN_FARTHEST / (LN_STOPS - 1))
#define CORRECTION_RATE 6

static_assert((int64_t)((MOST_WEIGHT >> 4) + 1) * LN_FARTHEST * LN_INPUTS <= INT32_MAX, "a sum must fit");
static_assert(APART * (LN_STOPS - 1) == 2 * LN_FARTHEST, "stops must lie evenly");

void ln_mixer_init(ln_mixer *mixer, const int32_t *first, uint32_t count, int32_t rest) {
    memset(mixer, 0, sizeof *mixer);
    for (uint32_t row = 0; row < LN_ROWS; row++) {
        for (uint32_t i = 0; i < LN_ROWS_AT_ONCE; i++) {
            for (uint32_t j = 0; j < LN_INPUTS; j++) mixer->weights[i][row][j] = j < count ? first[j] : rest;
            mixer->last[row][i] = 65536 / LN_ROWS_AT_ONCE;
        }
    }
}

static int32_t sum(const int32_t *weights, const int32_t *inputs, uint32_t count) {
    int32_t total = 0;
    for (uint32_t i = 0; i < count; i++) total += (weights[i] >> 4) * inputs[i];
    return ln_within_odds(total >> 12);
}

/* `missing` is what the likelihood lacked, less than 2^16 in magnitude, times a rate of 8 or less. */
static void learn(int32_t *weights, const int32_t *inputs, uint32_t count, int32_t missing) {
    const int32_t part = missing >> 4;
    for (uint32_t i = 0; i < count; i++) {
        const int32_t weight = weights[i] + ((inputs[i] * part + (1 << 13)) >> 14);
        weights[i] = weight > MOST_WEIGHT ? MOST_WEIGHT : weight < -MOST_WEIGHT ? -MOST_WEIGHT : weight;
    }
}

int32_t ln_mixer_mix(ln_mixer *mixer, const int32_t *inputs, const uint32_t *chosen) {
    for (uint32_t i = 0; i < LN_ROWS_AT_ONCE; i++) {
        mixer->chosen[i] = chosen[i];
        mixer->said[i] = sum(mixer->weights[i][chosen[i]], inputs, LN_INPUTS);
    }
    mixer->odds = sum(mixer->last[chosen[0]], mixer->said, LN_ROWS_AT_ONCE);
    return mixer->odds;
}

void ln_mixer_learn(ln_mixer *mixer, const ln_logistic *logistic, const int32_t *inputs, int bit) {
    const int32_t came = bit ? LN_PARTS : 0;
    int32_t missing = came - ln_likelihood(logistic, mixer->odds);
    learn(mixer->last[mixer->chosen[0]], mixer->said, LN_ROWS_AT_ONCE, RATE_LAST * missing);
    for (uint32_t i = 0; i < LN_ROWS_AT_ONCE; i++) {
        missing = came - ln_likelihood(logistic, mixer->said[i]);
        learn(mixer->weights[i][mixer->chosen[i]], inputs, LN_INPUTS, RATE * missing);
    }
}

void ln_correction_init(ln_correction *correction, const ln_logistic *logistic, uint16_t (*stops)[LN_STOPS], uint32_t contexts) {
    correction->stops = stops;
    correction->nearest = stops[0];
    for (uint32_t i = 0; i < contexts; i++)
        for (int32_t stop = 0; stop < LN_STOPS; stop++)
            stops[i][stop] = (uint16_t)ln_likelihood(logistic, stop * APART - LN_FARTHEST);
}

int32_t ln_correction_of(ln_correction *correction, int32_t odds, uint32_t context) {
    const int32_t place = odds + LN_FARTHEST, low = place == 2 * LN_FARTHEST ? LN_STOPS - 2 : place / APART;
    const int32_t beyond = place - low * APART;
    uint16_t *stops = correction->stops[context];
    correction->nearest = &stops[low + (2 * beyond >= APART)];
    return (stops[low] * (APART - beyond) + stops[low + 1] * beyond) / APART;
}

void ln_correction_learn(ln_correction *correction, int bit) { ln_approach(correction->nearest, bit, CORRECTION_RATE); }

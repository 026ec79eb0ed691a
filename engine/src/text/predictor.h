/* predictor.h - how likely the next bit of a text is a 1: what a network says, mixed with what the text itself showed.
 *
 * All is whole numbers, so every machine finds the same. How bits become bytes of a file is coder.c's business. */
#ifndef LN_PREDICTOR_H
#define LN_PREDICTOR_H

#include "text/counts.h"
#include "text/mixer.h"
#include "text/repeats.h"

#define LN_CONTEXTS 12
#define LN_ORDERS 6 /* of them are the last 1 to 6 bytes */

typedef struct {
    uint32_t shares[512]; /* [256 + byte]: its share; [node]: the sum of all bytes that begin with its bits */
    uint32_t likeliest;
    uint32_t trust;       /* 0..7: the share of the likeliest byte, of 8 */
} ln_network_says;

typedef struct {
    ln_logistic logistic;
    ln_counts counts[LN_CONTEXTS];
    ln_past past;
    ln_repeats repeats[2];
    ln_mixer mixer;
    uint16_t network_stops[256][LN_STOPS], network_behind_stops[65536][LN_STOPS]; /* by the bits so far; and the byte before */
    uint16_t last_stops[256][LN_STOPS], last_behind_stops[65536][LN_STOPS];
    ln_correction network, network_behind, last, last_behind;
    ln_network_says says;
    uint64_t before;            /* the last eight bytes, the last one lowest */
    uint32_t word, word_before; /* hashes; word is 0 between words */
    uint32_t contexts[LN_CONTEXTS];
    uint32_t node;              /* the bits of this byte so far, behind a 1 */
    int32_t inputs[LN_INPUTS];
} ln_predictor;

/* At rest; writes all that is read later. */
void ln_predictor_init(ln_predictor *predictor);

/* Begins a byte. codes[i] + 1 is the share of the byte symbols[i], and at least 1; a byte that is no symbol has 1/16. */
void ln_predictor_begin(ln_predictor *predictor, const int16_t *codes, const uint8_t *symbols, uint32_t count);

/* Of 65536, 1..65535. */
int32_t ln_predictor_likelihood(ln_predictor *predictor);

/* Learns what the bit was; behind the eighth, the byte is part of the text. */
void ln_predictor_learn(ln_predictor *predictor, int bit);

#endif

/* counts.h - what came behind each of many contexts: hashed tables of bits. Which contexts there are, predictor.c says.
 *
 * A byte is told bit by bit, the highest first. Each half of it, with what came before, is a place in a table; it has
 * fifteen slots, one for each beginning of the half. A slot counts how likely a 1 is and remembers the last bits. */
#ifndef LN_COUNTS_H
#define LN_COUNTS_H

#include "text/logistic.h"

#define LN_PLACES (1u << 16) /* of one context's table */
#define LN_INPUTS_OF_COUNTS 3
#define LN_AGES 4            /* classes of how often a slot was seen */

typedef struct {
    int16_t lean;    /* likelihood of a 1, less a half */
    uint8_t seen;    /* how often, up to LN_MOST_SEEN */
    uint8_t history; /* a 1, then the last bits, up to seven; 0 before the first */
} ln_slot;

typedef struct {
    uint16_t check; /* of the context that has this place; 0: none */
    uint16_t unused;
    ln_slot slots[15];
} ln_place;

typedef struct {
    ln_place places[LN_PLACES];
    uint16_t of_history[256][LN_AGES]; /* how likely a 1 was behind each history */
    ln_slot *half;                     /* the slots of this half of a byte */
} ln_counts;

/* Everything of `counts` is written. */
void ln_counts_init(ln_counts *counts);

/* Goes to the place of a hash, for half a byte. Where another context has it, the one of two that was seen less gives way. */
void ln_counts_find(ln_counts *counts, uint32_t hash);

/* Three log-odds for the bit behind `node`, 1..15, the bits of this half behind a 1. */
void ln_counts_tell(const ln_counts *counts, const ln_logistic *logistic, uint32_t node, int32_t *inputs);
void ln_counts_learn(ln_counts *counts, uint32_t node, int bit);

/* Whether this half of a byte came before behind this context. */
static inline int ln_counts_know(const ln_counts *counts) { return counts->half[0].seen != 0; }

#endif

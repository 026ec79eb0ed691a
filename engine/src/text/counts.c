/* counts.c - slots of bits and their places. */
#include "text/counts.h"

#include <string.h>

#define HALF (LN_PARTS / 2)
#define MOST_SEEN 250
#define MOST_TRUSTED 30  /* how often a slot must be seen until its own likelihood is believed in full */
#define HISTORY_RATE 6

void ln_counts_init(ln_counts *counts) {
    memset(counts->places, 0, sizeof counts->places);
    counts->half = counts->places[0].slots;
    for (int32_t history = 0; history < 256; history++) { /* each bit counts twice, beside one of each */
        int32_t ones = 1, all = 2;
        for (int32_t rest = history; rest > 1; rest >>= 1) ones += 2 * (rest & 1), all += 2;
        for (int age = 0; age < LN_AGES; age++) counts->of_history[history][age] = (uint16_t)(LN_PARTS * ones / all);
    }
}

void ln_counts_find(ln_counts *counts, uint32_t hash) {
    const uint16_t low = (uint16_t)(hash & 0xFFFF), check = low == 0 ? 1 : low;
    ln_place *first = &counts->places[hash >> 16], *second = &counts->places[(hash >> 16) ^ 1];
    ln_place *found = first->check == check ? first : second->check == check ? second : NULL;
    if (found == NULL) {
        found = second->slots[0].seen < first->slots[0].seen ? second : first;
        memset(found, 0, sizeof *found);
        found->check = check;
    }
    counts->half = found->slots;
}

static int age_of(const ln_slot *slot) { return (slot->seen > 2) + (slot->seen > 8) + (slot->seen > 30); }

void ln_counts_tell(const ln_counts *counts, const ln_logistic *logistic, uint32_t node, int32_t *inputs) {
    const ln_slot *slot = &counts->half[node - 1];
    if (slot->seen == 0) {
        inputs[0] = inputs[1] = inputs[2] = 0;
        return;
    }
    const int32_t trust = slot->seen < MOST_TRUSTED ? slot->seen : MOST_TRUSTED;
    inputs[0] = logistic->odds[slot->lean + HALF];
    inputs[1] = logistic->odds[counts->of_history[slot->history][age_of(slot)]];
    inputs[2] = (slot->lean * trust) >> 10; /* within 960 */
}

void ln_counts_learn(ln_counts *counts, uint32_t node, int bit) {
    ln_slot *slot = &counts->half[node - 1];
    if (slot->seen != 0) ln_approach(&counts->of_history[slot->history][age_of(slot)], bit, HISTORY_RATE);
    /* 10 / (10 n + 16) of the way: nearly the mean of what came. |missing * 10| < 2^20 */
    const int32_t missing = (bit ? HALF - 1 : -HALF) - slot->lean;
    slot->lean = (int16_t)(slot->lean + missing * 10 / (10 * slot->seen + 16));
    if (slot->seen < MOST_SEEN) slot->seen++;
    const uint32_t history = (slot->history == 0 ? 1u : slot->history) << 1 | (uint32_t)bit;
    slot->history = (uint8_t)(history > 255 ? 128 | (history & 127) : history);
}

/* repeats.c - the longest repeat is not looked for: the last one is, and it is left at the first byte that differs. */
#include "text/repeats.h"

#include <string.h>

#define LONGEST_COMPARED 400
#define RATE 6

static uint8_t at(const ln_past *past, uint64_t place) { return past->bytes[place % LN_REMEMBERED]; }

void ln_repeats_init(ln_repeats *repeats, uint32_t least) {
    memset(repeats, 0, sizeof *repeats);
    repeats->least = least;
    for (int32_t i = 0; i < LN_REPEAT_CLASSES; i++) repeats->came_true[i] = (uint16_t)(LN_PARTS - LN_PARTS / (i + 2));
}

static uint32_t start_of(const ln_past *past, uint32_t least) {
    uint32_t hash = 0;
    for (uint32_t i = 1; i <= least; i++) hash = (hash + at(past, past->count - i) + 1) * 0x2F0B4C47u;
    return ((hash ^ hash >> 15) * 0x9E3779B1u) >> 13;
}

/* How many bytes before `place` are those before the end, while both are remembered. */
static uint32_t length_at(const ln_past *past, uint64_t place) {
    uint32_t length = 0;
    const uint64_t apart = past->count - place;
    while (length < LONGEST_COMPARED && length < place && apart + length < LN_REMEMBERED &&
           at(past, place - 1 - length) == at(past, past->count - 1 - length))
        length++;
    return length;
}

void ln_repeats_move(ln_repeats *repeats, const ln_past *past) {
    if (past->count < repeats->least) return;
    const uint32_t start = start_of(past, repeats->least);
    if (repeats->length > 0 && repeats->expected == at(past, past->count - 1)) {
        repeats->place++;
        if (repeats->length < LONGEST_COMPARED) repeats->length++;
    } else {
        repeats->place = repeats->starts[start];
        repeats->length = repeats->place == 0 ? 0 : length_at(past, repeats->place);
        if (repeats->length < repeats->least) repeats->length = 0;
    }
    if (repeats->length > 0) repeats->expected = at(past, repeats->place);
    repeats->starts[start] = past->count;
}

uint32_t ln_repeats_class(const ln_repeats *repeats, uint32_t node, int bits_left) {
    const uint32_t length = repeats->length;
    if (length == 0 || (repeats->expected + 256) >> bits_left != node) return 0;
    if (length < 16) return length;
    if (length < 24) return 16 + (length - 16) / 4;
    if (length < 64) return 18 + (length - 24) / 8;
    return length < LONGEST_COMPARED ? 23 + (length - 64) / 64 : 30;
}

static int expected_bit(const ln_repeats *repeats, int bits_left) {
    return (int)(repeats->expected >> (bits_left - 1) & 1);
}

void ln_repeats_tell(const ln_repeats *repeats, const ln_logistic *logistic, uint32_t node, int bits_left, int32_t *inputs) {
    const uint32_t class = ln_repeats_class(repeats, node, bits_left);
    const int32_t likely = class == 0 ? LN_PARTS / 2 : repeats->came_true[class];
    const int32_t sign = expected_bit(repeats, bits_left) ? 1 : -1;
    inputs[0] = class == 0 ? 0 : sign * logistic->odds[likely];
    inputs[1] = sign * ((likely - LN_PARTS / 2) >> 5); /* within 1024 */
}

void ln_repeats_learn(ln_repeats *repeats, uint32_t node, int bits_left, int bit) {
    const uint32_t class = ln_repeats_class(repeats, node, bits_left);
    if (class == 0) return;
    ln_approach(&repeats->came_true[class], bit == expected_bit(repeats, bits_left), RATE);
    if (bit != expected_bit(repeats, bits_left)) repeats->length = 0;
}

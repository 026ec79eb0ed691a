/* predictor.c - read ln_predictor_likelihood first. */
#include "text/predictor.h"

#include <assert.h>
#include <string.h>

#define KNOWN_SHARE 16u /* times what a byte has that is no symbol of the network */
#define SHORT_REPEAT 6u
#define LONG_REPEAT 12u
#define OF_NETWORK 3u /* inputs */
#define ALWAYS 128    /* the last input: a leaning of its own */

static_assert(OF_NETWORK + LN_INPUTS_OF_COUNTS * LN_CONTEXTS + 2 * LN_INPUTS_OF_REPEATS + 1 == LN_INPUTS, "all inputs");

void ln_predictor_init(ln_predictor *predictor) {
    static const int32_t of_network[OF_NETWORK] = {39322, 13107, 13107}; /* 0.6, 0.2, 0.2 */
    const ln_logistic *logistic = &predictor->logistic;
    ln_logistic_init(&predictor->logistic);
    for (uint32_t i = 0; i < LN_CONTEXTS; i++) ln_counts_init(&predictor->counts[i]);
    predictor->past.count = 0;
    ln_repeats_init(&predictor->repeats[0], SHORT_REPEAT);
    ln_repeats_init(&predictor->repeats[1], LONG_REPEAT);
    ln_mixer_init(&predictor->mixer, of_network, OF_NETWORK, 7864); /* 0.12 */
    ln_correction_init(&predictor->network, logistic, predictor->network_stops, 256);
    ln_correction_init(&predictor->network_behind, logistic, predictor->network_behind_stops, 65536);
    ln_correction_init(&predictor->last, logistic, predictor->last_stops, 256);
    ln_correction_init(&predictor->last_behind, logistic, predictor->last_behind_stops, 65536);
    predictor->before = 0;
    predictor->word = predictor->word_before = 0;
    predictor->node = 1;
}

static uint32_t hash_of(uint32_t a, uint32_t b) {
    uint32_t hash = (a * 0x9E3779B1u) ^ ((b + 0x7F4A7C15u) * 0x85EBCA6Bu);
    hash = (hash ^ hash >> 15) * 0x2C1B3C6Du;
    return (hash ^ hash >> 13) * 0x297A2D39u;
}

static void hear_network(ln_network_says *says, const int16_t *codes, const uint8_t *symbols, uint32_t count) {
    uint32_t *shares = says->shares; /* at most 256 * 16 * 2^15 = 2^27 */
    for (uint32_t i = 256; i < 512; i++) shares[i] = 1;
    for (uint32_t i = 0; i < count; i++) shares[256 + symbols[i]] = KNOWN_SHARE * (uint32_t)((codes[i] < 0 ? 0 : codes[i]) + 1);
    for (uint32_t i = 255; i > 0; i--) shares[i] = shares[2 * i] + shares[2 * i + 1];
    says->likeliest = 0;
    for (uint32_t i = 1; i < 256; i++)
        if (shares[256 + i] > shares[256 + says->likeliest]) says->likeliest = i;
    says->trust = 8 * shares[256 + says->likeliest] / shares[1];
}

/* The last 1 to 6 bytes; this word, with the one before; what the network expects; all; bytes with gaps between them. */
static void find_contexts(ln_predictor *predictor) {
    const uint32_t low = (uint32_t)predictor->before, high = (uint32_t)(predictor->before >> 32), last = low & 0xFF;
    uint32_t *contexts = predictor->contexts;
    contexts[0] = hash_of(1, last);
    contexts[1] = hash_of(2, low & 0xFFFF);
    contexts[2] = hash_of(3, low & 0xFFFFFF);
    contexts[3] = hash_of(4, low);
    contexts[4] = hash_of(5 + low, high & 0xFF);
    contexts[5] = hash_of(6 + low * 3, high & 0xFFFF);
    contexts[6] = hash_of(7, predictor->word + last);
    contexts[7] = hash_of(predictor->word * 5 + last, predictor->word_before + 8);
    contexts[8] = hash_of(9 + (predictor->says.likeliest << 8), last);
    contexts[9] = hash_of(10, 0);
    contexts[10] = hash_of(11, low & 0xFF00FF00u);
    contexts[11] = hash_of(12, low & 0xFFFF00);
}

static void find_places(ln_predictor *predictor) {
    for (uint32_t i = 0; i < LN_CONTEXTS; i++) {
        const uint32_t context = predictor->contexts[i];
        ln_counts_find(&predictor->counts[i], predictor->node == 1 ? context : hash_of(context, predictor->node));
    }
}

void ln_predictor_begin(ln_predictor *predictor, const int16_t *codes, const uint8_t *symbols, uint32_t count) {
    hear_network(&predictor->says, codes, symbols, count);
    find_contexts(predictor);
    for (uint32_t i = 0; i < 2; i++) ln_repeats_move(&predictor->repeats[i], &predictor->past);
    predictor->node = 1;
    find_places(predictor);
}

static int bits_so_far(uint32_t node) {
    int bits = 0;
    while (node >> (bits + 1) != 0) bits++;
    return bits;
}

/* The bits of this half of the byte, behind a 1. */
static uint32_t node_of_half(uint32_t node) {
    const int bits = bits_so_far(node);
    return bits < 4 ? node : (node & ((1u << (bits - 4)) - 1)) | 1u << (bits - 4);
}

static uint32_t with_byte_before(const ln_predictor *predictor) {
    return predictor->node | (uint32_t)(predictor->before & 0xFF) << 8;
}

static void ask_network(ln_predictor *predictor, int32_t *inputs) {
    const uint32_t node = predictor->node, *shares = predictor->says.shares;
    const int32_t one = ln_possible((int32_t)(((uint64_t)shares[2 * node + 1] << 16) / shares[node]));
    const int16_t *odds = predictor->logistic.odds;
    inputs[0] = odds[one];
    inputs[1] = odds[ln_correction_of(&predictor->network, inputs[0], node)];
    inputs[2] = odds[ln_correction_of(&predictor->network_behind, inputs[0], with_byte_before(predictor))];
}

static void choose_rows(const ln_predictor *predictor, uint32_t chosen[LN_ROWS_AT_ONCE]) {
    const uint32_t node = predictor->node;
    const int bits = bits_so_far(node), bits_left = 8 - bits;
    uint32_t order = 0, repeat = ln_repeats_class(&predictor->repeats[0], node, bits_left);
    for (uint32_t i = 0; i < LN_ORDERS; i++)
        if (ln_counts_know(&predictor->counts[i])) order = i + 1;
    if (repeat > 0) repeat = 1 + repeat / 4;
    const uint32_t longer = ln_repeats_class(&predictor->repeats[1], node, bits_left);
    if (longer > 0) repeat = 8 + longer / 4;
    const uint32_t as_network = (predictor->says.likeliest + 256) >> bits_left == node;
    chosen[0] = node;
    chosen[1] = (uint32_t)(predictor->before & 0xFF);
    chosen[2] = repeat * 8 + order;
    chosen[3] = as_network * 64 + predictor->says.trust * 8 + (uint32_t)bits;
}

int32_t ln_predictor_likelihood(ln_predictor *predictor) {
    const ln_logistic *logistic = &predictor->logistic;
    const uint32_t node = predictor->node, half = node_of_half(node);
    const int bits_left = 8 - bits_so_far(node);
    int32_t *inputs = predictor->inputs;
    ask_network(predictor, inputs);
    inputs += OF_NETWORK;
    for (uint32_t i = 0; i < LN_CONTEXTS; i++, inputs += LN_INPUTS_OF_COUNTS)
        ln_counts_tell(&predictor->counts[i], logistic, half, inputs);
    for (uint32_t i = 0; i < 2; i++, inputs += LN_INPUTS_OF_REPEATS)
        ln_repeats_tell(&predictor->repeats[i], logistic, node, bits_left, inputs);
    *inputs = ALWAYS;
    uint32_t chosen[LN_ROWS_AT_ONCE];
    choose_rows(predictor, chosen);
    const int32_t odds = ln_mixer_mix(&predictor->mixer, predictor->inputs, chosen);
    const int32_t corrected = ln_correction_of(&predictor->last, odds, node) +
                              ln_correction_of(&predictor->last_behind, odds, with_byte_before(predictor));
    return ln_possible((2 * ln_likelihood(logistic, odds) + corrected) / 4);
}

static void end_byte(ln_predictor *predictor) {
    const uint32_t byte = predictor->node & 0xFF, small = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
    predictor->past.bytes[predictor->past.count % LN_REMEMBERED] = (uint8_t)byte;
    predictor->past.count++;
    predictor->before = predictor->before << 8 | byte;
    predictor->node = 1;
    if ((small >= 'a' && small <= 'z') || small >= 128) {
        predictor->word = (predictor->word + small + 1) * 0x2F0B4C47u;
    } else if (predictor->word != 0) {
        predictor->word_before = predictor->word;
        predictor->word = 0;
    }
}

void ln_predictor_learn(ln_predictor *predictor, int bit) {
    const uint32_t node = predictor->node, half = node_of_half(node);
    const int bits_left = 8 - bits_so_far(node);
    ln_mixer_learn(&predictor->mixer, &predictor->logistic, predictor->inputs, bit);
    ln_correction_learn(&predictor->last, bit);
    ln_correction_learn(&predictor->last_behind, bit);
    ln_correction_learn(&predictor->network, bit);
    ln_correction_learn(&predictor->network_behind, bit);
    for (uint32_t i = 0; i < LN_CONTEXTS; i++) ln_counts_learn(&predictor->counts[i], half, bit);
    for (uint32_t i = 0; i < 2; i++) ln_repeats_learn(&predictor->repeats[i], node, bits_left, bit);
    predictor->node = node << 1 | (uint32_t)bit;
    if (bits_left == 5) find_places(predictor);
    if (bits_left == 1) end_byte(predictor);
}

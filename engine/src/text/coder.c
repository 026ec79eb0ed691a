/* coder.c - the bits of a text as few bytes, and back: an arithmetic coder of bits, and what linnet.h promises of texts.
 *
 * What can still come is the numbers from `low` to `high`; each bit takes one part of them. Source: I. Witten, R. Neal,
 * J. Cleary, "Arithmetic coding for data compression", 1987, with whole bytes written as in M. Mahoney's coders. */
#include <string.h>

#include "linnet/linnet.h"
#include "text/predictor.h"

#define AT_ONCE 4u /* bytes of the number that is read */

struct linnet_text {
    ln_predictor predictor;
    uint8_t symbols[256];
    uint32_t symbol_count;
    uint32_t low, high, value; /* value: the number that is read */
    uint8_t *packed;           /* written to; NULL: read, or only counted */
    const uint8_t *to_read;
    size_t capacity, place;
};

size_t linnet_text_size(void) { return sizeof(linnet_text); }

static int are_symbols(const uint8_t *symbols, uint32_t count) {
    uint8_t there[256] = {0};
    if (symbols == NULL || count == 0 || count > 256) return 0;
    for (uint32_t i = 0; i < count; i++)
        if (there[symbols[i]]++) return 0;
    return 1;
}

int linnet_text_init(void *memory, size_t memory_bytes, const uint8_t *symbols, uint32_t count, linnet_text **text) {
    if (memory == NULL || text == NULL || (uintptr_t)memory % LINNET_ALIGNMENT != 0 || !are_symbols(symbols, count))
        return LINNET_ERROR_ARGUMENT;
    if (memory_bytes < sizeof(linnet_text)) return LINNET_ERROR_MEMORY;
    linnet_text *made = memory;
    ln_predictor_init(&made->predictor);
    memset(made->symbols, 0, sizeof made->symbols);
    memcpy(made->symbols, symbols, count);
    made->symbol_count = count;
    *text = made;
    return linnet_text_write(made, NULL, 0);
}

static void begin(linnet_text *text, uint8_t *packed, const uint8_t *to_read, size_t capacity) {
    text->low = 0, text->high = UINT32_MAX, text->value = 0;
    text->packed = packed, text->to_read = to_read;
    text->capacity = capacity, text->place = 0;
}

int linnet_text_write(linnet_text *text, uint8_t *packed, size_t capacity) {
    if (text == NULL || (packed == NULL && capacity != 0)) return LINNET_ERROR_ARGUMENT;
    begin(text, packed, NULL, capacity);
    return LINNET_OK;
}

static void put(linnet_text *text, uint32_t byte) {
    if (text->place < text->capacity) text->packed[text->place] = (uint8_t)byte;
    text->place++;
}

/* Behind the end come zeros, and are counted. */
static uint32_t take(linnet_text *text) {
    const uint32_t byte = text->place < text->capacity ? text->to_read[text->place] : 0;
    text->place++;
    return byte;
}

int linnet_text_read(linnet_text *text, const uint8_t *packed, size_t packed_bytes) {
    if (text == NULL || packed == NULL) return LINNET_ERROR_ARGUMENT;
    begin(text, NULL, packed, packed_bytes);
    for (uint32_t i = 0; i < AT_ONCE; i++) text->value = text->value << 8 | take(text);
    return LINNET_OK;
}

/* The last number of the part of a 1. */
static uint32_t middle(const linnet_text *text, int32_t likelihood) {
    return text->low + (uint32_t)(((uint64_t)(text->high - text->low) * (uint32_t)likelihood) >> 16);
}

static int settled(const linnet_text *text) { return (text->low ^ text->high) >> 24 == 0; }

static void narrow(linnet_text *text, uint32_t last_of_one, int bit) {
    if (bit) text->high = last_of_one;
    else text->low = last_of_one + 1;
}

static void widen(linnet_text *text) {
    text->low <<= 8;
    text->high = text->high << 8 | 0xFF;
}

static void write_bit(linnet_text *text, int bit) {
    narrow(text, middle(text, ln_predictor_likelihood(&text->predictor)), bit);
    for (; settled(text); widen(text)) put(text, text->high >> 24);
    ln_predictor_learn(&text->predictor, bit);
}

static int read_bit(linnet_text *text) {
    const uint32_t last_of_one = middle(text, ln_predictor_likelihood(&text->predictor));
    const int bit = text->value <= last_of_one;
    narrow(text, last_of_one, bit);
    for (; settled(text); widen(text)) text->value = text->value << 8 | take(text);
    ln_predictor_learn(&text->predictor, bit);
    return bit;
}

int linnet_text_encode(linnet_text *text, const int16_t *codes, const uint8_t *content, size_t bytes) {
    if (text == NULL || ((codes == NULL || content == NULL) && bytes != 0) || text->to_read != NULL) return LINNET_ERROR_ARGUMENT;
    for (size_t i = 0; i < bytes; i++) {
        ln_predictor_begin(&text->predictor, codes + i * text->symbol_count, text->symbols, text->symbol_count);
        for (int bit = 7; bit >= 0; bit--) write_bit(text, content[i] >> bit & 1);
    }
    return LINNET_OK;
}

int linnet_text_decode(linnet_text *text, const int16_t *codes, uint8_t *byte) {
    if (text == NULL || codes == NULL || byte == NULL || text->to_read == NULL) return LINNET_ERROR_ARGUMENT;
    ln_predictor_begin(&text->predictor, codes, text->symbols, text->symbol_count);
    uint32_t read = 0;
    for (int bit = 0; bit < 8; bit++) read = read << 1 | (uint32_t)read_bit(text);
    *byte = (uint8_t)read;
    return LINNET_OK;
}

/* The number that ends a block: of those that can still come, the one with the fewest bytes before zeros; how many, 0..4. */
static uint32_t bytes_of_end(const linnet_text *text, uint32_t *number) {
    uint32_t bytes = 0;
    for (;; bytes++) {
        const uint64_t step = (uint64_t)1 << (32 - 8 * bytes), up = (text->low + step - 1) / step * step;
        if (up > text->high) continue;
        *number = (uint32_t)up;
        return bytes;
    }
}

int linnet_text_end(linnet_text *text, size_t *packed_bytes) {
    if (text == NULL || packed_bytes == NULL) return LINNET_ERROR_ARGUMENT;
    uint32_t number;
    const uint32_t bytes = bytes_of_end(text, &number);
    int status = LINNET_OK;
    if (text->to_read == NULL) {
        for (uint32_t i = 0; i < bytes; i++) put(text, number >> (24 - 8 * i) & 0xFF);
        *packed_bytes = text->place;
    } else {
        *packed_bytes = text->place - AT_ONCE + bytes;
        if (text->value != number || *packed_bytes != text->capacity) status = LINNET_ERROR_CHECKSUM;
    }
    begin(text, NULL, NULL, 0);
    return status;
}

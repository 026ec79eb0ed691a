/* test_text.c - a text becomes few bytes and comes back, the same on every machine; damaged bytes are read without harm. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"

#define SYMBOLS 40u
#define MOST 4000u

#define PINNED_SIZE 1494u
#define PINNED_DIGEST 0xa15bda34u

static const uint8_t symbols[] = "\n abcdefghijklmnopqrstuvwxyz,.;:!?012345";
static uint8_t content[MOST], back[MOST], packed[2 * MOST];
static int16_t codes[MOST][SYMBOLS];
static void *memory;

static linnet_text *begun(void) {
    linnet_text *text = NULL;
    CHECK(linnet_text_init(memory, linnet_text_size(), symbols, SYMBOLS, &text) == LINNET_OK);
    return text;
}

/* Words that come again, a few of any bytes, and a network that often knows: its largest code is that of the next symbol. */
static void draw_text(uint64_t seed, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        const uint32_t kind = draw(&seed) % 16;
        const uint8_t drawn = kind == 0 ? (uint8_t)draw(&seed) : symbols[draw(&seed) % SYMBOLS];
        content[i] = kind < 4 || i < 60 ? drawn : content[i - 57];
        for (uint32_t s = 0; s < SYMBOLS; s++) {
            codes[i][s] = (int16_t)draw_between(&seed, -5, 900);
            if (kind > 6 && content[i] == symbols[s]) codes[i][s] = INT16_MAX;
        }
    }
}

static size_t written(linnet_text *text, size_t first, size_t bytes, size_t capacity) {
    size_t size;
    CHECK(linnet_text_write(text, packed, capacity) == LINNET_OK);
    CHECK(linnet_text_encode(text, codes[first], content + first, bytes / 2) == LINNET_OK);
    CHECK(linnet_text_encode(text, codes[first + bytes / 2], content + first + bytes / 2, bytes - bytes / 2) == LINNET_OK);
    CHECK(linnet_text_end(text, &size) == LINNET_OK);
    return size;
}

static int reads(linnet_text *text, size_t first, size_t bytes, size_t size) {
    size_t taken;
    CHECK(linnet_text_read(text, packed, size) == LINNET_OK);
    for (size_t i = 0; i < bytes; i++) CHECK(linnet_text_decode(text, codes[first + i], &back[first + i]) == LINNET_OK);
    return linnet_text_end(text, &taken);
}

/* FNV-1a. */
static uint32_t digest(const uint8_t *bytes, size_t count) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static void the_bytes_are_the_same_on_every_machine(void) {
    draw_text(7, MOST);
    const size_t size = written(begun(), 0, MOST, sizeof packed);
    printf("%zu bytes, digest %08x\n", size, digest(packed, size));
    CHECK(size == PINNED_SIZE && digest(packed, size) == PINNED_DIGEST);
}

/* The first block coded, the second given to both sides, the third coded again. */
static void blocks_come_back(uint64_t seed, size_t bytes) {
    draw_text(seed, bytes);
    const size_t third = bytes / 3, rest = bytes - 2 * third;
    size_t sizes[2];
    linnet_text *text = begun();
    sizes[0] = written(text, 0, third, sizeof packed);
    CHECK(sizes[0] <= third + third / 4 + 8);
    CHECK(linnet_text_write(text, NULL, 0) == LINNET_OK);
    CHECK(linnet_text_encode(text, codes[third], content + third, third) == LINNET_OK);
    uint8_t *kept = malloc(sizeof packed);
    CHECK(kept != NULL);
    memcpy(kept, packed, sizes[0]);
    sizes[1] = written(text, 2 * third, rest, sizeof packed);
    uint8_t *last = malloc(sizeof packed);
    CHECK(last != NULL);
    memcpy(last, packed, sizes[1]);

    text = begun();
    memcpy(packed, kept, sizes[0]);
    CHECK(reads(text, 0, third, sizes[0]) == LINNET_OK);
    CHECK(linnet_text_write(text, NULL, 0) == LINNET_OK);
    CHECK(linnet_text_encode(text, codes[third], content + third, third) == LINNET_OK);
    memcpy(packed, last, sizes[1]);
    CHECK(reads(text, 2 * third, rest, sizes[1]) == LINNET_OK);
    CHECK(memcmp(back, content, third) == 0 && memcmp(back + 2 * third, content + 2 * third, rest) == 0);
    free(kept), free(last);
}

static void what_does_not_fit_is_counted(void) {
    draw_text(3, 300);
    const size_t whole = written(begun(), 0, 300, sizeof packed);
    memset(packed, 0xEE, sizeof packed);
    CHECK(written(begun(), 0, 300, 10) == whole);
    for (size_t i = 10; i < sizeof packed; i++) CHECK(packed[i] == 0xEE);
    CHECK(written(begun(), 0, 0, sizeof packed) == 0);
}

static int is_right(size_t bytes, size_t size) {
    return reads(begun(), 0, bytes, size) == LINNET_OK && memcmp(back, content, bytes) == 0;
}

/* By its end or by its content. */
static void every_change_of_the_end_is_noticed(void) {
    draw_text(5, 200);
    const size_t size = written(begun(), 0, 200, sizeof packed);
    CHECK(is_right(200, size));
    CHECK(!is_right(200, size - 1) && !is_right(200, size + 1));
    CHECK(strstr(linnet_status_text(LINNET_ERROR_CHECKSUM), "the block of text") != NULL);
    for (uint32_t bit = 0; bit < 32; bit++) {
        packed[size - 1 - bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!is_right(200, size));
        packed[size - 1 - bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void any_bytes_are_read(uint64_t seed) {
    draw_text(seed, MOST);
    for (size_t i = 0; i < sizeof packed; i++) packed[i] = (uint8_t)draw(&seed);
    (void)reads(begun(), 0, MOST, draw(&seed) % sizeof packed);
}

static void all_arguments_are_asked_for(void) {
    const uint8_t twice[] = {1, 2, 1};
    uint8_t byte;
    size_t size;
    linnet_text *text = begun();
    const size_t bytes = linnet_text_size();
    CHECK(linnet_text_init(NULL, bytes, symbols, SYMBOLS, &text) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_init((uint8_t *)memory + 1, bytes, symbols, SYMBOLS, &text) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_init(memory, bytes - 1, symbols, SYMBOLS, &text) == LINNET_ERROR_MEMORY);
    CHECK(linnet_text_init(memory, bytes, NULL, SYMBOLS, &text) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_init(memory, bytes, symbols, 0, &text) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_init(memory, bytes, symbols, 257, &text) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_init(memory, bytes, twice, 3, &text) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_init(memory, bytes, symbols, SYMBOLS, NULL) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_write(NULL, packed, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_write(text, NULL, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_encode(NULL, codes[0], content, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_encode(text, NULL, content, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_encode(text, codes[0], NULL, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_encode(text, NULL, NULL, 0) == LINNET_OK);
    CHECK(linnet_text_decode(text, codes[0], &byte) == LINNET_ERROR_ARGUMENT); /* nothing is read */
    CHECK(linnet_text_read(text, NULL, 0) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_read(NULL, packed, 0) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_read(text, packed, 0) == LINNET_OK);
    CHECK(linnet_text_encode(text, codes[0], content, 1) == LINNET_ERROR_ARGUMENT); /* nothing is written */
    CHECK(linnet_text_decode(NULL, codes[0], &byte) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_decode(text, NULL, &byte) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_decode(text, codes[0], NULL) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_end(NULL, &size) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_text_end(text, NULL) == LINNET_ERROR_ARGUMENT);
}

int main(int argc, char **argv) {
    uint64_t seed = seed_of(argc, argv);
    memory = aligned_block(linnet_text_size());
    memset(memory, 0xCD, linnet_text_size()); /* whatever was there before */
    the_bytes_are_the_same_on_every_machine();
    for (size_t bytes = 0; bytes < 7; bytes++) blocks_come_back(seed + bytes, bytes);
    for (size_t i = 0; i < 3; i++) blocks_come_back(draw(&seed) + 1u, MOST);
    what_does_not_fit_is_counted();
    every_change_of_the_end_is_noticed();
    any_bytes_are_read(draw(&seed) + 1u);
    all_arguments_are_asked_for();
    puts("all of it holds");
    return 0;
}

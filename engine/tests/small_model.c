/* small_model.c - writes the container byte by byte, apart from the reader under test. */
#define _POSIX_C_SOURCE 200112L
#include "small_model.h"

#include <string.h>

#include "check.h"
#include "api/model.h"

enum { U32 = 4, F32 = 6, TEXT = 8, I8 = 24, I16 = 25, I32 = 26 };

typedef struct writer {
    uint8_t *bytes;
    size_t at;
} writer;

typedef struct tensor {
    char name[16];
    uint32_t type, rows, columns; /* rows 0: a list */
    uint8_t data[1024];
    size_t size;
} tensor;

typedef struct tensors {
    tensor list[48];
    uint32_t count;
} tensors;

static void put(writer *w, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++) w->bytes[w->at++] = (uint8_t)(number >> (8 * i));
}

static void put_text(writer *w, const char *text) {
    put(w, strlen(text), 8);
    memcpy(w->bytes + w->at, text, strlen(text));
    w->at += strlen(text);
}

static void key_text(writer *w, const char *key, const char *text) {
    put_text(w, key);
    put(w, TEXT, 4);
    put_text(w, text);
}

static void key_u32(writer *w, const char *key, uint32_t number) {
    put_text(w, key);
    put(w, U32, 4);
    put(w, number, 4);
}

static void key_f32(writer *w, const char *key, float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_text(w, key);
    put(w, F32, 4);
    put(w, bits, 4);
}

/* A new tensor of numbers given as int32, stored in `type`; returns its index. */
static int32_t add(tensors *all, const int32_t *numbers, uint32_t type, uint32_t rows, uint32_t columns) {
    tensor *t = &all->list[all->count];
    *t = (tensor){.type = type, .rows = rows, .columns = columns};
    snprintf(t->name, sizeof t->name, "n.%u", (unsigned)all->count);
    writer w = {t->data, 0};
    const size_t element = type == I8 ? 1 : type == I16 ? 2 : 4, count = (rows ? rows : 1) * columns;
    for (size_t i = 0; i < count; i++) put(&w, (uint32_t)numbers[i], element);
    t->size = w.at;
    return (int32_t)all->count++;
}

static int32_t add_drawn(tensors *all, uint64_t *seed, int32_t reach, uint32_t type, uint32_t rows, uint32_t columns) {
    int32_t numbers[1024];
    for (uint32_t i = 0; i < (rows ? rows : 1) * columns; i++) numbers[i] = draw_between(seed, -reach, reach);
    return add(all, numbers, type, rows, columns);
}

static int32_t add_same(tensors *all, int32_t number, uint32_t type, uint32_t count) {
    int32_t numbers[128];
    for (uint32_t i = 0; i < count; i++) numbers[i] = number;
    return add(all, numbers, type, 0, count);
}

enum { NODES = 17, WIRES = 18, INPUTS = 0, OUTPUTS = -1 };

/* wire: width, bits, exponent. Nodes follow in order, each writing the wire of its number. */
static const int32_t wires[WIRES][3] = {
    {INPUTS, 0, 0}, {INPUTS, 16, 12}, {6, 16, 10}, {6, 16, 10}, {8, 32, 20},   {8, 16, 12},    {8, 16, 12}, {6, 16, 10},
    {6, 16, 10},  {6, 16, 9},     {6, 16, 11}, {6, 16, 9},  {5, 32, 18}, {5, 16, 11}, {5, 16, 10},
    {OUTPUTS, 16, 11}, {OUTPUTS, 16, 15}, {OUTPUTS, 0, 0},
};

static void add_wires(tensors *all, uint32_t inputs, uint32_t outputs) {
    int32_t rows[WIRES][3];
    memcpy(rows, wires, sizeof rows);
    for (uint32_t i = 0; i < WIRES; i++)
        if (rows[i][0] == INPUTS || rows[i][0] == OUTPUTS) rows[i][0] = (int32_t)(rows[i][0] == INPUTS ? inputs : outputs);
    (void)add(all, &rows[0][0], I32, WIRES, 3);
}

static void fill_nodes(tensors *all, int32_t rows[NODES][12], uint32_t inputs, uint32_t outputs) {
    uint64_t seed = 7;
    int32_t t[NODES][4], p[NODES][4] = {{0}};
    memset(t, -1, sizeof t);
    t[1][0] = add_drawn(all, &seed, 127, I8, 6, inputs); /* dense encoder */
    t[1][1] = add_drawn(all, &seed, 1 << 16, I32, 0, 6);
    t[1][2] = add_same(all, 8, I8, 6);
    t[3][0] = add_drawn(all, &seed, 127, I8, 8, 6); /* drive, 32 bit */
    t[3][1] = add_drawn(all, &seed, 1 << 10, I32, 0, 8);
    t[3][2] = add_same(all, -2, I8, 8);
    t[4][0] = add_same(all, -900, I16, 4); /* recurrence */
    t[4][1] = add_same(all, 700, I16, 4);
    t[4][2] = add_same(all, 14, I8, 4);
    p[4][0] = 8;
    /* sparse read-out: rows with 2, 0, 1, 1, 0, 1 nonzeros, none after a gap of more than 7 */
    t[6][0] = add(all, (int32_t[]){100, -50, 127, -127, 3}, I8, 0, 5);
    t[6][1] = add(all, (int32_t[]){0x20, 0x07, 0x05}, I8, 0, 3); /* gaps 0 2, 7 0, 5 */
    t[6][2] = add(all, (int32_t[]){2, 0, 1, 1, 0, 1}, I16, 0, 6);
    t[6][3] = add_same(all, 1000, I32, 6);
    p[6][0] = 1;
    p[6][1] = add_same(all, 7, I8, 6);
    t[7][0] = add_drawn(all, &seed, 127, I8, 0, 6); /* scale */
    t[7][1] = add_drawn(all, &seed, 1 << 12, I32, 0, 6);
    t[7][2] = add_same(all, 7, I8, 6);
    p[8][2] = 1; /* add, one bit given up */
    t[9][0] = add_drawn(all, &seed, 127, I8, 6, 6);
    t[9][1] = add_drawn(all, &seed, 1 << 12, I32, 0, 6);
    t[9][2] = add_same(all, 6, I8, 6);
    t[11][0] = add_drawn(all, &seed, 127, I8, 5, 6); /* candidates, 32 bit */
    t[11][1] = add_drawn(all, &seed, 1 << 10, I32, 0, 5);
    t[11][2] = add_same(all, -2, I8, 5);
    t[12][0] = add_drawn(all, &seed, 127, I8, 5, 6); /* their gates */
    t[12][1] = add_drawn(all, &seed, 1 << 12, I32, 0, 5);
    t[12][2] = add_same(all, 6, I8, 5);
    p[13][0] = 8;
    t[14][0] = add_drawn(all, &seed, 127, I8, outputs, 5);
    t[14][1] = add_drawn(all, &seed, 1 << 16, I32, 0, outputs);
    t[14][2] = add_same(all, 7, I8, outputs);
    static const int32_t kinds[NODES] = {LN_QUANTIZE, LN_LINEAR, LN_RELU, LN_LINEAR, LN_RECURRENCE, LN_COMPLEX_RELU,
                                         LN_LINEAR, LN_SCALE, LN_ADD, LN_LINEAR, LN_GATE, LN_LINEAR, LN_LINEAR,
                                         LN_GATED_RECURRENCE, LN_LINEAR, LN_SIGMOID, LN_DEQUANTIZE};
    static const int32_t sources[NODES] = {0, 1, 2, 3, 4, 5, 6, 3, 7, 9, 9, 11, 11, 12, 14, 15, 16};
    static const int32_t others[NODES] = {-1, -1, -1, -1, -1, -1, -1, -1, 8, -1, 10, -1, -1, 13, -1, -1, -1};
    for (int32_t i = 0; i < NODES; i++) {
        const int32_t row[12] = {kinds[i], sources[i], others[i], i + 1, p[i][0], p[i][1], p[i][2], p[i][3],
                                 t[i][0],  t[i][1],    t[i][2], t[i][3]};
        memcpy(rows[i], row, sizeof row);
    }
}

static void put_settings(writer *w, const small_settings *s) {
    key_u32(w, "linnet.crc32", 0);
    key_text(w, "general.architecture", "linnet");
    key_text(w, "general.name", "small");
    key_text(w, "general.license", "CC0-1.0");
    key_u32(w, "general.alignment", 64);
    key_u32(w, "linnet.format", 1);
    key_u32(w, "linnet.sample_rate_hz", 16000);
    key_u32(w, "linnet.window", s->window);
    key_u32(w, "linnet.hop", s->hop);
    key_u32(w, "linnet.window_kind", 1);
    key_u32(w, "linnet.compression_roots", 2);
    key_f32(w, "linnet.level_alpha", 0.01f);
    key_f32(w, "linnet.level_initial", 0.1f);
    key_f32(w, "linnet.level_floor", 0.03f);
    if (s->phase_bins > 0) key_u32(w, "linnet.phase_bins", s->phase_bins);
    if (s->band_ratio > 0) key_u32(w, "linnet.band_ratio", s->band_ratio);
    if (s->offset_alpha > 0.0f) key_f32(w, "linnet.offset_alpha", s->offset_alpha);
    if (s->level_least > 0.0f) key_f32(w, "linnet.level_least", s->level_least);
    if (s->level_most > 0.0f) key_f32(w, "linnet.level_most", s->level_most);
    key_text(w, "linnet.card", "{\"training_data\": \"\", \"recipe\": \"\", \"card\": {}}");
}

size_t small_model(uint8_t *file) { return small_model_of(file, SMALL_WINDOW, SMALL_HOP, 0, 0); }

/* Bands of max(1, first bin / ratio) bins; without a ratio bins. */
static uint32_t count_bands(uint32_t bins, uint32_t ratio) {
    uint32_t count = 0;
    for (uint32_t start = 0; start < bins; count++) start += ratio > 0 && start >= ratio ? start / ratio : 1;
    return count;
}

size_t small_model_of(uint8_t *file, uint32_t window, uint32_t hop, uint32_t phase_bins, uint32_t band_ratio) {
    return small_model_as(file, &(small_settings){window, hop, phase_bins, band_ratio, 0.0f, 0.0f, 0.0f});
}

size_t small_model_as(uint8_t *file, const small_settings *s) {
    static tensors all;
    const uint32_t bands = count_bands(s->window / 2 + 1, s->band_ratio);
    const uint32_t inputs = bands + 2 * s->phase_bins, outputs = bands + s->phase_bins;
    int32_t table[NODES][12] = {{0}};
    all.count = 0;
    add_wires(&all, inputs, outputs);
    (void)add(&all, &table[0][0], I32, NODES, 12);
    fill_nodes(&all, table, inputs, outputs);
    const uint32_t count = all.count;
    all.count = 1; /* the table of nodes again, now that it is known */
    (void)add(&all, &table[0][0], I32, NODES, 12);
    all.count = count;
    strcpy(all.list[0].name, "wires");
    strcpy(all.list[1].name, "nodes");

    writer w = {file, 0};
    memset(file, 0, SMALL_MOST_BYTES);
    memcpy(file, "GGUF", 4);
    w.at = 4;
    put(&w, 3, 4);
    put(&w, count, 8);
    const bool more[] = {s->phase_bins > 0, s->band_ratio > 0, s->offset_alpha > 0.0f, s->level_least > 0.0f, s->level_most > 0.0f};
    uint32_t keys = 15;
    for (uint32_t i = 0; i < sizeof more / sizeof more[0]; i++) keys += more[i];
    put(&w, keys, 8);
    put_settings(&w, s);
    uint64_t offset = 0;
    for (uint32_t i = 0; i < count; i++) {
        const tensor *t = &all.list[i];
        put_text(&w, t->name);
        put(&w, t->rows ? 2 : 1, 4);
        put(&w, t->columns, 8);
        if (t->rows) put(&w, t->rows, 8);
        put(&w, t->type, 4);
        put(&w, offset, 8);
        offset += ln_round_up(t->size, 64);
    }
    w.at = ln_round_up(w.at, 64);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(file + w.at, all.list[i].data, all.list[i].size);
        w.at += ln_round_up(all.list[i].size, 64);
    }
    CHECK(w.at <= SMALL_MOST_BYTES);
    small_model_seal(file, w.at);
    return w.at;
}

void small_model_seal(uint8_t *file, size_t size) {
    uint32_t crc = 0xffffffffu, bytes[256];
    for (uint32_t i = 0; i < 256; i++) {
        bytes[i] = i;
        for (int bit = 0; bit < 8; bit++) bytes[i] = bytes[i] & 1 ? 0xedb88320u ^ (bytes[i] >> 1) : bytes[i] >> 1;
    }
    for (size_t i = 52; i < size; i++) crc = bytes[(crc ^ file[i]) & 255] ^ (crc >> 8);
    writer w = {file, 48};
    put(&w, ~crc, 4);
}

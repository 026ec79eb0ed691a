/* run_text.c - the blocks of a compressed text, for tests on other machines:
 *
 *     run_text encode|decode MODEL.gguf SYMBOLS IN OUT [ISA]
 *
 * SYMBOLS are the bytes that the model knows, in order. IN and OUT are blocks, each of them three 32-bit numbers, little endian (how many bytes
 * of content, 1 where they follow as they are, how many bytes follow), and bytes. What stands around them in a file is runtime/text_file.py's
 * business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linnet/linnet.h"

#ifdef _WIN32
#include <malloc.h>
#define aligned_alloc(alignment, size) _aligned_malloc(size, alignment)
#endif

#define MOST 65536u /* bytes of content in a block */

typedef struct {
    uint32_t length, is_stored, size;
    uint8_t bytes[MOST];
} text_block;

static linnet_session *session;
static linnet_text *text;
static uint32_t width, symbol_count;
static uint8_t symbols[256];
static int16_t one, shown[256], ready[256];

static void *block(size_t size) {
    return aligned_alloc(LINNET_ALIGNMENT, (size + LINNET_ALIGNMENT) / LINNET_ALIGNMENT * LINNET_ALIGNMENT);
}

static size_t read_file(const char *path, void **bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return 0;
    const long end = ftell(file);
    *bytes = end > 0 ? malloc((size_t)end) : NULL;
    rewind(file);
    const size_t size = *bytes != NULL ? fread(*bytes, 1, (size_t)end, file) : 0;
    fclose(file);
    return size;
}

/* The network's outputs behind a byte: a 1 among zeros, or zeros for one that it does not know. */
static int read_byte(uint8_t byte) {
    const uint8_t *place = memchr(symbols, byte, symbol_count);
    memset(shown, 0, sizeof shown);
    if (place != NULL) shown[place - symbols] = one;
    return linnet_session_run(session, shown, ready, 1);
}

static int begin(const char *path, const char *isa) {
    int status;
    void *file = NULL;
    linnet_info info;
    linnet_model *model = NULL;
    const size_t size = read_file(path, &file), model_bytes = linnet_model_size(file, size, isa, &status);
    if (status == LINNET_OK) status = linnet_model_init(block(model_bytes), model_bytes, file, size, isa, &model);
    if (status == LINNET_OK) status = linnet_model_info(model, &info, sizeof info);
    if (status != LINNET_OK) return status;
    width = info.input_width;
    if (width != symbol_count || info.output_width != symbol_count) return LINNET_ERROR_ARGUMENT;
    const int32_t top = 1 << (info.input_bits - 1), exact = 1 << info.input_exponent;
    one = (int16_t)(exact < top ? exact : top - 1);
    const size_t session_bytes = linnet_session_size(model);
    status = linnet_session_init(block(session_bytes), session_bytes, model, &session);
    if (status == LINNET_OK) status = linnet_text_init(block(linnet_text_size()), linnet_text_size(), symbols, symbol_count, &text);
    const uint8_t *line_feed = memchr(symbols, '\n', symbol_count);
    return status != LINNET_OK ? status : read_byte(line_feed != NULL ? '\n' : symbols[0]);
}

/* Learns the content of a block; its bytes go to `packed`, unless that is NULL. */
static int learn(const text_block *content, uint8_t *packed, size_t *size) {
    int status = linnet_text_write(text, packed, packed != NULL ? content->length : 0);
    for (uint32_t i = 0; i < content->length && status == LINNET_OK; i++) {
        status = linnet_text_encode(text, ready, &content->bytes[i], 1);
        if (status == LINNET_OK) status = read_byte(content->bytes[i]);
    }
    return status == LINNET_OK ? linnet_text_end(text, size) : status;
}

static int encode(const text_block *from, text_block *to) {
    size_t size;
    const int status = learn(from, to->bytes, &size);
    *to = size < from->length ? *to : *from;
    to->length = from->length, to->is_stored = size >= from->length;
    to->size = to->is_stored ? from->length : (uint32_t)size;
    return status;
}

static int decode(const text_block *from, text_block *to) {
    size_t size;
    to->length = to->size = from->length;
    to->is_stored = 1;
    if (from->is_stored) return memcpy(to->bytes, from->bytes, from->length), learn(from, NULL, &size);
    int status = linnet_text_read(text, from->bytes, from->size);
    for (uint32_t i = 0; i < from->length && status == LINNET_OK; i++) {
        status = linnet_text_decode(text, ready, &to->bytes[i]);
        if (status == LINNET_OK) status = read_byte(to->bytes[i]);
    }
    return status == LINNET_OK ? linnet_text_end(text, &size) : status;
}

static int is_read(text_block *from, FILE *file) {
    if (fread(from, sizeof(uint32_t), 3, file) != 3 || from->length > MOST || from->size > MOST) return 0;
    return fread(from->bytes, 1, from->size, file) == from->size;
}

int main(int argc, char **argv) {
    static text_block from, to;
    void *known = NULL;
    if (argc != 6 && argc != 7) return fprintf(stderr, "usage: run_text encode|decode MODEL.gguf SYMBOLS IN OUT [ISA]\n"), 2;
    symbol_count = (uint32_t)read_file(argv[3], &known);
    FILE *in = fopen(argv[4], "rb"), *out = fopen(argv[5], "wb");
    if (symbol_count == 0 || symbol_count > 256 || in == NULL || out == NULL) return fprintf(stderr, "a file does not open\n"), 1;
    memcpy(symbols, known, symbol_count);
    int status = begin(argv[2], argc == 7 ? argv[6] : NULL);
    const int is_encoding = strcmp(argv[1], "encode") == 0;
    while (status == LINNET_OK && is_read(&from, in)) {
        status = is_encoding ? encode(&from, &to) : decode(&from, &to);
        if (fwrite(&to, sizeof(uint32_t), 3, out) != 3 || fwrite(to.bytes, 1, to.size, out) != to.size) return 1;
    }
    if (status != LINNET_OK) return fprintf(stderr, "%s: %s\n", argv[4], linnet_status_text(status)), 1;
    return fclose(out) != 0;
}

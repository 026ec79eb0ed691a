/* container.c - opens a GGUF file held in memory. Trusts nothing: every length is compared with what is left
 * before it is used, so that a bad file is a status and never a read outside the bytes. */
#include "file/container.h"

#include <stdbool.h>
#include <string.h>

#include "linnet/linnet.h"
#include "file/text.h"

#define GGUF_VERSION 3u
#define FORMAT_VERSION 1u
#define DATA_ALIGNMENT 64u
#define CHECKSUM_KEY "linnet.crc32"
#define CHECKED_FROM 52u /* header, then the first key with its length, type and value */

#define MOST_FILE_BYTES ((size_t)1 << 28)
#define MOST_KEYS 128u
#define MOST_KEY_BYTES 255u
#define MOST_STRING_BYTES ((size_t)1 << 20)
#define MOST_NAME_BYTES 63u

enum { KEY_U32 = 4, KEY_F32 = 6, KEY_STRING = 8 };

/* Where reading stands. Once a read would leave the file, `ended` is set and every later read gives 0. */
typedef struct cursor {
    ln_span file;
    size_t at;
    bool ended;
} cursor;

static const uint8_t *take(cursor *c, uint64_t size) {
    static const uint8_t zeros[8] = {0};
    if (c->ended || size > c->file.size - c->at) {
        c->ended = true;
        return zeros;
    }
    const uint8_t *here = c->file.bytes + c->at;
    c->at += (size_t)size;
    return here;
}

static uint32_t take_u32(cursor *c) { return ln_read_u32(take(c, 4)); }

static uint64_t take_u64(cursor *c) { return ln_read_u64(take(c, 8)); }

static ln_span take_string(cursor *c) {
    uint64_t size = take_u64(c);
    const uint8_t *bytes = take(c, size);
    return (ln_span){bytes, c->ended ? 0 : (size_t)size};
}

static bool equals(ln_span span, const char *text) {
    return span.size == strlen(text) && memcmp(span.bytes, text, span.size) == 0;
}

/* CRC-32 as in zlib, four bits at a time. */
static uint32_t crc32(const uint8_t *bytes, size_t size) {
    static const uint32_t nibbles[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = nibbles[crc & 15] ^ (crc >> 4);
        crc = nibbles[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}

/* Bytes of a value of fixed size; 0 for strings, arrays and unknown types. */
static uint64_t scalar_bytes(uint32_t type) {
    static const uint8_t sizes[13] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static bool text_holds(ln_span text) { return text.size <= MOST_STRING_BYTES && ln_is_utf8(text); }

static int skip_value(cursor *c, uint32_t type) {
    if (type == KEY_STRING) {
        if (!text_holds(take_string(c))) return LINNET_ERROR_SETTING;
    } else if (scalar_bytes(type) == 0) {
        return LINNET_ERROR_SETTING;
    } else {
        (void)take(c, scalar_bytes(type));
    }
    return LINNET_OK;
}

/* The keys of a model. Each must stand in the file once, with this type, but the last seven may be missing, which is no
 * phase, no bands, an offset that stays, frames made of sound, a level without bounds, and nothing known; licence and card are for people. */
enum { KEY_ARCHITECTURE, KEY_NAME, KEY_LICENCE, KEY_CARD, KEY_ALIGNMENT, KEY_FORMAT, KEY_RATE, KEY_WINDOW, KEY_HOP, KEY_WINDOW_KIND,
       KEY_ROOTS, KEY_ALPHA, KEY_INITIAL, KEY_FLOOR, KEY_PHASE, KEY_BANDS, KEY_OFFSET, KEY_FRAMES, KEY_LEAST, KEY_MOST,
       KEY_ACTIVITY, KEY_COUNT };

#define MAY_BE_MISSING                                                                                  \
    (1u << KEY_PHASE | 1u << KEY_BANDS | 1u << KEY_OFFSET | 1u << KEY_FRAMES | 1u << KEY_LEAST | 1u << KEY_MOST | \
     1u << KEY_ACTIVITY)

static const struct {
    const char *name;
    uint32_t type;
} keys[KEY_COUNT] = {
    {"general.architecture", KEY_STRING},    {"general.name", KEY_STRING},
    {"general.license", KEY_STRING},         {"linnet.card", KEY_STRING},
    {"general.alignment", KEY_U32},          {"linnet.format", KEY_U32},
    {"linnet.sample_rate_hz", KEY_U32},      {"linnet.window", KEY_U32},
    {"linnet.hop", KEY_U32},                 {"linnet.window_kind", KEY_U32},
    {"linnet.compression_roots", KEY_U32},   {"linnet.level_alpha", KEY_F32},
    {"linnet.level_initial", KEY_F32},       {"linnet.level_floor", KEY_F32},
    {"linnet.phase_bins", KEY_U32},          {"linnet.band_ratio", KEY_U32},
    {"linnet.offset_alpha", KEY_F32},        {"linnet.frames_per_second", KEY_F32},
    {"linnet.level_least", KEY_F32},         {"linnet.level_most", KEY_F32},
    {"linnet.activity", KEY_STRING},
};

typedef union value {
    uint32_t u32;
    float f32;
} value;

/* A key's name: UTF-8, of bounded length, and none that has come before. */
static int read_key(cursor *c, ln_span *names, uint64_t index) {
    const ln_span name = take_string(c);
    if (name.size > MOST_KEY_BYTES || !ln_is_utf8(name) || equals(name, CHECKSUM_KEY)) return LINNET_ERROR_SETTING;
    for (uint64_t i = 1; i < index; i++)
        if (names[i].size == name.size && memcmp(names[i].bytes, name.bytes, name.size) == 0) return LINNET_ERROR_SETTING;
    names[index] = name;
    return LINNET_OK;
}

static int read_settings(cursor *c, uint64_t key_count, ln_settings *settings) {
    ln_span texts[KEY_COUNT] = {{NULL, 0}}, names[MOST_KEYS];
    value numbers[KEY_COUNT] = {{0}};
    uint32_t seen = 0;
    for (uint64_t i = 1; i < key_count && !c->ended; i++) {
        int status = read_key(c, names, i);
        const uint32_t type = take_u32(c);
        uint32_t k = 0;
        while (status == LINNET_OK && k < KEY_COUNT && !equals(names[i], keys[k].name)) k++;
        if (status == LINNET_OK && k == KEY_COUNT) {
            status = skip_value(c, type);
        } else if (status == LINNET_OK) {
            status = type == keys[k].type ? LINNET_OK : LINNET_ERROR_SETTING;
            seen |= 1u << k;
            if (type == KEY_STRING) texts[k] = take_string(c);
            else numbers[k].u32 = take_u32(c);
            if (!text_holds(texts[k])) status = LINNET_ERROR_SETTING;
        }
        if (status != LINNET_OK) return c->ended ? LINNET_ERROR_TRUNCATED : status;
    }
    if (c->ended) return LINNET_ERROR_TRUNCATED;
    if (!(seen >> KEY_ARCHITECTURE & 1) || !equals(texts[KEY_ARCHITECTURE], "linnet")) return LINNET_ERROR_NOT_A_MODEL;
    if (!(seen >> KEY_FORMAT & 1)) return LINNET_ERROR_SETTING;
    if (numbers[KEY_FORMAT].u32 != FORMAT_VERSION) return LINNET_ERROR_VERSION;
    if ((seen | MAY_BE_MISSING) != (1u << KEY_COUNT) - 1 || numbers[KEY_ALIGNMENT].u32 != DATA_ALIGNMENT) return LINNET_ERROR_SETTING;
    if (!ln_is_card(texts[KEY_CARD])) return LINNET_ERROR_SETTING;
    *settings = (ln_settings){
        .sample_rate_hz = numbers[KEY_RATE].u32, .window = numbers[KEY_WINDOW].u32, .hop = numbers[KEY_HOP].u32,
        .window_kind = numbers[KEY_WINDOW_KIND].u32, .compression_roots = numbers[KEY_ROOTS].u32,
        .level_alpha = numbers[KEY_ALPHA].f32, .level_initial = numbers[KEY_INITIAL].f32,
        .level_floor = numbers[KEY_FLOOR].f32, .offset_alpha = numbers[KEY_OFFSET].f32, .phase_bins = numbers[KEY_PHASE].u32,
        .band_ratio = numbers[KEY_BANDS].u32, .frames_per_second = numbers[KEY_FRAMES].f32,
        .level_least = numbers[KEY_LEAST].f32, .level_most = numbers[KEY_MOST].f32,
        .name = texts[KEY_NAME], .activity = texts[KEY_ACTIVITY]};
    return LINNET_OK;
}

/* The next entry of the list of tensors; that its data lie inside the file is for the caller to check. */
static int read_tensor(cursor *c, ln_tensor *tensor) {
    tensor->name = take_string(c);
    tensor->rank = take_u32(c);
    if (c->ended) return LINNET_ERROR_TRUNCATED;
    if (tensor->name.size > MOST_NAME_BYTES || tensor->rank < 1 || tensor->rank > 2) return LINNET_ERROR_TENSOR;
    tensor->dims[0] = take_u64(c);
    tensor->dims[1] = tensor->rank == 2 ? take_u64(c) : 1;
    tensor->type = take_u32(c);
    tensor->offset = take_u64(c);
    if (c->ended) return LINNET_ERROR_TRUNCATED;
    const uint32_t type = tensor->type;
    const uint64_t element = type == LN_TYPE_F32 || type == LN_TYPE_I32 ? 4 : type == LN_TYPE_I16 ? 2 : 1;
    if (element == 1 && type != LN_TYPE_I8) return LINNET_ERROR_TENSOR;
    /* No tensor is larger than its file: this also keeps the products below from wrapping. */
    if (tensor->dims[0] < 1 || tensor->dims[0] > c->file.size) return LINNET_ERROR_TENSOR;
    if (tensor->dims[1] < 1 || tensor->dims[1] > c->file.size / tensor->dims[0]) return LINNET_ERROR_TENSOR;
    tensor->count = tensor->dims[0] * tensor->dims[1];
    tensor->size = tensor->count * element;
    return LINNET_OK;
}

/* The whole list: the tensors must lie one after the other, each padded, and end the file. */
static int read_tensors(cursor *c, ln_container *container) {
    uint64_t place = 0;
    for (uint32_t i = 0; i < container->tensor_count; i++) {
        if (i % LN_MARK_EVERY == 0) container->marks[i / LN_MARK_EVERY] = c->at;
        ln_tensor tensor;
        int status = read_tensor(c, &tensor);
        if (status != LINNET_OK) return status;
        if (tensor.offset != place || !ln_is_utf8(tensor.name)) return LINNET_ERROR_TENSOR;
        place += (tensor.size + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
        if (place > c->file.size) return LINNET_ERROR_TRUNCATED;
    }
    container->data_at = (c->at + DATA_ALIGNMENT - 1) / DATA_ALIGNMENT * DATA_ALIGNMENT;
    uint64_t end = container->data_at + place;
    return end == c->file.size ? LINNET_OK : end > c->file.size ? LINNET_ERROR_TRUNCATED : LINNET_ERROR_TENSOR;
}

int ln_container_open(ln_container *container, const void *file, size_t file_bytes) {
    cursor c = {{file, file_bytes}, 0, false};
    if (file_bytes > MOST_FILE_BYTES) return LINNET_ERROR_TOO_LARGE;
    if (file_bytes < 4 || memcmp(file, "GGUF", 4) != 0) return LINNET_ERROR_NOT_A_MODEL;
    c.at = 4;
    uint32_t version = take_u32(&c);
    uint64_t tensor_count = take_u64(&c), key_count = take_u64(&c);
    if (c.ended) return LINNET_ERROR_TRUNCATED;
    if (version != GGUF_VERSION) return LINNET_ERROR_VERSION;
    ln_span first = take_string(&c);
    uint32_t first_type = take_u32(&c), checksum = take_u32(&c);
    if (c.ended) return LINNET_ERROR_TRUNCATED;
    if (key_count == 0 || !equals(first, CHECKSUM_KEY) || first_type != KEY_U32) return LINNET_ERROR_NOT_A_MODEL;
    if (crc32(c.file.bytes + CHECKED_FROM, file_bytes - CHECKED_FROM) != checksum) return LINNET_ERROR_CHECKSUM;
    if (tensor_count > LN_MOST_TENSORS || key_count > MOST_KEYS) return LINNET_ERROR_TOO_LARGE;
    container->file = c.file;
    container->tensor_count = (uint32_t)tensor_count;
    int status = read_settings(&c, key_count, &container->settings);
    return status == LINNET_OK ? read_tensors(&c, container) : status;
}

int ln_container_tensor(const ln_container *container, int32_t index, ln_tensor *tensor) {
    if (index < 0 || (uint32_t)index >= container->tensor_count) return LINNET_ERROR_TENSOR;
    const uint32_t mark = (uint32_t)index / LN_MARK_EVERY;
    cursor c = {container->file, container->marks[mark], false};
    int status = LINNET_OK;
    for (uint32_t i = mark * LN_MARK_EVERY; i <= (uint32_t)index && status == LINNET_OK; i++)
        status = read_tensor(&c, tensor);
    tensor->bytes = container->file.bytes + container->data_at + (size_t)tensor->offset;
    return status;
}

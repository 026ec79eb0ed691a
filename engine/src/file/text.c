/* text.c - UTF-8 and the JSON of a card, checked without being kept. Depth is bounded, so the stack is. */
#include "file/text.h"

#include <string.h>

/* Bytes of the character that begins with `first`; 0: none does. The second byte lies in low..high. */
static uint32_t character(uint8_t first, uint8_t *low, uint8_t *high) {
    *low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

bool ln_is_utf8(ln_span text) {
    for (size_t at = 0; at < text.size;) {
        uint8_t low, high;
        const uint32_t size = character(text.bytes[at], &low, &high);
        if (size == 0 || size > text.size - at) return false;
        if (size > 1 && (text.bytes[at + 1] < low || text.bytes[at + 1] > high)) return false;
        for (uint32_t i = 2; i < size; i++)
            if ((text.bytes[at + i] & 0xC0) != 0x80) return false;
        at += size;
    }
    return true;
}

enum { TRAINING_DATA, RECIPE, CARD, NAMES };

static const struct {
    const char *name;
    uint8_t begins; /* what its value begins with */
} expected[NAMES] = {{"training_data", '"'}, {"recipe", '"'}, {"card", '{'}};

#define MOST_NAME_BYTES 16u /* more than those above have */

/* Where reading stands, and of the outermost object, whether each expected name had the value it needs. */
typedef struct json {
    const uint8_t *at, *end;
    bool holds[NAMES];
} json;

static uint8_t peek(const json *j) { return j->at < j->end ? *j->at : 0; }

static bool accept(json *j, uint8_t byte) {
    if (j->at >= j->end || *j->at != byte) return false;
    j->at++;
    return true;
}

static void skip_space(json *j) {
    while (peek(j) == ' ' || peek(j) == '\t' || peek(j) == '\n' || peek(j) == '\r') j->at++;
}

/* How many digits come. */
static uint32_t digits(json *j) {
    const uint8_t *first = j->at;
    while (peek(j) >= '0' && peek(j) <= '9') j->at++;
    return (uint32_t)(j->at - first);
}

/* Behind the e of a number that has `before` digits before its point. */
static bool exponent_holds(json *j, uint32_t before) {
    uint32_t value = 0;
    const bool is_negative = !accept(j, '+') && accept(j, '-');
    const uint8_t *first = j->at;
    if (digits(j) == 0) return false;
    for (const uint8_t *d = first; d < j->at && value <= LN_CARD_MOST_DIGITS; d++) value = 10 * value + (*d - (uint32_t)'0');
    return is_negative || before + value <= LN_CARD_MOST_DIGITS;
}

static bool number(json *j) {
    const uint8_t *first = j->at;
    (void)accept(j, '-');
    const uint32_t before = accept(j, '0') ? 1 : digits(j);
    if (before == 0) return false;
    if (accept(j, '.') && digits(j) == 0) return false;
    if ((accept(j, 'e') || accept(j, 'E')) && !exponent_holds(j, before)) return false;
    return (size_t)(j->at - first) <= LN_CARD_NUMBER_BYTES;
}

static bool word(json *j, const char *text) {
    const size_t size = strlen(text);
    if ((size_t)(j->end - j->at) < size || memcmp(j->at, text, size) != 0) return false;
    j->at += size;
    return true;
}

/* Four hexadecimal digits, or -1. */
static int32_t hexadecimal(json *j) {
    int32_t value = 0;
    for (uint32_t i = 0; i < 4; i++) {
        const uint8_t c = peek(j), letter = (uint8_t)(c | 0x20);
        const bool is_digit = c >= '0' && c <= '9';
        if (!is_digit && (letter < 'a' || letter > 'f')) return -1;
        value = 16 * value + (is_digit ? c - '0' : letter - 'a' + 10);
        j->at++;
    }
    return value;
}

/* Behind a backslash: what it stands for, 255 for all that is not ASCII, or -1. */
static int32_t escaped(json *j) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    for (uint32_t i = 0; letters[i] != 0; i++)
        if (accept(j, (uint8_t)letters[i])) return meanings[i];
    if (!accept(j, 'u')) return -1;
    const int32_t unit = hexadecimal(j);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return -1;
    if (unit < 0xD800 || unit > 0xDBFF) return unit < 0x80 ? unit : 255;
    if (!accept(j, '\\') || !accept(j, 'u')) return -1;
    const int32_t second = hexadecimal(j);
    return second >= 0xDC00 && second <= 0xDFFF ? 255 : -1;
}

/* A string; its first bytes, as they are meant, into `name`, where somebody asks. */
static bool string(json *j, ln_span *name, uint8_t bytes[MOST_NAME_BYTES]) {
    size_t size = 0;
    if (!accept(j, '"')) return false;
    while (!accept(j, '"')) {
        if (j->at >= j->end || *j->at < 0x20) return false;
        int32_t meant = *j->at++;
        if (meant == '\\') meant = escaped(j);
        if (meant < 0) return false;
        if (name != NULL && size < MOST_NAME_BYTES) bytes[size++] = (uint8_t)meant;
    }
    if (name != NULL) *name = (ln_span){bytes, size};
    return true;
}

static bool value(json *j, uint32_t depth);

/* The name of a member, and the colon; what the outermost object says of the names that must be there. */
static bool member(json *j, uint32_t depth) {
    uint8_t bytes[MOST_NAME_BYTES];
    ln_span name;
    skip_space(j);
    if (!string(j, &name, bytes)) return false;
    skip_space(j);
    if (!accept(j, ':')) return false;
    skip_space(j);
    for (uint32_t i = 0; depth == 1 && i < NAMES; i++)
        if (name.size == strlen(expected[i].name) && memcmp(bytes, expected[i].name, name.size) == 0)
            j->holds[i] = peek(j) == expected[i].begins;
    return true;
}

/* What stands between the brackets, which are the `depth`th around it. */
static bool contents(json *j, uint32_t depth, bool is_object) {
    const uint8_t end = is_object ? '}' : ']';
    skip_space(j);
    if (accept(j, end)) return true;
    do {
        if (is_object && !member(j, depth)) return false;
        if (!value(j, depth)) return false;
    } while (accept(j, ','));
    return accept(j, end);
}

/* A value and the space around it, within `depth` objects and lists. */
static bool value(json *j, uint32_t depth) {
    bool is_good;
    skip_space(j);
    const uint8_t first = peek(j);
    if (first == '{' || first == '[') {
        j->at++;
        is_good = depth < LN_CARD_DEPTH && contents(j, depth + 1, first == '{');
    } else if (first == '"') {
        is_good = string(j, NULL, NULL);
    } else {
        is_good = word(j, "true") || word(j, "false") || word(j, "null") || number(j);
    }
    skip_space(j);
    return is_good;
}

bool ln_is_card(ln_span text) {
    json j = {.at = text.bytes, .end = text.bytes + text.size};
    skip_space(&j);
    if (peek(&j) != '{' || !value(&j, 0) || j.at != j.end) return false;
    for (uint32_t i = 0; i < NAMES; i++)
        if (!j.holds[i]) return false;
    return true;
}

/* test_elements.c - every element-wise function of every instruction set against the scalar one, bit for bit: widths
 * that fill no vector, shifts over their whole range, numbers at their ends, all codes of the sigmoid. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <string.h>

#include "check.h"
#include "cpu.h"

#define MOST 1024u

/* Buffers as the contract has them: exactly the padded width, at multiples of 64 bytes. */
static void *padded(uint32_t width, size_t size) {
    void *block = aligned_block(ln_round_up(width, LN_PADDING) * size);
    memset(block, 0x5A, ln_round_up(width, LN_PADDING) * size);
    return block;
}

static int32_t draw_extreme(uint64_t *seed, int32_t low, int32_t high) {
    switch (draw(seed) % 6) {
    case 0: return draw(seed) % 2 ? low : high;
    case 1: return draw_between(seed, -3, 3);
    case 2: return draw_between(seed, low / 1024, high / 1024);
    default: return draw_between(seed, low, high);
    }
}

static int16_t *draw_codes(uint64_t *seed, uint32_t width) {
    int16_t *codes = padded(width, sizeof(int16_t));
    for (uint32_t i = 0; i < width; i++) codes[i] = (int16_t)draw_extreme(seed, INT16_MIN, INT16_MAX);
    return codes;
}

static int32_t *draw_sums(uint64_t *seed, uint32_t width) {
    int32_t *sums = padded(width, sizeof(int32_t));
    for (uint32_t i = 0; i < width; i++) sums[i] = draw_extreme(seed, INT32_MIN, INT32_MAX);
    return sums;
}

static int8_t *draw_bytes(uint64_t *seed, uint32_t width, int32_t low, int32_t high) {
    int8_t *bytes = padded(width, 1);
    for (uint32_t i = 0; i < width; i++) bytes[i] = (int8_t)draw_between(seed, low, high);
    return bytes;
}

/* What the scalar function gave. */
static int32_t expected[2 * MOST];

static void same(const void *a, const void *b, size_t bytes) { CHECK(memcmp(a, b, bytes) == 0); }

static void narrowing_is_the_same(const ln_elements *e, uint64_t *seed, uint32_t width) {
    const int32_t *sums = draw_sums(seed, width);
    const int8_t *shift = draw_bytes(seed, width, draw(seed) % 2 ? -31 : 0, draw(seed) % 2 ? 47 : 15);
    int16_t *out = padded(width, sizeof(int16_t));
    int32_t *out32 = padded(width, sizeof(int32_t));
    ln_elements_scalar.narrow16(sums, shift, width, (int16_t *)expected);
    e->narrow16(sums, shift, width, out);
    same(out, expected, sizeof(int16_t) * width);
    ln_elements_scalar.narrow32(sums, shift, width, expected);
    e->narrow32(sums, shift, width, out32);
    same(out32, expected, sizeof(int32_t) * width);

    const int16_t *x = draw_codes(seed, width);
    const int8_t *weight = draw_bytes(seed, width, -128, 127);
    int32_t *bias = padded(width, sizeof(int32_t));
    for (uint32_t i = 0; i < width; i++) bias[i] = draw_between(seed, -(1 << 30), 1 << 30);
    ln_elements_scalar.scale(x, weight, bias, width, expected);
    e->scale(x, weight, bias, width, out32);
    same(out32, expected, sizeof(int32_t) * width);
}

static void codes_are_the_same(const ln_elements *e, uint64_t *seed, uint32_t width) {
    const ln_elements *s = &ln_elements_scalar;
    const int16_t *x = draw_codes(seed, width), *other = draw_codes(seed, width);
    const uint32_t even = width / 2 * 2;
    const ln_sum how = {draw_between(seed, 0, 15), draw_between(seed, 0, 15), draw_between(seed, 0, 31)};
    int16_t *out = padded(width, sizeof(int16_t)), *wanted = (int16_t *)expected;
    s->relu(x, width, wanted), e->relu(x, width, out), same(out, wanted, sizeof(int16_t) * width);
    s->complex_relu(x, even, wanted), e->complex_relu(x, even, out), same(out, wanted, sizeof(int16_t) * even);
    s->gate(x, other, width, wanted), e->gate(x, other, width, out), same(out, wanted, sizeof(int16_t) * width);
    s->add(&how, x, other, width, wanted), e->add(&how, x, other, width, out);
    same(out, wanted, sizeof(int16_t) * width);
    s->sigmoid(x, width, wanted), e->sigmoid(x, width, out), same(out, wanted, sizeof(int16_t) * width);
    memcpy(out, x, sizeof(int16_t) * width);
    e->saturate8(width, out);
    for (uint32_t i = 0; i < width; i++) CHECK(out[i] == (x[i] < -128 ? -128 : x[i] > 127 ? 127 : x[i]));
}

static void floats_are_the_same(const ln_elements *e, uint64_t *seed, uint32_t width) {
    static const float ends[] = {NAN,   INFINITY, -INFINITY, 1e30f, -1e30f,   1e-40f,
                                 -0.0f, 0.5f,     -0.5f,     1.5f,  32767.4f, 32766.5f};
    float *f = padded(width, sizeof(float)), *out = padded(width, sizeof(float));
    int16_t *codes = padded(width, sizeof(int16_t));
    const float power = draw(seed) % 2 ? 1.0f : 4096.0f;
    for (uint32_t i = 0; i < width; i++)
        f[i] = draw(seed) % 4 == 0 ? ends[draw(seed) % 12] : draw_sample(seed) * (draw(seed) % 2 ? 20.0f : 70000.0f);
    ln_elements_scalar.quantize(f, power, width, (int16_t *)expected);
    e->quantize(f, power, width, codes);
    same(codes, expected, sizeof(int16_t) * width);
    ln_elements_scalar.dequantize(codes, 1.0f / 2048.0f, width, (float *)(void *)expected);
    e->dequantize(codes, 1.0f / 2048.0f, width, out);
    same(out, expected, sizeof(float) * width);
}

/* Over many frames, so that states come to the rails and back. */
static void recurrences_are_the_same(const ln_elements *e, uint64_t *seed, uint32_t states) {
    const int16_t *decay_re = draw_codes(seed, states), *decay_im = draw_codes(seed, states);
    const int8_t *shift = draw_bytes(seed, states, draw(seed) % 2 ? 0 : 15, draw(seed) % 2 ? 46 : 20);
    const ln_recurrence r = {states, draw_between(seed, 0, 31), decay_re, decay_im, (const uint8_t *)shift};
    int32_t *state = padded(2 * states, sizeof(int32_t)), wanted_state[MOST] = {0};
    int16_t *out = padded(2 * states, sizeof(int16_t));
    memset(state, 0, sizeof(int32_t) * 2 * states);
    for (int frame = 0; frame < 20; frame++) {
        int32_t *drive = draw_sums(seed, 2 * states);
        ln_elements_scalar.recur(&r, drive, wanted_state, (int16_t *)expected);
        e->recur(&r, drive, state, out);
        same(state, wanted_state, sizeof(int32_t) * 2 * states);
        same(out, expected, sizeof(int16_t) * 2 * states);
        free(drive);
    }
}

/* Over many frames; controls at both ends, where nothing moves or all of the way is gone, candidates beyond 24 bits. */
static void gated_recurrences_are_the_same(const ln_elements *e, uint64_t *seed, uint32_t states) {
    const ln_gated r = {states, draw_between(seed, 0, 31)};
    int32_t *state = padded(states, sizeof(int32_t)), wanted_state[MOST] = {0};
    int16_t *out = padded(states, sizeof(int16_t));
    memset(state, 0, sizeof(int32_t) * states);
    for (int frame = 0; frame < 20; frame++) {
        int32_t *candidates = draw_sums(seed, states);
        int16_t *control = draw_codes(seed, states);
        if (draw(seed) % 2) /* within 24 bits */
            for (uint32_t p = 0; p < states; p++) candidates[p] >>= 8;
        ln_elements_scalar.recur_gated(&r, candidates, control, wanted_state, (int16_t *)expected);
        e->recur_gated(&r, candidates, control, state, out);
        same(state, wanted_state, sizeof(int32_t) * states);
        same(out, expected, sizeof(int16_t) * states);
        for (uint32_t p = 0; p < states; p++) CHECK(LN_LEAST24 <= state[p] && state[p] <= LN_MOST24);
        free(candidates), free(control);
    }
}

static void every_code_has_its_sigmoid(const ln_elements *e) {
    int16_t *z = padded(64, sizeof(int16_t)), *one = padded(64, sizeof(int16_t)), *out = padded(64, sizeof(int16_t));
    for (uint32_t i = 0; i < 64; i++) one[i] = INT16_MAX;
    for (int32_t from = INT16_MIN; from <= INT16_MAX; from += 64) {
        for (int32_t i = 0; i < 64; i++) z[i] = (int16_t)(from + i);
        e->sigmoid(z, 64, out);
        for (uint32_t i = 0; i < 64; i++) CHECK(out[i] == ln_saturate16(ln_sigmoid15(z[i])));
        e->gate(one, z, 64, out);
        for (uint32_t i = 0; i < 64; i++)
            CHECK(out[i] == ln_shift_right_round((int64_t)INT16_MAX * ln_sigmoid15(z[i]), 15));
    }
}

static void all_are_the_same(const ln_elements *e, uint64_t *seed) {
    every_code_has_its_sigmoid(e);
    for (uint32_t trial = 0; trial < 400; trial++) {
        const uint32_t width = trial < 200 ? trial + 1 : 1 + draw(seed) % MOST;
        narrowing_is_the_same(e, seed, width);
        codes_are_the_same(e, seed, width);
        floats_are_the_same(e, seed, width);
        recurrences_are_the_same(e, seed, 1 + width / 2 % (MOST / 2));
        gated_recurrences_are_the_same(e, seed, width);
    }
}

int main(int argc, char **argv) {
    uint64_t seed = seed_of(argc, argv);
    for (int i = 0; i < 513; i++) CHECK(ln_sigmoid_table[i] + ln_sigmoid_table[512 - i] == 32768);
    for (uint32_t at = 0; ln_isa_at(at) != NULL; at++) all_are_the_same(ln_isa_at(at)->elements, &seed);
    all_are_the_same(&ln_elements_words, &seed);
    return 0;
}

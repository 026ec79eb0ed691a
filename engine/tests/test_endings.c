/* test_endings.c - what follows a matrix, computed in one go, against the scalar functions one after the other: widths
 * that fill no vector, shifts that trained models have and all others, numbers at their ends. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "cpu.h"

#define MOST 640u

/* Everything an ending may read, and what the scalar functions make of it. */
typedef struct bench {
    uint32_t width;
    int8_t shift[MOST], weight[MOST], skip_shift[MOST];
    int16_t beside[MOST], other[MOST], wanted[MOST], given[MOST];
    int32_t sums[MOST], bias[MOST], scaled[MOST];
} bench;

static _Alignas(64) bench b; /* every width is a multiple of 64, so every part is aligned */

static void draw_bench(uint64_t *seed, bool shifts_right) {
    b.width = 1 + draw(seed) % MOST;
    const bool is_tame = draw(seed) % 2;
    for (uint32_t i = 0; i < MOST; i++) {
        b.sums[i] = draw(seed) % 4 == 0 ? (draw(seed) % 2 ? INT32_MAX : INT32_MIN) : (int32_t)draw(seed);
        b.shift[i] = (int8_t)(shifts_right ? draw_between(seed, 2, 31) : draw_between(seed, -31, 47));
        b.skip_shift[i] = (int8_t)(is_tame ? draw_between(seed, 4, 12) : draw_between(seed, -31, 47));
        b.weight[i] = (int8_t)draw_between(seed, -128, 127);
        b.bias[i] = draw_between(seed, -(1 << 30), 1 << 30);
        b.beside[i] = (int16_t)(draw(seed) % 5 == 0 ? -32768 : draw_between(seed, -32768, 32767));
        b.other[i] = (int16_t)(draw(seed) % 5 == 0 ? 32767 : draw_between(seed, -32768, 32767));
    }
}

static void apply_in_turn(const ln_finish *f) {
    const ln_elements *s = &ln_elements_scalar;
    static int16_t skipped[MOST];
    s->narrow16(b.sums, b.shift, b.width, b.wanted);
    if (f->kind == LN_END_SKIP) {
        s->scale(b.beside, b.weight, b.bias, b.width, b.scaled);
        s->narrow16(b.scaled, b.skip_shift, b.width, skipped);
        s->add(&f->how, b.wanted, skipped, b.width, b.wanted);
    }
    if (f->kind == LN_END_GATE) {
        s->gate(b.beside, b.wanted, b.width, b.wanted);
        s->add(&f->how, b.wanted, b.other, b.width, b.wanted);
    }
    if (f->kind == LN_END_SIGMOID) s->sigmoid(b.wanted, b.width, b.wanted);
    if (f->least == 0) s->relu(b.wanted, b.width, b.wanted);
}

static void codes_are_the_same(const ln_elements *e, uint64_t *seed) {
    static const enum ln_end kinds[] = {LN_END_NARROW, LN_END_SKIP, LN_END_GATE, LN_END_SIGMOID};
    const bool shifts_right = draw(seed) % 2;
    draw_bench(seed, shifts_right);
    const ln_finish f = {.kind = kinds[draw(seed) % 4],
                         .least = draw(seed) % 2 ? 0 : INT16_MIN,
                         .shifts_right = shifts_right,
                         .shift = b.shift,
                         .beside = b.beside,
                         .other = b.other,
                         .weight = b.weight,
                         .skip_shift = b.skip_shift,
                         .bias = b.bias,
                         .how = {draw_between(seed, 0, 15), draw_between(seed, 0, 15), draw_between(seed, 0, 31)}};
    apply_in_turn(&f);
    e->finish(&f, b.sums, b.width, b.given);
    CHECK(memcmp(b.wanted, b.given, sizeof(int16_t) * b.width) == 0);
}

/* Over many frames, so that states come to the rails and back. */
static void recurrences_are_the_same(const ln_elements *e, uint64_t *seed) {
    static _Alignas(64) uint8_t decay_shift[MOST];
    static _Alignas(64) int32_t state[MOST], wanted_state[MOST], drive[MOST];
    const uint32_t states = 1 + draw(seed) % (MOST / 2);
    const bool rectified = draw(seed) % 2;
    memset(state, 0, sizeof state), memset(wanted_state, 0, sizeof wanted_state);
    draw_bench(seed, draw(seed) % 2);
    for (uint32_t p = 0; p < states; p++) decay_shift[p] = (uint8_t)draw_between(seed, 0, 46);
    const ln_recurrence r = {states, draw_between(seed, 0, 31), b.beside, b.other, decay_shift};
    for (int frame = 0; frame < 10; frame++) {
        for (uint32_t i = 0; i < 2 * states; i++) b.sums[i] = (int32_t)draw(seed);
        ln_elements_scalar.narrow32(b.sums, b.shift, 2 * states, drive);
        ln_elements_scalar.recur(&r, drive, wanted_state, b.wanted);
        if (rectified) ln_elements_scalar.complex_relu(b.wanted, 2 * states, b.wanted);
        e->recur_sums(&r, b.sums, b.shift, rectified, state, b.given);
        CHECK(memcmp(state, wanted_state, sizeof(int32_t) * 2 * states) == 0);
        CHECK(memcmp(b.wanted, b.given, sizeof(int16_t) * 2 * states) == 0);
    }
}

int main(int argc, char **argv) {
    uint64_t seed = seed_of(argc, argv);
    for (uint32_t at = 0; ln_isa_at(at) != NULL; at++) {
        const ln_elements *e = ln_isa_at(at)->elements;
        for (int trial = 0; trial < 2000 && e->finish != NULL; trial++) codes_are_the_same(e, &seed);
        for (int trial = 0; trial < 100 && e->finish != NULL; trial++) recurrences_are_the_same(e, &seed);
    }
    return 0;
}

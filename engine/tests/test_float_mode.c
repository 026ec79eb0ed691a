/* test_float_mode.c - in whatever mode a thread computes in float, the bits are the same, and the mode is its own again
 * afterwards: flushed denormals, every direction of rounding, unmasked exceptions. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <string.h>

#include "check.h"
#include "number/float_mode.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define HOPS 40u
#define HOP 32u
#define SAMPLES (HOPS * HOP)

/* Of how loud the sound is: as people make it, with powers that are denormals, near the least denormal. */
static const int exponents[] = {0, -32, -48, -64, -112, -148};

/* What a thread may have set, besides what it found. */
#if defined(__x86_64__)
static const ln_float_mode modes[] = {0x1F80u | 0x8040u, 0x1F80u | 0x8000u, 0x1F80u | 0x0040u, 0x1F80u | 0x2000u,
                                      0x1F80u | 0x4000u, 0x1F80u | 0x6000u, 0x1F80u | 0x803Fu, 0x0000u};
#elif defined(__aarch64__)
static const ln_float_mode modes[] = {1u << 24, 1u << 25, 1u << 22, 2u << 22, 3u << 22, 7u << 22};
#else
static const ln_float_mode modes[] = {LN_FLOAT_DEFAULT};
#endif

typedef struct answer {
    float sound[SAMPLES], batch[SAMPLES];
    int16_t codes[4 * (SMALL_LARGEST_WINDOW / 2 + 1)];
} answer;

/* Everything that the engine does, from the file's bytes to the last sample. */
static void answer_of(const uint8_t *file, size_t size, const char *isa, const float *sound, answer *to) {
    int status;
    const size_t bytes = linnet_model_size(file, size, isa, &status);
    linnet_model *model;
    linnet_session *session;
    void *memory = aligned_block(bytes), *room;
    CHECK(status == LINNET_OK && linnet_model_init(memory, bytes, file, size, isa, &model) == LINNET_OK);
    room = aligned_block(linnet_session_size(model));
    CHECK(linnet_session_init(room, linnet_session_size(model), model, &session) == LINNET_OK);
    CHECK(linnet_session_set_min_gain(session, 0.1f) == LINNET_OK);
    CHECK(linnet_session_denoise(session, sound, to->sound, HOPS) == LINNET_OK);
    linnet_session_reset(session);
    float *target = to->batch;
    CHECK(linnet_session_denoise_many(&session, 1, &sound, &target, HOPS) == LINNET_OK);
    linnet_session_reset(session);
    int16_t codes[4 * (SMALL_LARGEST_WINDOW / 2 + 1)];
    for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++) codes[i] = (int16_t)(i * 977u);
    memset(to->codes, 0, sizeof to->codes);
    CHECK(linnet_session_run(session, codes, to->codes, 1) == LINNET_OK);
    free(room), free(memory);
}

static void every_mode_gives_the_bits(const uint8_t *file, size_t size, const char *isa) {
    static float sound[SAMPLES];
    static answer expected, other;
    uint64_t seed = 3;
    for (size_t e = 0; e < sizeof exponents / sizeof exponents[0]; e++) {
        for (uint32_t n = 0; n < SAMPLES; n++) sound[n] = ldexpf(draw_sample(&seed), exponents[e]);
        answer_of(file, size, isa, sound, &expected);
        CHECK(memcmp(expected.sound, expected.batch, sizeof expected.sound) == 0);
        for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
            const ln_float_mode found = ln_float_mode_read();
            ln_float_mode_write(modes[i]);
            answer_of(file, size, isa, sound, &other);
            const ln_float_mode left = ln_float_mode_read();
            ln_float_mode_write(found);
            CHECK((left & LN_FLOAT_BITS) == (modes[i] & LN_FLOAT_BITS));
            CHECK(memcmp(&expected, &other, sizeof expected) == 0);
        }
    }
}

int main(void) {
    static uint8_t file[SMALL_MOST_BYTES];
    static const uint32_t phases_and_bands[][2] = {{0, 0}, {9, 0}, {9, 5}};
    for (size_t i = 0; i < 3; i++) {
        const size_t size =
            small_model_of(file, SMALL_LARGEST_WINDOW, HOP, phases_and_bands[i][0], phases_and_bands[i][1]);
        for (uint32_t at = 0; linnet_isa_name(at) != NULL; at++) every_mode_gives_the_bits(file, size, linnet_isa_name(at));
    }
    return 0;
}

/* test_batches.c - streams that are denoised together have the bits they have alone, on every instruction set: any number
 * of them, beginning and ending at different times, in any order. */
#define _POSIX_C_SOURCE 200112L
#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define STREAMS 19u
#define HOPS 60u
#define SAMPLES (HOPS * SMALL_HOP)

static float sound[STREAMS][SAMPLES], expected[STREAMS][SAMPLES], out[STREAMS][SAMPLES];

static linnet_model *open_model(const char *isa) {
    static uint8_t file[SMALL_MOST_BYTES];
    const size_t size = small_model_of(file, SMALL_WINDOW, SMALL_HOP, 4, 0);
    const size_t bytes = linnet_model_size(file, size, isa, NULL);
    linnet_model *model;
    CHECK(linnet_model_init(aligned_block(bytes), bytes, file, size, isa, &model) == LINNET_OK);
    return model;
}

static linnet_session *open_session(const linnet_model *model) {
    linnet_session *session;
    const size_t size = linnet_session_size(model);
    CHECK(linnet_session_init(aligned_block(size), size, model, &session) == LINNET_OK);
    return session;
}

/* Stream s lives from hop s to before hop HOPS - s % 5, and rests now and then. */
static bool lives(size_t s, size_t t) { return t >= s && t < HOPS - s % 5 && (t + s) % 7 != 0; }

static void streams_come_and_go(const linnet_model *model) {
    linnet_session *alone = open_session(model), *sessions[STREAMS], *list[STREAMS];
    const float *from[STREAMS];
    float *to[STREAMS];
    for (size_t s = 0; s < STREAMS; s++) {
        sessions[s] = open_session(model);
        linnet_session_reset(alone);
        for (size_t t = 0; t < HOPS; t++)
            if (lives(s, t))
                CHECK(linnet_session_denoise(alone, sound[s] + t * SMALL_HOP, expected[s] + t * SMALL_HOP, 1) == LINNET_OK);
    }
    for (size_t t = 0; t < HOPS; t++) {
        size_t count = 0;
        for (size_t i = 0; i < STREAMS; i++) {
            const size_t s = (i * 7 + t) % STREAMS; /* another order each time */
            if (!lives(s, t)) continue;
            list[count] = sessions[s], from[count] = sound[s] + t * SMALL_HOP, to[count++] = out[s] + t * SMALL_HOP;
        }
        CHECK(linnet_session_denoise_many(list, count, from, to, 1) == LINNET_OK);
    }
    CHECK(memcmp(out, expected, sizeof out) == 0);
}

int main(void) {
    uint64_t seed = 11;
    for (size_t s = 0; s < STREAMS; s++)
        for (size_t n = 0; n < SAMPLES; n++) /* a third of the streams pause, one at a time or several */
            sound[s][n] = s % 3 == 0 && n / SMALL_HOP % 40 > 20 + s ? 0.0f : draw_sample(&seed);
    for (uint32_t at = 0; linnet_isa_name(at) != NULL; at++) {
        memset(out, 0, sizeof out), memset(expected, 0, sizeof expected);
        streams_come_and_go(open_model(linnet_isa_name(at)));
    }
    return 0;
}

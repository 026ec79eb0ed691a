/* fuzz_denoise.c - libFuzzer's door to sound: any bytes as float32 samples, so NaN, infinities and denormals too,
 * through small models: whose front end is plain C, whose window is long enough for vectors, and such with phase and
 * bands and without offset. What comes
 * out must be finite, must not exceed what went in by more than the front end can add up, and must be the same bits
 * on every instruction set; silence that follows must come out as silence. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define MOST_SAMPLES 4096u
#define MOST_ISAS 8u
#define LOUDEST 64.0f /* |x| <= 4, times a window's gain, a turn's 1.42 and the sum of its overlaps: far below this */

typedef struct stream {
    linnet_session *session;
    float out[MOST_SAMPLES];
} stream;

typedef struct denoiser {
    small_settings is;
    uint32_t count;
    stream streams[MOST_ISAS]; /* one for each instruction set */
} denoiser;

#define DENOISERS 8u

static denoiser denoisers[DENOISERS] = {
    {.is = {SMALL_WINDOW, SMALL_HOP, 0, 0, 0.0f}},  {.is = {SMALL_LARGEST_WINDOW, 32, 0, 0, 0.0f}},
    {.is = {SMALL_WINDOW, SMALL_HOP, SMALL_BINS, 0, 0.0f}},
    {.is = {SMALL_LARGEST_WINDOW, 32, SMALL_MOST_PHASE_BINS, 0, 0.0f}},
    {.is = {SMALL_WINDOW, SMALL_HOP, 3, 2, 0.0f}},  {.is = {SMALL_LARGEST_WINDOW, 32, 9, 5, 0.0f}},
    {.is = {SMALL_WINDOW, SMALL_HOP, 0, 0, 0.02f}}, {.is = {SMALL_LARGEST_WINDOW, 32, 9, 5, 0.1f}},
};

static void open_streams(denoiser *d) {
    static uint8_t file[SMALL_MOST_BYTES];
    const size_t size = small_model_as(file, &d->is);
    for (; d->count < MOST_ISAS && linnet_isa_name(d->count) != NULL; d->count++) {
        const char *isa = linnet_isa_name(d->count);
        const size_t bytes = linnet_model_size(file, size, isa, NULL);
        linnet_model *model;
        CHECK(linnet_model_init(aligned_block(bytes), bytes, file, size, isa, &model) == LINNET_OK);
        const size_t room = linnet_session_size(model);
        CHECK(linnet_session_init(aligned_block(room), room, model, &d->streams[d->count].session) == LINNET_OK);
    }
}

/* The sound, then silence for longer than the front end remembers: a window in, and a window out. */
static void hear(denoiser *d, const float *samples, size_t count, float min_gain) {
    const size_t hops = count / d->is.hop, silent_hops = 3 * d->is.window / d->is.hop;
    float silence[3 * SMALL_LARGEST_WINDOW];
    for (uint32_t i = 0; i < d->count; i++) {
        stream *s = &d->streams[i];
        linnet_session_reset(s->session);
        CHECK(linnet_session_set_min_gain(s->session, min_gain) == LINNET_OK);
        CHECK(linnet_session_denoise(s->session, samples, s->out, hops) == LINNET_OK);
        for (size_t n = 0; n < hops * d->is.hop; n++) CHECK(isfinite(s->out[n]) && fabsf(s->out[n]) <= LOUDEST);
        CHECK(memcmp(s->out, d->streams[0].out, sizeof(float) * hops * d->is.hop) == 0);
        memset(silence, 0, sizeof silence);
        CHECK(linnet_session_denoise(s->session, silence, silence, silent_hops) == LINNET_OK);
        for (uint32_t n = 2 * d->is.window; n < 3 * d->is.window; n++) CHECK(silence[n] == 0.0f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static float samples[MOST_SAMPLES];
    for (uint32_t i = 0; i < DENOISERS; i++)
        if (denoisers[i].count == 0) open_streams(&denoisers[i]);
    if (size == 0) return 0;
    const size_t count = (size - 1) / sizeof(float) < MOST_SAMPLES ? (size - 1) / sizeof(float) : MOST_SAMPLES;
    memcpy(samples, bytes + 1, sizeof(float) * count);
    for (uint32_t i = 0; i < DENOISERS; i++) hear(&denoisers[i], samples, count, (float)bytes[0] / 255.0f);
    return 0;
}

/* test_rates.c - one model at every sample rate: windows of the same length in time, the model's own bins, sound that
 * comes back, and what lies above the model's bins or is missing below them. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <string.h>

#include "check.h"
#include "front/rates.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define WINDOW SMALL_LARGEST_WINDOW
#define HOP (WINDOW / 4)
#define BINS (WINDOW / 2 + 1)
#define PHASE_BINS 20u
#define HOPS 60u
#define MOST_SAMPLES (HOPS * HOP * 6)

static const double pi = 3.14159265358979323846;
static float sound[MOST_SAMPLES], out[MOST_SAMPLES];

static linnet_model *open_model(const small_settings *settings) {
    static uint8_t file[SMALL_MOST_BYTES];
    const size_t size = small_model_as(file, settings), bytes = linnet_model_size(file, size, NULL, NULL);
    linnet_model *model;
    CHECK(linnet_model_init(aligned_block(bytes), bytes, file, size, NULL, &model) == LINNET_OK);
    return model;
}

static linnet_format format_of(const linnet_model *model, uint32_t rate_hz) {
    linnet_format format;
    CHECK(linnet_model_format(model, rate_hz, &format, sizeof format) == LINNET_OK);
    return format;
}

static linnet_session *open_session(const linnet_model *model, uint32_t rate_hz) {
    const size_t bytes = (size_t)format_of(model, rate_hz).session_bytes;
    linnet_session *session;
    void *memory = aligned_block(bytes);
    memset(memory, 0xCD, bytes);
    CHECK(linnet_session_init_at(memory, bytes - 1, model, rate_hz, &session) == LINNET_ERROR_MEMORY);
    CHECK(linnet_session_init_at(memory, bytes, model, rate_hz, &session) == LINNET_OK);
    return session;
}

/* Within 0.25 % of the model's window and hop in time, and so are the bins. */
static void formats_last_as_long_as_the_models(const linnet_model *model, uint32_t rate_hz) {
    const linnet_format format = format_of(model, rate_hz);
    CHECK(format.sample_rate_hz == rate_hz && format.window == 4 * format.hop);
    CHECK(fabs((double)format.hop * 16000.0 / ((double)HOP * rate_hz) - 1.0) <= 0.0025);
    CHECK(format.delay_samples == format.window - format.hop);
}

static void gain_one_gives_the_sound_back(const linnet_model *model, uint32_t rate_hz) {
    const linnet_format format = format_of(model, rate_hz);
    linnet_session *session = open_session(model, rate_hz);
    const uint32_t samples = HOPS * format.hop;
    uint64_t seed = rate_hz;
    for (uint32_t n = 0; n < samples; n++) sound[n] = draw_sample(&seed);
    CHECK(linnet_session_set_min_gain(session, 1.0f) == LINNET_OK);
    CHECK(linnet_session_denoise(session, sound, out, HOPS) == LINNET_OK);
    for (uint32_t n = format.delay_samples; n < samples; n++)
        CHECK(fabsf(out[n] - sound[n - format.delay_samples]) <= 2e-6f);
}

/* Tones below 4 kHz, which every rate has. Bins above half the rate are made up. */
static void the_model_hears_what_it_hears_at_its_own_rate(const linnet_model *model, uint32_t rate_hz) {
    float heard[2][BINS + 2 * PHASE_BINS];
    const uint32_t rates[2] = {16000, rate_hz};
    for (int i = 0; i < 2; i++) {
        const uint32_t hop = format_of(model, rates[i]).hop;
        linnet_session *session = open_session(model, rates[i]);
        for (uint32_t n = 0; n < HOPS * hop; n++) { /* in time from the middle of the window */
            const double t = ((double)n - (HOPS * hop - 2.0 * hop)) / rates[i];
            sound[n] = 0.0f;
            for (uint32_t tone = 1; tone < 15; tone++) sound[n] += (float)(0.05 * sin(2.0 * pi * 250.0 * tone * t + tone * tone));
        }
        CHECK(linnet_session_denoise(session, sound, out, HOPS) == LINNET_OK);
        CHECK(linnet_session_last_frame(session, heard[i], NULL) == LINNET_OK);
    }
    const double tolerance = rate_hz % 11025 == 0 ? 0.05 : 0.01; /* there, windows are a little shorter */
    const float louder = heard[1][4] / heard[0][4]; /* leakage and what is made up count in the level */
    CHECK(louder > 0.5f && louder < 2.0f);
    for (uint32_t k = 2; k < 28; k++) CHECK(fabs(heard[1][k] / heard[0][k] / louder - 1.0f) <= tolerance);
    const uint32_t missing = (uint32_t)(rate_hz * 0.5 / 125) + 2; /* the first, or the one behind it */
    for (uint32_t k = missing; k < BINS; k++) CHECK(heard[1][k] == heard[1][missing] && heard[1][k] > 0.0f);
}

static double power(const float *samples, uint32_t count) {
    double sum = 0.0;
    for (uint32_t n = 0; n < count; n++) sum += (double)samples[n] * samples[n];
    return sum;
}

/* A tone at 12 kHz: it is turned down, or silent at once; with gain one it stays, and silence is the stronger wish. */
static void what_lies_above_is_kept_or_silent(const linnet_model *model) {
    linnet_session *session = open_session(model, 48000);
    const uint32_t hop = format_of(model, 48000).hop, samples = HOPS * hop;
    for (uint32_t n = 0; n < samples; n++) sound[n] = (float)(0.3 * sin(2.0 * pi * 0.25 * n));
    for (int kept = 1; kept >= 0; kept--) {
        linnet_session_reset(session);
        CHECK(linnet_session_set_upper_band(session, (uint32_t)kept) == LINNET_OK);
        CHECK(linnet_session_set_min_gain(session, 1.0f) == LINNET_OK);
        CHECK(linnet_session_denoise(session, sound, out, HOPS) == LINNET_OK);
        const double left = power(out + 4 * hop, samples - 4 * hop) / power(sound, samples - 4 * hop);
        CHECK(kept ? left > 0.99 && left < 1.01 : left < 1e-6);
    }
    CHECK(linnet_session_set_upper_band(session, 2) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_set_upper_band(NULL, 0) == LINNET_ERROR_ARGUMENT);
}

static void what_has_no_window_is_refused(const linnet_model *model) {
    static const uint32_t rates[] = {7999, 11024, 16001, 37000, 192000, 4000000000u};
    linnet_format format;
    linnet_session *session;
    static uint8_t memory[64];
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        CHECK(linnet_model_format(model, rates[i], &format, sizeof format) == LINNET_ERROR_RATE);
    CHECK(linnet_session_init_at(aligned_block(64), 64, model, 37000, &session) == LINNET_ERROR_RATE && session == NULL);
    CHECK(linnet_session_init_at(memory + 1, 63, model, 48000, &session) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_model_format(NULL, 48000, &format, sizeof format) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_model_format(model, 48000, NULL, sizeof format) == LINNET_ERROR_ARGUMENT);
    const linnet_model *least = open_model(&(small_settings){SMALL_WINDOW, SMALL_HOP, 0, 0, 0.0f, 0.0f, 0.0f});
    CHECK(linnet_model_format(least, 48000, &format, sizeof format) == LINNET_OK && format.window == 48);
    CHECK(linnet_model_format(least, 11025, &format, sizeof format) == LINNET_ERROR_RATE); /* a window of 11 samples */
}

/* 0 Hz and the model's own rate are linnet_session_init, to the byte and the bit. */
static void the_own_rate_is_the_session_without_a_rate(const linnet_model *model) {
    linnet_session *with = open_session(model, 16000), *without;
    const size_t bytes = linnet_session_size(model);
    CHECK(format_of(model, 0).session_bytes == bytes && format_of(model, 16000).session_bytes == bytes);
    CHECK(linnet_session_init(aligned_block(bytes), bytes, model, &without) == LINNET_OK);
    uint64_t seed = 7;
    for (uint32_t n = 0; n < HOPS * HOP; n++) sound[n] = draw_sample(&seed);
    static float other[HOPS * HOP];
    CHECK(linnet_session_denoise(with, sound, out, HOPS) == LINNET_OK);
    CHECK(linnet_session_denoise(without, sound, other, HOPS) == LINNET_OK);
    CHECK(memcmp(out, other, sizeof other) == 0);
    linnet_session *const list[2] = {with, open_session(model, 48000)};
    const float *from[2] = {sound, sound};
    float *to[2] = {out, out + MOST_SAMPLES / 2};
    CHECK(linnet_session_denoise_many(list, 2, from, to, 1) == LINNET_ERROR_ARGUMENT); /* of two rates */
}

int main(void) {
    static const small_settings settings[] = {{WINDOW, HOP, PHASE_BINS, 0, 0.0f, 0.0f, 0.0f},
                                              {WINDOW, HOP, 0, 8, 0.02f, 0.75f, 2.0f}};
    for (int i = 0; i < 2; i++) {
        const linnet_model *model = open_model(&settings[i]);
        for (uint32_t r = 0; linnet_sample_rate_hz(r) != 0; r++) {
            formats_last_as_long_as_the_models(model, linnet_sample_rate_hz(r));
            gain_one_gives_the_sound_back(model, linnet_sample_rate_hz(r));
            if (i == 0) the_model_hears_what_it_hears_at_its_own_rate(model, linnet_sample_rate_hz(r));
        }
        what_lies_above_is_kept_or_silent(model);
        what_has_no_window_is_refused(model);
        the_own_rate_is_the_session_without_a_rate(model);
    }
    return 0;
}

/* test_session.c - a session as its user sees it: gain one gives the sound back, later; what was said is forgotten by
 * reset; sessions do not disturb each other; no sample breaks it. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define HOPS 200u
#define SAMPLES (HOPS * SMALL_HOP)
#define DELAY (SMALL_WINDOW - SMALL_HOP)
#define MOST_WIDTH (3 * SMALL_BINS)

static linnet_model *open_model(uint32_t phase_bins, uint32_t band_ratio) {
    static uint8_t file[SMALL_MOST_BYTES];
    const size_t size = small_model_of(file, SMALL_WINDOW, SMALL_HOP, phase_bins, band_ratio);
    const size_t bytes = linnet_model_size(file, size, NULL, NULL);
    linnet_model *model;
    CHECK(linnet_model_init(aligned_block(bytes), bytes, file, size, NULL, &model) == LINNET_OK);
    return model;
}

static linnet_model *open_model_without_offset(void) {
    static uint8_t file[SMALL_MOST_BYTES];
    const size_t size = small_model_as(file, &(small_settings){SMALL_WINDOW, SMALL_HOP, 0, 0, 0.02f, 0.75f, 2.0f});
    const size_t bytes = linnet_model_size(file, size, NULL, NULL);
    linnet_model *model;
    CHECK(linnet_model_init(aligned_block(bytes), bytes, file, size, NULL, &model) == LINNET_OK);
    return model;
}

static linnet_session *open_session(const linnet_model *model) {
    linnet_session *session;
    void *memory = aligned_block(linnet_session_size(model));
    memset(memory, 0xCD, linnet_session_size(model)); /* what lay there before does not matter */
    CHECK(linnet_session_init(memory, linnet_session_size(model), model, &session) == LINNET_OK);
    return session;
}

static void gain_one_gives_the_sound_back(linnet_session *session, const float *sound) {
    float out[SAMPLES];
    linnet_session_reset(session);
    CHECK(linnet_session_set_min_gain(session, 1.0f) == LINNET_OK);
    CHECK(linnet_session_denoise(session, sound, out, HOPS) == LINNET_OK);
    for (uint32_t n = DELAY; n < SAMPLES; n++) CHECK(fabsf(out[n] - sound[n - DELAY]) <= 1e-6f);
    CHECK(linnet_session_set_min_gain(session, 0.0f) == LINNET_OK);
    CHECK(linnet_session_set_min_gain(session, 1.5f) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_set_min_gain(session, NAN) == LINNET_ERROR_ARGUMENT);
}

/* A constant is silence from the first hop on, also where digital silence comes before it, between or behind; and what
 * reset leaves is a stream that has heard none. */
static void an_offset_is_silence(const linnet_model *model) {
    linnet_session *session = open_session(model);
    float sound[SAMPLES] = {0}, out[SAMPLES];
    for (uint32_t n = 10 * SMALL_HOP; n < SAMPLES - 40 * SMALL_HOP; n++) sound[n] = n / (50 * SMALL_HOP) == 1 ? 0.0f : 0.25f;
    for (int again = 0; again < 2; again++) {
        CHECK(linnet_session_denoise(session, sound, out, HOPS) == LINNET_OK);
        for (uint32_t n = 0; n < SAMPLES; n++) CHECK(out[n] == 0.0f);
        linnet_session_reset(session);
        for (uint32_t n = 0; n < SAMPLES; n++) sound[n] = sound[n] * -3.0f;
    }
}

static void hops_may_come_in_any_number_and_in_place(linnet_session *session, const float *sound) {
    float whole[SAMPLES], pieces[SAMPLES];
    linnet_session_reset(session);
    CHECK(linnet_session_denoise(session, sound, whole, HOPS) == LINNET_OK);
    linnet_session_reset(session);
    memcpy(pieces, sound, sizeof pieces);
    for (uint32_t t = 0, step = 1; t < HOPS; t += step, step = step % 5 + 1) {
        if (t + step > HOPS) step = HOPS - t;
        CHECK(linnet_session_denoise(session, pieces + t * SMALL_HOP, pieces + t * SMALL_HOP, step) == LINNET_OK);
    }
    CHECK(memcmp(whole, pieces, sizeof whole) == 0);
}

static void sessions_do_not_disturb_each_other(const linnet_model *model, const float *sound) {
    linnet_session *first = open_session(model), *second = open_session(model), *alone = open_session(model);
    float out[SAMPLES], other[SMALL_HOP], expected[SAMPLES];
    CHECK(linnet_session_denoise(alone, sound, expected, HOPS) == LINNET_OK);
    for (uint32_t t = 0; t < HOPS; t++) {
        CHECK(linnet_session_denoise(first, sound + t * SMALL_HOP, out + t * SMALL_HOP, 1) == LINNET_OK);
        CHECK(linnet_session_denoise(second, sound + (HOPS - 1 - t) * SMALL_HOP, other, 1) == LINNET_OK);
    }
    CHECK(memcmp(out, expected, sizeof out) == 0);
}

#define STREAMS 3u

static void a_batch_has_the_bits_of_single_calls(const linnet_model *model, const float *sound) {
    linnet_session *alone = open_session(model), *sessions[STREAMS];
    static float expected[STREAMS][SAMPLES], out[STREAMS][SAMPLES];
    const float *from[STREAMS];
    float *to[STREAMS];
    for (uint32_t s = 0; s < STREAMS; s++) {
        sessions[s] = open_session(model), to[s] = out[s], from[s] = out[s]; /* in place */
        for (uint32_t n = 0; n < SAMPLES; n++) out[s][n] = sound[(n + 37 * s) % SAMPLES];
        linnet_session_reset(alone);
        CHECK(linnet_session_denoise(alone, out[s], expected[s], HOPS) == LINNET_OK);
    }
    CHECK(linnet_session_denoise_many(sessions, STREAMS, from, to, HOPS) == LINNET_OK);
    CHECK(memcmp(out, expected, sizeof out) == 0);
}

static void a_batch_that_is_none_is_refused(const linnet_model *model, const linnet_model *other) {
    linnet_session *a = open_session(model), *b = open_session(model), *c = open_session(other);
    float sound[SMALL_HOP] = {0}, *to[2] = {sound, sound};
    const float *from[2] = {sound, sound}, *hole[2] = {sound, NULL};
    const struct { linnet_session *list[2]; } wrong[] = {{{a, a}}, {{a, c}}, {{a, NULL}}, {{NULL, b}}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(linnet_session_denoise_many(wrong[i].list, 2, from, to, 1) == LINNET_ERROR_ARGUMENT);
    linnet_session *const right[2] = {a, b};
    CHECK(linnet_session_denoise_many(right, 2, hole, to, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_denoise_many(right, 2, NULL, to, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_denoise_many(NULL, 2, from, to, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_denoise_many(NULL, 0, NULL, NULL, 1) == LINNET_OK);
    CHECK(linnet_session_denoise_many(right, 2, from, to, 1) == LINNET_OK);
}

static void no_sample_breaks_it(linnet_session *session, const float *sound) {
    float bad[SAMPLES], cleaned[SAMPLES], out[SAMPLES], expected[SAMPLES];
    memcpy(bad, sound, sizeof bad);
    memcpy(cleaned, sound, sizeof cleaned);
    bad[100] = NAN, bad[101] = INFINITY, bad[102] = -INFINITY, bad[103] = 1e30f, bad[104] = -1e30f, bad[105] = 1e-42f;
    cleaned[100] = cleaned[101] = cleaned[102] = 0.0f, cleaned[103] = 4.0f, cleaned[104] = -4.0f, cleaned[105] = 1e-42f;
    linnet_session_reset(session);
    CHECK(linnet_session_denoise(session, bad, out, HOPS) == LINNET_OK);
    linnet_session_reset(session);
    CHECK(linnet_session_denoise(session, cleaned, expected, HOPS) == LINNET_OK);
    CHECK(memcmp(out, expected, sizeof out) == 0);
    for (uint32_t n = 0; n < SAMPLES; n++) CHECK(isfinite(out[n]));
    float silence[SAMPLES] = {0};
    linnet_session_reset(session);
    CHECK(linnet_session_denoise(session, silence, out, HOPS) == LINNET_OK);
    for (uint32_t n = 0; n < SAMPLES; n++) CHECK(out[n] == 0.0f);
}

#define BESIDE 50u           /* hops of sound before and behind a pause */
#define SHORT_PAUSE 8u       /* no window of the sound before it reaches the sound behind it, nor what comes out of it */
#define LONG_PAUSE 90u
#define PAUSED ((2 * BESIDE + LONG_PAUSE) * SMALL_HOP)

/* What comes behind a pause of digital silence is the same however long it was, and in a pause the last answer stays. */
static void digital_silence_leaves_no_trace(linnet_session *session, const float *sound) {
    float in[PAUSED], shorter[PAUSED], longer[PAUSED], gains[MOST_WIDTH], later[MOST_WIDTH] = {0};
    const uint32_t pauses[] = {SHORT_PAUSE, LONG_PAUSE}, part = BESIDE * SMALL_HOP;
    for (uint32_t i = 0; i < 2; i++) {
        float *out = i == 0 ? shorter : longer;
        const uint32_t pause = pauses[i] * SMALL_HOP;
        memset(in, 0, sizeof in);
        memcpy(in, sound, sizeof(float) * part);
        memcpy(in + part + pause, sound + part, sizeof(float) * part);
        linnet_session_reset(session);
        CHECK(linnet_session_denoise(session, in, out, BESIDE + SHORT_PAUSE) == LINNET_OK);
        memset(gains, 0, sizeof gains), memset(later, 0, sizeof later);
        CHECK(linnet_session_last_frame(session, NULL, gains) == LINNET_OK);
        const uint32_t at = (BESIDE + SHORT_PAUSE) * SMALL_HOP, rest = pauses[i] - SHORT_PAUSE;
        CHECK(linnet_session_denoise(session, in + at, out + at, rest) == LINNET_OK);
        CHECK(linnet_session_last_frame(session, NULL, later) == LINNET_OK);
        CHECK(memcmp(gains, later, sizeof gains) == 0);
        const uint32_t from = part + pause;
        CHECK(linnet_session_denoise(session, in + from, out + from, BESIDE) == LINNET_OK);
    }
    const float *behind = longer + part + LONG_PAUSE * SMALL_HOP;
    CHECK(memcmp(shorter + part + SHORT_PAUSE * SMALL_HOP, behind, sizeof(float) * part) == 0);
    float heard = 0.0f;
    for (uint32_t n = 0; n < part; n++) heard = fmaxf(heard, fabsf(behind[n]));
    CHECK(heard > 0.0f);
}

/* Cut in silence would be lost in silence: sound on the scale of int16, and one sample that is far too loud. */
static void the_loudest_sample_is_told(linnet_session *session, const float *sound) {
    float out[SAMPLES], loud[SAMPLES], loudest;
    memcpy(loud, sound, sizeof loud);
    linnet_session_reset(session);
    CHECK(linnet_session_loudest(session, &loudest) == LINNET_OK && loudest == 0.0f);
    loud[5] = NAN, loud[6] = INFINITY, loud[7] = -INFINITY, loud[8] = 1e-42f, loud[9] = -3.5f;
    CHECK(linnet_session_denoise(session, loud, out, HOPS) == LINNET_OK);
    CHECK(linnet_session_loudest(session, &loudest) == LINNET_OK && loudest == 3.5f);
    for (uint32_t n = 0; n < SAMPLES; n++) loud[n] = sound[n] * 32768.0f;
    loud[SAMPLES - 1] = -32768.0f;
    CHECK(linnet_session_denoise(session, loud, loud, HOPS) == LINNET_OK);
    CHECK(linnet_session_loudest(session, &loudest) == LINNET_OK && loudest == 32768.0f);
    CHECK(loudest > LINNET_LOUDEST_SAMPLE);
    CHECK(linnet_session_loudest(session, NULL) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_loudest(NULL, &loudest) == LINNET_ERROR_ARGUMENT);
    linnet_session_reset(session);
    CHECK(linnet_session_loudest(session, &loudest) == LINNET_OK && loudest == 0.0f);
}

/* Behind the features of all bins or bands stand those of the phase, which has none before the second hop with sound.
 * Bins with phase must be bands by themselves. */
static void the_last_frame_can_be_looked_at(linnet_session *session, const float *sound, uint32_t shown,
                                            uint32_t phase_bins) {
    float features[MOST_WIDTH + 1], gains[MOST_WIDTH + 1], out[SMALL_HOP];
    linnet_session_reset(session);
    for (uint32_t t = 0; t < 3; t++) {
        features[shown + 2 * phase_bins] = gains[shown + phase_bins] = 7.0f;
        CHECK(linnet_session_denoise(session, sound + t * SMALL_HOP, out, 1) == LINNET_OK);
        CHECK(linnet_session_last_frame(session, features, gains) == LINNET_OK);
        CHECK(linnet_session_last_frame(session, NULL, NULL) == LINNET_OK);
        CHECK(features[shown + 2 * phase_bins] == 7.0f && gains[shown + phase_bins] == 7.0f);
        for (uint32_t k = 0; k < shown; k++) CHECK(features[k] >= 0.0f);
        for (uint32_t k = 0; k < shown + phase_bins; k++) CHECK(gains[k] >= 0.0f && gains[k] <= 1.0f);
        for (uint32_t k = 0; k < phase_bins; k++) {
            const float cosine = features[shown + k], sine = features[shown + phase_bins + k];
            if (t == 0) CHECK(cosine == 0.0f && sine == 0.0f);
            else CHECK(fabsf(hypotf(cosine, sine) - features[k]) <= 1e-3f * features[k]);
        }
    }
}

/* What a reset leaves is what a new session has, and a hop of sound before it would be heard as a turn. */
static void reset_forgets_the_phase(const linnet_model *model, linnet_session *session, const float *sound) {
    linnet_session *fresh = open_session(model);
    float out[SAMPLES], expected[SAMPLES];
    CHECK(linnet_session_denoise(session, sound, out, 5) == LINNET_OK);
    linnet_session_reset(session);
    CHECK(linnet_session_denoise(session, sound, out, HOPS) == LINNET_OK);
    CHECK(linnet_session_denoise(fresh, sound, expected, HOPS) == LINNET_OK);
    CHECK(memcmp(out, expected, sizeof out) == 0);
}

/* The codes are what the denoiser's gains were dequantized from, however many hops a call takes. */
static void listening_gives_the_codes_of_what_denoising_answers(const linnet_model *model, const float *sound) {
    linnet_session *cleaning = open_session(model), *listening = open_session(model);
    linnet_info info;
    CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK && info.is_listener == 1);
    int16_t codes[HOPS * MOST_WIDTH], again[MOST_WIDTH];
    float out[SMALL_HOP], gains[MOST_WIDTH], heard[MOST_WIDTH];
    CHECK(linnet_session_listen(listening, sound, codes, HOPS) == LINNET_OK);
    linnet_session_reset(listening);
    for (uint32_t t = 0; t < HOPS; t++) {
        CHECK(linnet_session_denoise(cleaning, sound + t * SMALL_HOP, out, 1) == LINNET_OK);
        CHECK(linnet_session_listen(listening, sound + t * SMALL_HOP, again, 1) == LINNET_OK);
        CHECK(memcmp(again, codes + t * info.output_width, sizeof(int16_t) * info.output_width) == 0);
        CHECK(linnet_session_last_frame(cleaning, NULL, gains) == LINNET_OK);
        CHECK(linnet_session_last_frame(listening, NULL, heard) == LINNET_OK);
        for (uint32_t i = 0; i < info.output_width; i++) {
            CHECK(ldexpf((float)again[i], -info.output_exponent) == gains[i]);
            CHECK(heard[i] == gains[i]);
        }
    }
    CHECK(linnet_session_listen(listening, NULL, codes, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_listen(listening, sound, NULL, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_listen(NULL, sound, codes, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_listen(listening, NULL, NULL, 0) == LINNET_OK);
}

static void codes_need_no_sound(const linnet_model *model, linnet_session *session) {
    int16_t in[3 * MOST_WIDTH], out[3 * MOST_WIDTH], again[MOST_WIDTH];
    linnet_info info;
    CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK);
    for (uint32_t i = 0; i < 3 * info.input_width; i++) in[i] = (int16_t)(i * 1021u);
    linnet_session_reset(session);
    CHECK(linnet_session_run(session, in, out, 3) == LINNET_OK);
    linnet_session_reset(session);
    for (uint32_t t = 0; t < 3; t++) {
        CHECK(linnet_session_run(session, in + t * info.input_width, again, 1) == LINNET_OK);
        CHECK(memcmp(again, out + t * info.output_width, sizeof(int16_t) * info.output_width) == 0);
    }
    CHECK(linnet_session_run(session, NULL, out, 1) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_run(session, NULL, NULL, 0) == LINNET_OK);
    CHECK(linnet_session_denoise(NULL, NULL, NULL, 1) == LINNET_ERROR_ARGUMENT);
}

int main(void) {
    float sound[SAMPLES];
    uint64_t seed = 5;
    for (uint32_t n = 0; n < SAMPLES; n++) sound[n] = draw_sample(&seed);
    gain_one_gives_the_sound_back(open_session(open_model(0, 0)), sound);
    gain_one_gives_the_sound_back(open_session(open_model(0, 3)), sound);
    gain_one_gives_the_sound_back(open_session(open_model_without_offset()), sound);
    an_offset_is_silence(open_model_without_offset());
    reset_forgets_the_phase(open_model_without_offset(), open_session(open_model_without_offset()), sound);
    hops_may_come_in_any_number_and_in_place(open_session(open_model_without_offset()), sound);
    digital_silence_leaves_no_trace(open_session(open_model_without_offset()), sound);
    a_batch_has_the_bits_of_single_calls(open_model_without_offset(), sound);
    a_batch_that_is_none_is_refused(open_model(0, 0), open_model(0, 0));
    static const struct { uint32_t phase_bins, band_ratio, shown; } cases[] = {
        {0, 0, SMALL_BINS}, {4, 0, SMALL_BINS}, {SMALL_BINS, 0, SMALL_BINS}, {0, 2, 6}, {4, 3, 8}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const linnet_model *model = open_model(cases[i].phase_bins, cases[i].band_ratio);
        linnet_session *session = open_session(model);
        hops_may_come_in_any_number_and_in_place(session, sound);
        sessions_do_not_disturb_each_other(model, sound);
        a_batch_has_the_bits_of_single_calls(model, sound);
        no_sample_breaks_it(session, sound);
        digital_silence_leaves_no_trace(session, sound);
        the_loudest_sample_is_told(session, sound);
        the_last_frame_can_be_looked_at(session, sound, cases[i].shown, cases[i].phase_bins);
        reset_forgets_the_phase(model, session, sound);
        codes_need_no_sound(model, session);
        listening_gives_the_codes_of_what_denoising_answers(model, sound);
    }
    return 0;
}

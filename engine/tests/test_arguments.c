/* test_arguments.c - each argument missing, one at a time, and a model that is no denoiser: an error, never a crash. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define SAMPLES (2 * SMALL_WINDOW)
#define ARGUMENT(call) CHECK((call) == LINNET_ERROR_ARGUMENT)
#define NO_DENOISER(call) CHECK((call) == LINNET_ERROR_NOT_A_DENOISER)
#define NO_LISTENER(call) CHECK((call) == LINNET_ERROR_NOT_A_LISTENER)

typedef struct opened {
    uint8_t file[SMALL_MOST_BYTES];
    size_t size, model_bytes;
    void *memory;
    linnet_model *model;
    linnet_session *session;
} opened;

static void open_file(opened *o) {
    o->model_bytes = linnet_model_size(o->file, o->size, NULL, NULL);
    o->memory = aligned_block(o->model_bytes);
    CHECK(linnet_model_init(o->memory, o->model_bytes, o->file, o->size, NULL, &o->model) == LINNET_OK);
    const size_t bytes = linnet_session_size(o->model);
    CHECK(linnet_session_init(aligned_block(bytes), bytes, o->model, &o->session) == LINNET_OK);
}

static void open_small(opened *o, uint32_t window, uint32_t hop) {
    o->size = small_model_of(o->file, window, hop, 0, 0);
    open_file(o);
}

static void a_model_asks_for_all_its_arguments(opened *o) {
    int status = LINNET_OK;
    linnet_model *model = NULL;
    linnet_info info;
    CHECK(linnet_model_size(NULL, o->size, NULL, &status) == 0 && status == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_model_size(o->file, o->size, "none", &status) == 0 && status == LINNET_ERROR_ISA);
    CHECK(linnet_model_size(o->file, (size_t)1 << 29, NULL, &status) == 0 && status == LINNET_ERROR_TOO_LARGE);
    ARGUMENT(linnet_model_init(NULL, o->model_bytes, o->file, o->size, NULL, &model));
    ARGUMENT(linnet_model_init(o->memory, o->model_bytes, NULL, o->size, NULL, &model));
    ARGUMENT(linnet_model_init(o->memory, o->model_bytes, o->file, o->size, NULL, NULL));
    ARGUMENT(linnet_model_init((uint8_t *)o->memory + 1, o->model_bytes, o->file, o->size, NULL, &model));
    ARGUMENT(linnet_model_info(NULL, &info, sizeof info));
    ARGUMENT(linnet_model_info(o->model, NULL, sizeof info));
    CHECK(model == NULL);
}

static void a_session_asks_for_all_its_arguments(opened *o) {
    const size_t bytes = linnet_session_size(o->model);
    uint8_t *room = aligned_block(bytes + 64);
    linnet_session *session = NULL;
    int16_t codes[SAMPLES] = {0};
    float loudest;
    CHECK(linnet_session_size(NULL) == 0);
    ARGUMENT(linnet_session_init(NULL, bytes, o->model, &session));
    ARGUMENT(linnet_session_set_upper_band(NULL, 1));
    ARGUMENT(linnet_session_set_upper_band(o->session, 2));
    ARGUMENT(linnet_session_init(room, bytes, NULL, &session));
    ARGUMENT(linnet_session_init(room, bytes, o->model, NULL));
    ARGUMENT(linnet_session_init(room + 1, bytes, o->model, &session));
    CHECK(linnet_session_init(room, bytes - 1, o->model, &session) == LINNET_ERROR_MEMORY && session == NULL);
    linnet_session_reset(NULL);
    ARGUMENT(linnet_session_run(NULL, codes, codes, 1));
    ARGUMENT(linnet_session_run(o->session, NULL, codes, 1));
    ARGUMENT(linnet_session_run(o->session, codes, NULL, 1));
    CHECK(linnet_session_run(o->session, NULL, NULL, 0) == LINNET_OK);
    ARGUMENT(linnet_session_set_min_gain(NULL, 0.0f));
    ARGUMENT(linnet_session_set_min_gain(o->session, -0.1f));
    ARGUMENT(linnet_session_loudest(NULL, &loudest));
    ARGUMENT(linnet_session_loudest(o->session, NULL));
    ARGUMENT(linnet_session_last_frame(NULL, NULL, NULL));
    CHECK(linnet_session_last_frame(o->session, NULL, NULL) == LINNET_OK);
}

static void sound_asks_for_all_its_arguments(opened *o) {
    float in[SAMPLES] = {0}, out[SAMPLES];
    const float *ins[1] = {in}, *none_in[1] = {NULL};
    float *outs[1] = {out}, *none_out[1] = {NULL};
    linnet_session *none[1] = {NULL};
    ARGUMENT(linnet_session_denoise(NULL, in, out, 1));
    ARGUMENT(linnet_session_denoise(o->session, NULL, out, 1));
    ARGUMENT(linnet_session_denoise(o->session, in, NULL, 1));
    CHECK(linnet_session_denoise(o->session, NULL, NULL, 0) == LINNET_OK);
    CHECK(linnet_session_denoise_many(NULL, 0, NULL, NULL, 1) == LINNET_OK);
    CHECK(linnet_session_denoise_many(NULL, 1, NULL, NULL, 0) == LINNET_OK);
    ARGUMENT(linnet_session_denoise_many(NULL, 1, ins, outs, 1));
    ARGUMENT(linnet_session_denoise_many(&o->session, 1, NULL, outs, 1));
    ARGUMENT(linnet_session_denoise_many(&o->session, 1, ins, NULL, 1));
    ARGUMENT(linnet_session_denoise_many(none, 1, ins, outs, 1));
    ARGUMENT(linnet_session_denoise_many(&o->session, 1, none_in, outs, 1));
    ARGUMENT(linnet_session_denoise_many(&o->session, 1, ins, none_out, 1));
}

static void what_is_no_denoiser_runs_codes_alone(opened *o) {
    int16_t codes[SAMPLES] = {0};
    float sound[SAMPLES] = {0};
    const float *ins[1] = {sound};
    float *outs[1] = {sound};
    linnet_info info;
    CHECK(linnet_model_info(o->model, &info, sizeof info) == LINNET_OK && !info.is_denoiser);
    CHECK(linnet_session_run(o->session, codes, codes, 1) == LINNET_OK);
    NO_DENOISER(linnet_session_denoise(o->session, sound, sound, 1));
    NO_DENOISER(linnet_session_denoise_many(&o->session, 1, ins, outs, 1));
    NO_DENOISER(linnet_session_set_min_gain(o->session, 0.0f));
    NO_DENOISER(linnet_session_set_upper_band(o->session, 0));
}

static void what_is_shown_no_features_hears_nothing_at_any_rate(opened *o) {
    int16_t codes[SAMPLES] = {0};
    float sound[SAMPLES] = {0}, loudest;
    linnet_session *session;
    linnet_format format = {0};
    linnet_info info;
    CHECK(linnet_model_info(o->model, &info, sizeof info) == LINNET_OK && !info.is_listener);
    NO_LISTENER(linnet_session_listen(o->session, sound, codes, 1));
    NO_LISTENER(linnet_session_loudest(o->session, &loudest));
    NO_LISTENER(linnet_session_last_frame(o->session, NULL, NULL));
    NO_LISTENER(linnet_model_format(o->model, 48000, &format, sizeof format));
    NO_LISTENER(linnet_session_init_at(aligned_block(64), 64, o->model, 48000, &session));
    CHECK(session == NULL && format.window == 0);
    CHECK(linnet_model_format(o->model, 0, &format, sizeof format) == LINNET_OK && format.window == info.window);
    CHECK(format.session_bytes == info.session_bytes);
}

/* Where the key stands first. */
static void put_u32(opened *o, const char *key, uint32_t number) {
    size_t at = 0;
    while (memcmp(o->file + at, key, strlen(key)) != 0) at++;
    for (uint32_t i = 0; i < 4; i++) o->file[at + strlen(key) + 4 + i] = (uint8_t)(number >> (8 * i));
}

/* 9 bins with the phase of 6 and 17 bins with the phase of 2 are both 21 numbers: the same program, shown the features of
 * another window, to which its 15 answers are no gains. */
static void what_only_listens_does_so_at_every_rate(void) {
    static opened o;
    int16_t codes[SAMPLES] = {0};
    float sound[6 * SAMPLES] = {0}, loudest;
    linnet_session *session;
    linnet_format format;
    linnet_info info;
    o.size = small_model_of(o.file, SMALL_WINDOW, SMALL_HOP, 6, 0);
    put_u32(&o, "linnet.window", 32);
    put_u32(&o, "linnet.phase_bins", 2);
    small_model_seal(o.file, o.size);
    open_file(&o);
    CHECK(linnet_model_info(o.model, &info, sizeof info) == LINNET_OK && info.is_listener && !info.is_denoiser);
    for (uint32_t hz = 16000; hz <= 96000; hz += 16000) {
        if (linnet_model_format(o.model, hz, &format, sizeof format) == LINNET_ERROR_RATE) continue; /* 64 kHz */
        CHECK(format.window == 32 * (hz / 16000));
        const size_t bytes = (size_t)format.session_bytes;
        CHECK(linnet_session_init_at(aligned_block(bytes), bytes, o.model, hz, &session) == LINNET_OK);
        sound[0] = 0.5f;
        CHECK(linnet_session_listen(session, sound, codes, 1) == LINNET_OK);
        CHECK(linnet_session_loudest(session, &loudest) == LINNET_OK && loudest == 0.5f);
        NO_DENOISER(linnet_session_denoise(session, sound, sound, 1));
        NO_DENOISER(linnet_session_set_upper_band(session, 1));
    }
}

int main(void) {
    static opened denoiser, other, short_hop;
    open_small(&denoiser, SMALL_WINDOW, SMALL_HOP);
    open_small(&other, SMALL_WINDOW, SMALL_WINDOW);
    open_small(&short_hop, SMALL_LARGEST_WINDOW, 2); /* a window for vectors, a hop that is too short for them */
    a_model_asks_for_all_its_arguments(&denoiser);
    a_session_asks_for_all_its_arguments(&denoiser);
    sound_asks_for_all_its_arguments(&denoiser);
    what_is_no_denoiser_runs_codes_alone(&other);
    what_is_shown_no_features_hears_nothing_at_any_rate(&other);
    what_only_listens_does_so_at_every_rate();
    for (int status = -100; status < 100; status++) CHECK(strlen(linnet_status_text(status)) > 0);
    return 0;
}

/* test_arguments.c - each argument missing, one at a time, and a model that is no denoiser: an error, never a crash. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define SAMPLES (2 * SMALL_WINDOW)
#define ARGUMENT(call) CHECK((call) == LINNET_ERROR_ARGUMENT)
#define NO_DENOISER(call) CHECK((call) == LINNET_ERROR_NOT_A_DENOISER)

typedef struct opened {
    uint8_t file[SMALL_MOST_BYTES];
    size_t size, model_bytes;
    void *memory;
    linnet_model *model;
    linnet_session *session;
} opened;

static void open_small(opened *o, uint32_t window, uint32_t hop) {
    o->size = small_model_of(o->file, window, hop, 0, 0);
    o->model_bytes = linnet_model_size(o->file, o->size, NULL, NULL);
    o->memory = aligned_block(o->model_bytes);
    CHECK(linnet_model_init(o->memory, o->model_bytes, o->file, o->size, NULL, &o->model) == LINNET_OK);
    const size_t bytes = linnet_session_size(o->model);
    CHECK(linnet_session_init(aligned_block(bytes), bytes, o->model, &o->session) == LINNET_OK);
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
    float *outs[1] = {sound}, loudest;
    linnet_info info;
    CHECK(linnet_model_info(o->model, &info, sizeof info) == LINNET_OK && !info.is_denoiser);
    CHECK(linnet_session_run(o->session, codes, codes, 1) == LINNET_OK);
    NO_DENOISER(linnet_session_denoise(o->session, sound, sound, 1));
    NO_DENOISER(linnet_session_denoise_many(&o->session, 1, ins, outs, 1));
    NO_DENOISER(linnet_session_set_min_gain(o->session, 0.0f));
    NO_DENOISER(linnet_session_loudest(o->session, &loudest));
    NO_DENOISER(linnet_session_last_frame(o->session, NULL, NULL));
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
    for (int status = -100; status < 100; status++) CHECK(strlen(linnet_status_text(status)) > 0);
    return 0;
}

/* test_model.c - a model file is untrusted: cut, bent and forged ones are refused with their reason or run without
 * harm. Run it under the sanitizers (cmake --preset sanitize), which see what a plain run would not. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

/* The status of these bytes, in a block that ends where they end; what is accepted runs for a few frames. */
static int meet(const uint8_t *bytes, size_t size) {
    uint8_t *file = malloc(size > 0 ? size : 1);
    memcpy(file, bytes, size);
    int status;
    const size_t model_bytes = linnet_model_size(file, size, NULL, &status);
    if (status == LINNET_OK && model_bytes <= (1u << 24)) {
        linnet_model *model;
        linnet_session *session;
        void *memory = aligned_block(model_bytes);
        CHECK(linnet_model_init(memory, model_bytes, file, size, NULL, &model) == LINNET_OK);
        memset(file, 0xEE, size); /* the model may not look at it again */
        linnet_info info;
        CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK);
        void *room = aligned_block(linnet_session_size(model));
        CHECK(linnet_session_init(room, linnet_session_size(model), model, &session) == LINNET_OK);
        int16_t *codes = aligned_block(2 * sizeof(int16_t) * 32768);
        for (uint32_t i = 0; i < 32768; i++) codes[i] = (int16_t)(i * 40503u);
        CHECK(linnet_session_run(session, codes, codes + 32768, 1) == LINNET_OK);
        float *sound = aligned_block(sizeof(float) * 8192);
        for (uint32_t i = 0; i < 8192; i++) sound[i] = (float)(i % 7) / 7.0f;
        const int played = linnet_session_denoise(session, sound, sound, 2);
        CHECK(played == (info.is_denoiser ? LINNET_OK : LINNET_ERROR_NOT_A_DENOISER));
        free(memory), free(room), free(codes), free(sound);
    }
    free(file);
    return status;
}

static void every_prefix_is_refused(const uint8_t *whole, size_t size) {
    for (size_t cut = 0; cut < size; cut++) {
        static uint8_t file[SMALL_MOST_BYTES];
        CHECK(meet(whole, cut) != LINNET_OK);
        memcpy(file, whole, cut);
        if (cut < 53) continue;
        small_model_seal(file, cut); /* a forged checksum does not help */
        CHECK(meet(file, cut) != LINNET_OK);
    }
}

static void every_changed_byte_is_noticed(const uint8_t *whole, size_t size) {
    static uint8_t file[SMALL_MOST_BYTES];
    for (size_t at = 0; at < size; at++) {
        memcpy(file, whole, size);
        file[at] ^= (uint8_t)(1u << at % 8);
        CHECK(meet(file, size) != LINNET_OK);
    }
}

/* With the checksum made right again, all other checks are on their own. */
static void forged_files_do_no_harm(const uint8_t *whole, size_t size) {
    static uint8_t file[SMALL_MOST_BYTES];
    uint64_t seed = 3;
    unsigned met[32] = {0};
    for (int trial = 0; trial < 12000; trial++) {
        memcpy(file, whole, size);
        for (uint32_t changes = 1 + draw(&seed) % 3; changes > 0; changes--) {
            const size_t at = 4 + draw(&seed) % (size - 4);
            static const uint8_t favourites[6] = {0, 1, 0x7f, 0x80, 0xff, 0xfe};
            file[at] = (uint8_t)(draw(&seed) % 2 ? draw(&seed) : favourites[draw(&seed) % 6]);
        }
        small_model_seal(file, size);
        met[meet(file, size)]++;
    }
    CHECK(met[LINNET_OK] > 0 && met[LINNET_ERROR_TRUNCATED] > 0 && met[LINNET_ERROR_SETTING] > 0);
    CHECK(met[LINNET_ERROR_TENSOR] > 0 && met[LINNET_ERROR_WIRE] > 0 && met[LINNET_ERROR_NODE] > 0);
    CHECK(met[LINNET_ERROR_POSITIONS] > 0 && met[LINNET_ERROR_VERSION] > 0 && met[LINNET_ERROR_OVERFLOW] > 0);
}

typedef struct number_case {
    uint8_t bytes[4];
    int status;
} number_case;

/* The statuses of a model with these numbers for a key, which was 3; one of another type is refused. */
static void a_number_is_met(const char *key, const number_case *cases, size_t count) {
    static uint8_t file[SMALL_MOST_BYTES];
    const size_t size = small_model_of(file, SMALL_WINDOW, SMALL_HOP, 3, 3);
    size_t at = 0;
    while (memcmp(file + at, key, strlen(key)) != 0) at++;
    uint8_t *value = file + at + strlen(key) + 4;
    CHECK(value[0] == 3 && value[1] == 0 && value[2] == 0 && value[3] == 0);
    for (size_t i = 0; i < count; i++) {
        memcpy(value, cases[i].bytes, 4);
        small_model_seal(file, size);
        CHECK(meet(file, size) == cases[i].status);
    }
    value[-4] = 6; /* a float32 */
    small_model_seal(file, size);
    CHECK(meet(file, size) == LINNET_ERROR_SETTING);
}

/* As many lowest bins as the key says, up to all of them; the program's widths decide whether it is a denoiser. */
static void phase_bins_are_within_the_bins(void) {
    static const number_case cases[] = {
        {{3, 0, 0, 0}, LINNET_OK}, {{0, 0, 0, 0}, LINNET_OK}, {{SMALL_BINS, 0, 0, 0}, LINNET_OK},
        {{SMALL_BINS + 1, 0, 0, 0}, LINNET_ERROR_SETTING}, {{3, 0, 0, 0x80}, LINNET_ERROR_SETTING},
        {{255, 255, 255, 255}, LINNET_ERROR_SETTING}};
    a_number_is_met("linnet.phase_bins", cases, sizeof cases / sizeof cases[0]);
}

static void a_band_ratio_is_none_or_from_two_to_less_than_the_bins(void) {
    static const number_case cases[] = {
        {{3, 0, 0, 0}, LINNET_OK}, {{0, 0, 0, 0}, LINNET_OK}, {{2, 0, 0, 0}, LINNET_OK}, {{SMALL_BINS - 1, 0, 0, 0}, LINNET_OK},
        {{1, 0, 0, 0}, LINNET_ERROR_SETTING}, {{SMALL_BINS, 0, 0, 0}, LINNET_ERROR_SETTING},
        {{3, 0, 0, 0x80}, LINNET_ERROR_SETTING}, {{255, 255, 255, 255}, LINNET_ERROR_SETTING}};
    a_number_is_met("linnet.band_ratio", cases, sizeof cases / sizeof cases[0]);
}

static void memory_is_checked(const uint8_t *whole, size_t size) {
    int status;
    linnet_model *model;
    linnet_session *session;
    const size_t bytes = linnet_model_size(whole, size, NULL, &status);
    uint8_t *memory = aligned_block(bytes + 64);
    CHECK(linnet_model_size(NULL, 5, NULL, &status) == 0 && status == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_model_size("", 0, NULL, NULL) == 0);
    CHECK(linnet_model_init(memory, bytes - 1, whole, size, NULL, &model) == LINNET_ERROR_MEMORY);
    CHECK(linnet_model_init(memory + 8, bytes, whole, size, NULL, &model) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_model_init(NULL, bytes, whole, size, NULL, &model) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_model_init(memory, bytes, whole, size, "mmx", &model) == LINNET_ERROR_ISA);
    CHECK(linnet_model_init(memory, bytes, whole, size, NULL, &model) == LINNET_OK);
    CHECK(linnet_session_init(memory, 1, model, &session) == LINNET_ERROR_MEMORY);
    CHECK(linnet_session_init(memory, 1, NULL, &session) == LINNET_ERROR_ARGUMENT);
    CHECK(linnet_session_size(NULL) == 0);
    for (int s = -1; s <= LINNET_ERROR_NOT_A_LISTENER + 1; s++) CHECK(linnet_status_text(s)[0] != '\0');

    linnet_info info;
    memset(&info, 0xAA, sizeof info);
    CHECK(linnet_model_info(model, &info, 8) == LINNET_OK); /* a shorter struct of an older header */
    CHECK(info.sample_rate_hz == 16000 && info.window == SMALL_WINDOW && info.hop == 0xAAAAAAAAu);
    CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK);
    CHECK(info.hop == SMALL_HOP && info.delay_samples == SMALL_WINDOW - SMALL_HOP && info.is_denoiser == 1);
    CHECK(info.input_width == SMALL_BINS && info.output_width == SMALL_BINS && info.phase_bins == 0);
    CHECK(info.band_ratio == 0);
    CHECK(strcmp(info.name, "small") == 0 && info.input_exponent == 12 && info.output_exponent == 15);
    free(memory);
}

int main(void) {
    static uint8_t whole[SMALL_MOST_BYTES];
    for (uint32_t phase_bins = 0; phase_bins <= 3; phase_bins += 3) { /* 3: bands, too */
        const size_t size = small_model_of(whole, SMALL_WINDOW, SMALL_HOP, phase_bins, phase_bins);
        CHECK(meet(whole, size) == LINNET_OK);
        every_prefix_is_refused(whole, size);
        every_changed_byte_is_noticed(whole, size);
        forged_files_do_no_harm(whole, size);
    }
    phase_bins_are_within_the_bins();
    a_band_ratio_is_none_or_from_two_to_less_than_the_bins();
    memory_is_checked(whole, small_model(whole));
    return 0;
}

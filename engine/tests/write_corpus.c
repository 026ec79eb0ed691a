/* write_corpus.c - where the fuzzers begin: write_corpus FOLDER writes small models of several windows into
 * FOLDER/model, and sounds of every kind of float into FOLDER/sound; both folders must be there. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "small_model.h"

#define SAMPLES 512u

static void write_file(const char *folder, const char *kind, uint32_t number, const void *bytes, size_t size) {
    char path[1024];
    CHECK(snprintf(path, sizeof path, "%s/%s/%u", folder, kind, (unsigned)number) < (int)sizeof path);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static void write_models(const char *folder) {
    static uint8_t file[SMALL_MOST_BYTES];
    uint32_t number = 0;
    for (uint32_t window = SMALL_WINDOW; window <= SMALL_LARGEST_WINDOW; window *= 2)
        for (uint32_t hop = window / 4; hop <= window; hop *= 2) /* hop = window: a program, but no denoiser */
            for (uint32_t phase_bins = 0; phase_bins <= 9; phase_bins += 9)
                for (uint32_t band_ratio = 0; band_ratio <= 4; band_ratio += 4)
                    write_file(folder, "model", number++, file, small_model_of(file, window, hop, phase_bins, band_ratio));
    const small_settings without_offset = {SMALL_WINDOW, SMALL_HOP, 3, 2, 0.02f};
    write_file(folder, "model", number, file, small_model_as(file, &without_offset));
}

/* A byte for the smallest gain, then samples: noise at a loudness, with one odd value strewn in. */
static void write_sounds(const char *folder) {
    static const float odd[] = {0.0f, -0.0f, NAN, INFINITY, -INFINITY, 1e-45f, -1e-38f, 3.4e38f, -3.4e38f, 4.0f, 1.0f};
    uint64_t seed = 11;
    for (uint32_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        uint8_t bytes[1 + sizeof(float) * SAMPLES];
        float samples[SAMPLES];
        for (uint32_t n = 0; n < SAMPLES; n++)
            samples[n] = draw(&seed) % 4 == 0 ? odd[i] : ldexpf(draw_sample(&seed), -(int)(5 * i));
        bytes[0] = (uint8_t)(25 * i);
        memcpy(bytes + 1, samples, sizeof samples);
        write_file(folder, "sound", i, bytes, sizeof bytes);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: write_corpus FOLDER\n"), 2;
    write_models(argv[1]);
    write_sounds(argv[1]);
    return 0;
}

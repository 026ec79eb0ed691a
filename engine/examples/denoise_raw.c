/* denoise_raw.c - a whole program that cleans sound with Linnet, in C or C++:
 *
 *     cc denoise_raw.c $(pkg-config --cflags --libs linnet) -o denoise_raw
 *     sox noisy.wav -t f32 -r 16000 -c 1 - | ./denoise_raw MODEL.gguf /dev/stdin clean.f32
 *
 * Raw float32 samples, one channel, at the model's rate or, with a fourth word, at that many Hz. The output is as long as the input and in time with it. */
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef _WIN32 /* its C library has no aligned_alloc */
#include <malloc.h>
#define aligned_alloc(alignment, size) _aligned_malloc(size, alignment)
#endif

/* Memory as the engine wants it: on a multiple of LINNET_ALIGNMENT. */
static void *memory(size_t size) {
    return aligned_alloc(LINNET_ALIGNMENT, (size / LINNET_ALIGNMENT + 1) * LINNET_ALIGNMENT);
}

static linnet_session *open_session(const char *path, uint32_t rate_hz, linnet_format *format) {
    FILE *in = fopen(path, "rb");
    const long size = in != NULL && fseek(in, 0, SEEK_END) == 0 ? ftell(in) : 0;
    void *file = size > 0 ? malloc((size_t)size) : NULL;
    size_t bytes = file != NULL && fseek(in, 0, SEEK_SET) == 0 ? fread(file, 1, (size_t)size, in) : 0;
    if (in != NULL) fclose(in);
    if (bytes == 0) return fprintf(stderr, "%s cannot be read\n", path), (linnet_session *)NULL;
    int status;
    linnet_model *model = NULL;
    linnet_session *session = NULL;
    const size_t model_bytes = linnet_model_size(file, bytes, NULL, &status);
    if (status == LINNET_OK) status = linnet_model_init(memory(model_bytes), model_bytes, file, bytes, NULL, &model);
    free(file); /* the model has taken what it needs */
    if (status == LINNET_OK) status = linnet_model_format(model, rate_hz, format, sizeof *format);
    bytes = status == LINNET_OK ? (size_t)format->session_bytes : 0;
    if (status == LINNET_OK) status = linnet_session_init_at(memory(bytes), bytes, model, rate_hz, &session);
    if (status != LINNET_OK) fprintf(stderr, "%s: %s\n", path, linnet_status_text(status));
    return status == LINNET_OK ? session : NULL;
}

/* Samples that are too loud are cut by the engine; this says so once. */
static void warn_of_cuts(const linnet_session *session, int *has_warned) {
    float loudest = 0.0f;
    if (*has_warned || linnet_session_loudest(session, &loudest) != LINNET_OK || loudest <= LINNET_LOUDEST_SAMPLE) return;
    fprintf(stderr, "a sample of magnitude %g came and is cut to %g: samples lie in [-1, 1]; divide those on the scale of "
                    "int16 by 32768\n", (double)loudest, (double)LINNET_LOUDEST_SAMPLE);
    *has_warned = 1;
}

/* Hop by hop until as much has come out as went in; the first `skip` samples stand before the beginning. */
static int denoise(linnet_session *session, size_t hop, size_t skip, FILE *in, FILE *out) {
    static float samples[49152]; /* no hop is longer: 4096 at 8 kHz, at 96 kHz */
    int has_warned = 0;
    for (size_t taken = 0, given = 0; !ferror(in) && !ferror(out);) {
        size_t count = fread(samples, sizeof(float), hop, in);
        taken += count;
        if (count < hop && given == taken) return 0;
        while (count < hop) samples[count++] = 0.0f;
        const int status = linnet_session_denoise(session, samples, samples, 1);
        if (status != LINNET_OK) return fprintf(stderr, "%s\n", linnet_status_text(status));
        warn_of_cuts(session, &has_warned);
        const size_t first = skip < hop ? skip : hop;
        const size_t ready = hop - first < taken - given ? hop - first : taken - given;
        skip -= first;
        given += fwrite(samples + first, sizeof(float), ready, out);
    }
    return fprintf(stderr, "the sound cannot be read or written\n");
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) return fprintf(stderr, "usage: denoise_raw MODEL.gguf NOISY.f32 CLEAN.f32 [RATE]\n"), 2;
    linnet_format format;
    linnet_session *session = open_session(argv[1], argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0, &format);
    FILE *in = fopen(argv[2], "rb"), *out = fopen(argv[3], "wb");
    if (session == NULL || in == NULL || out == NULL) return fprintf(stderr, "a file does not open\n"), 1;
    return denoise(session, format.hop, format.delay_samples, in, out) != 0 || fclose(out) != 0;
}

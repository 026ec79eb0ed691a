/* denoise_raw.c - the smallest program that cleans sound with Linnet:
 *
 *     cc denoise_raw.c -I ../include -L BUILD -llinnet -o denoise_raw
 *     sox noisy.wav -t f32 -r 16000 -c 1 - | ./denoise_raw MODEL.gguf /dev/stdin clean.f32
 *
 * Raw float32 samples, one channel, at the model's rate. The delay is compensated: what comes out is as long as what
 * went in, and aligned with it. */
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>

/* Memory for the engine: on a multiple of LINNET_ALIGNMENT, its size rounded up as aligned_alloc wants it. */
static void *memory(size_t size) {
    return aligned_alloc(LINNET_ALIGNMENT, (size + LINNET_ALIGNMENT) / LINNET_ALIGNMENT * LINNET_ALIGNMENT);
}

static void *read_whole(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t room = 0;
    *size = 0;
    while (file != NULL && !feof(file) && !ferror(file)) {
        if (*size == room) {
            char *grown = realloc(bytes, room = 2 * room + 65536);
            if (grown == NULL) break;
            bytes = grown;
        }
        *size += fread(bytes + *size, 1, room - *size, file);
    }
    if (file != NULL) fclose(file);
    return bytes;
}

static linnet_session *open_session(const char *path, linnet_info *info) {
    size_t file_bytes;
    void *file = read_whole(path, &file_bytes);
    linnet_model *model = NULL;
    linnet_session *session = NULL;
    int status = LINNET_OK;
    const size_t model_bytes = linnet_model_size(file, file_bytes, NULL, &status);
    if (status == LINNET_OK)
        status = linnet_model_init(memory(model_bytes), model_bytes, file, file_bytes, NULL, &model);
    free(file); /* the model has taken what it needs */
    const size_t session_bytes = linnet_session_size(model);
    if (status == LINNET_OK) status = linnet_session_init(memory(session_bytes), session_bytes, model, &session);
    if (status == LINNET_OK) status = linnet_model_info(model, info, sizeof *info);
    if (status != LINNET_OK) fprintf(stderr, "%s: %s\n", path, linnet_status_text(status));
    return status == LINNET_OK ? session : NULL;
}

/* Hop by hop until as much has come out as went in; the first `delay` samples stand before the beginning. */
static int denoise(linnet_session *session, size_t hop, size_t delay, FILE *in, FILE *out) {
    float samples[8192]; /* no hop is longer */
    size_t taken = 0, given = 0, skip = delay;
    while (!ferror(in) && !ferror(out)) {
        const size_t count = fread(samples, sizeof(float), hop, in);
        taken += count;
        if (count < hop && given == taken) return 0;
        for (size_t i = count; i < hop; i++) samples[i] = 0.0f;
        if (linnet_session_denoise(session, samples, samples, 1) != LINNET_OK) return 1;
        const size_t first = skip < hop ? skip : hop;
        const size_t left = taken - given, ready = hop - first < left ? hop - first : left;
        skip -= first;
        given += fwrite(samples + first, sizeof(float), ready, out);
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: denoise_raw MODEL.gguf NOISY.f32 CLEAN.f32\n"), 2;
    linnet_info info;
    linnet_session *session = open_session(argv[1], &info);
    if (session == NULL) return 1;
    FILE *in = fopen(argv[2], "rb"), *out = fopen(argv[3], "wb");
    if (in == NULL || out == NULL) return fprintf(stderr, "a sound file does not open\n"), 1;
    const int failed = denoise(session, info.hop, info.delay_samples, in, out);
    return fclose(out) == 0 && !failed ? 0 : 1;
}

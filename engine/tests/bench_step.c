/* bench_step.c - how long one frame takes: bench_step MODEL.gguf prints microseconds per frame, the median of many
 * short runs on one core, caches hot. A measurement of this machine at this moment; pin it and keep it idle. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "linnet/linnet.h"

#define RUNS 201
#define FRAMES 50

static void *block(size_t size) {
    return aligned_alloc(LINNET_ALIGNMENT, (size + LINNET_ALIGNMENT) / LINNET_ALIGNMENT * LINNET_ALIGNMENT);
}

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    const long end = ftell(file);
    void *bytes = end > 0 ? malloc((size_t)end) : NULL;
    rewind(file);
    *size = bytes != NULL ? fread(bytes, 1, (size_t)end, file) : 0;
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    size_t size = 0;
    void *file = argc == 2 ? read_file(argv[1], &size) : NULL;
    if (file == NULL) return fprintf(stderr, "usage: bench_step MODEL.gguf\n"), 2;
    int status;
    const size_t model_bytes = linnet_model_size(file, size, &status);
    linnet_model *model = NULL;
    if (status == LINNET_OK) status = linnet_model_init(block(model_bytes), model_bytes, file, size, &model);
    if (status != LINNET_OK) return fprintf(stderr, "%s: %s\n", argv[1], linnet_status_text(status)), 1;
    linnet_info info;
    (void)linnet_model_info(model, &info, sizeof info);
    const size_t session_bytes = linnet_session_size(model);
    linnet_session *session = NULL;
    (void)linnet_session_init(block(session_bytes), session_bytes, model, &session);

    int16_t *codes = block(sizeof(int16_t) * FRAMES * (info.input_width + info.output_width));
    float *samples = block(sizeof(float) * FRAMES * info.hop);
    for (size_t i = 0; i < FRAMES * info.input_width; i++) codes[i] = (int16_t)(i * 7919 % 4096);
    for (size_t i = 0; i < FRAMES * info.hop; i++) samples[i] = (float)(i * 7919 % 4096) / 8192.0f - 0.25f;
    static double step_us[RUNS], hop_us[RUNS];
    for (int run = 0; run < RUNS; run++) {
        const double start = now_us();
        (void)linnet_session_run(session, codes, codes + FRAMES * info.input_width, FRAMES);
        const double middle = now_us();
        if (info.is_denoiser) (void)linnet_session_denoise(session, samples, samples, FRAMES);
        step_us[run] = (middle - start) / FRAMES;
        hop_us[run] = (now_us() - middle) / FRAMES;
    }
    qsort(step_us, RUNS, sizeof(double), ascending);
    qsort(hop_us, RUNS, sizeof(double), ascending);
    printf("%s (%s kernels): model %llu bytes, session %llu bytes, %llu nonzero weights\n", info.name, info.kernels,
           (unsigned long long)info.model_bytes, (unsigned long long)info.session_bytes,
           (unsigned long long)info.weight_count);
    printf("integer step %.2f us per frame (best %.2f)\n", step_us[RUNS / 2], step_us[0]);
    if (info.is_denoiser) printf("sound to sound %.2f us per hop (best %.2f)\n", hop_us[RUNS / 2], hop_us[0]);
    return 0;
}

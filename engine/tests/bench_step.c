/* bench_step.c - how long one frame takes: bench_step MODEL.gguf prints microseconds per frame for every instruction
 * set this processor runs, the median and the best of many short runs on one core, caches hot; the sets take turns, so
 * that a busy moment hits all. A measurement of this machine at this moment; pin it and keep it idle. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "linnet/linnet.h"

#ifdef _WIN32
#include <malloc.h>
#define aligned_alloc(alignment, size) _aligned_malloc(size, alignment)
#endif

#define RUNS 201
#define FRAMES 50
#define MOST_ISAS 8u

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

/* A model laid out for one instruction set, and what it took. */
typedef struct contender {
    linnet_info info;
    linnet_session *session;
    double step_us[RUNS], hop_us[RUNS];
} contender;

static int lay_out(contender *c, const char *isa, const void *file, size_t size) {
    int status;
    const size_t model_bytes = linnet_model_size(file, size, isa, &status);
    linnet_model *model = NULL;
    if (status == LINNET_OK) status = linnet_model_init(block(model_bytes), model_bytes, file, size, isa, &model);
    if (status != LINNET_OK) return status;
    (void)linnet_model_info(model, &c->info, sizeof c->info);
    const size_t session_bytes = linnet_session_size(model);
    return linnet_session_init(block(session_bytes), session_bytes, model, &c->session);
}

/* One short run, after one that fills the caches. */
static void measure(contender *c, int run, int16_t *codes, float *samples) {
    int16_t *out = codes + FRAMES * c->info.input_width;
    (void)linnet_session_run(c->session, codes, out, FRAMES);
    const double start = now_us();
    (void)linnet_session_run(c->session, codes, out, FRAMES);
    const double middle = now_us();
    if (c->info.is_denoiser) (void)linnet_session_denoise(c->session, samples, samples, FRAMES);
    c->step_us[run] = (middle - start) / FRAMES;
    c->hop_us[run] = (now_us() - middle) / FRAMES;
}

static void report(contender *c) {
    qsort(c->step_us, RUNS, sizeof(double), ascending);
    qsort(c->hop_us, RUNS, sizeof(double), ascending);
    printf("%-9s model %8llu bytes  step %6.2f us per frame (best %6.2f)", c->info.kernels,
           (unsigned long long)c->info.model_bytes, c->step_us[RUNS / 2], c->step_us[0]);
    if (c->info.is_denoiser)
        printf("  sound to sound %6.2f us per hop (best %6.2f)", c->hop_us[RUNS / 2], c->hop_us[0]);
    printf("\n");
}

int main(int argc, char **argv) {
    size_t size = 0;
    void *file = argc == 2 ? read_file(argv[1], &size) : NULL;
    if (file == NULL) return fprintf(stderr, "usage: bench_step MODEL.gguf\n"), 2;
    static contender contenders[MOST_ISAS];
    uint32_t count = 0;
    for (; count < MOST_ISAS && linnet_isa_name(count) != NULL; count++) {
        const int status = lay_out(&contenders[count], linnet_isa_name(count), file, size);
        if (status != LINNET_OK) return fprintf(stderr, "%s: %s\n", argv[1], linnet_status_text(status)), 1;
    }
    const linnet_info *info = &contenders[0].info;
    int16_t *codes = block(sizeof(int16_t) * FRAMES * (info->input_width + info->output_width));
    float *samples = block(sizeof(float) * FRAMES * info->hop);
    for (size_t i = 0; i < FRAMES * info->input_width; i++) codes[i] = (int16_t)(i * 7919 % 4096);
    for (size_t i = 0; i < FRAMES * info->hop; i++) samples[i] = (float)(i * 7919 % 4096) / 8192.0f - 0.25f;
    for (int run = 0; run < RUNS; run++)
        for (uint32_t i = 0; i < count; i++) measure(&contenders[i], run, codes, samples);
    printf("%s: %llu nonzero weights\n", info->name, (unsigned long long)info->weight_count);
    for (uint32_t i = 0; i < count; i++) report(&contenders[i]);
    return 0;
}

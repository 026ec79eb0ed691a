/* bench_streams.c - what a batch of streams saves: bench_streams MODEL.gguf [ISA] prints microseconds per hop and stream for
 * streams taken one after the other and together, hot caches, best of many short runs that take turns. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>
#include <time.h>

#include "check.h"
#include "linnet/linnet.h"

#define RUNS 60
#define HOPS 20
#define MOST_STREAMS 16u

static linnet_session *sessions[MOST_STREAMS];
static float *sounds[MOST_STREAMS];

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static linnet_model *open_model(const char *path, const char *isa) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    const size_t size = (size_t)ftell(file);
    void *bytes = aligned_block(size);
    rewind(file);
    CHECK(fread(bytes, 1, size, file) == size && fclose(file) == 0);
    int status;
    linnet_model *model;
    const size_t model_bytes = linnet_model_size(bytes, size, isa, &status);
    CHECK(status == LINNET_OK);
    CHECK(linnet_model_init(aligned_block(model_bytes), model_bytes, bytes, size, isa, &model) == LINNET_OK);
    return model;
}

/* A hop of every stream, then the next hop, as they come in real time. */
static double one_by_one(size_t streams, size_t hop) {
    const double start = now_us();
    for (size_t t = 0; t < HOPS; t++)
        for (size_t s = 0; s < streams; s++) {
            float *at = sounds[s] + t * hop;
            CHECK(linnet_session_denoise(sessions[s], at, at, 1) == LINNET_OK);
        }
    return now_us() - start;
}

static double together(size_t streams) {
    const double start = now_us();
    CHECK(linnet_session_denoise_many(sessions, streams, (const float *const *)sounds, sounds, HOPS) == LINNET_OK);
    return now_us() - start;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) return fprintf(stderr, "usage: bench_streams MODEL.gguf [INSTRUCTION SET]\n"), 2;
    const linnet_model *model = open_model(argv[1], argc > 2 ? argv[2] : NULL);
    linnet_info info;
    CHECK(linnet_model_info(model, &info, sizeof info) == LINNET_OK && info.is_denoiser);
    uint64_t seed = 1;
    for (size_t s = 0; s < MOST_STREAMS; s++) {
        const size_t size = linnet_session_size(model);
        CHECK(linnet_session_init(aligned_block(size), size, model, &sessions[s]) == LINNET_OK);
        sounds[s] = aligned_block(sizeof(float) * HOPS * info.hop);
        for (size_t n = 0; n < HOPS * info.hop; n++) sounds[s][n] = draw_sample(&seed);
    }
    printf("%s, %llu bytes, a session %llu\n", info.kernels, (unsigned long long)info.model_bytes,
           (unsigned long long)info.session_bytes);
    for (size_t streams = 1; streams <= MOST_STREAMS; streams *= 2) {
        double alone = 1e30, shared = 1e30;
        for (int run = 0; run < RUNS; run++) {
            const double a = one_by_one(streams, info.hop), b = together(streams);
            alone = a < alone ? a : alone;
            shared = b < shared ? b : shared;
        }
        const double each = (double)(HOPS * streams);
        printf("%3zu streams: one by one %7.2f, together %7.2f us per hop and stream\n", streams, alone / each,
               shared / each);
    }
    return 0;
}

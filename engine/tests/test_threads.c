/* test_threads.c - one model, many threads, a session each: every stream has the bits it has alone. Built with
 * -fsanitize=thread (preset "threads") it also shows that no two threads touch the same memory. */
#define _POSIX_C_SOURCE 200112L
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "linnet/linnet.h"
#include "small_model.h"

#define THREADS 8u
#define HOPS 400u
#define SAMPLES (HOPS * SMALL_HOP)

typedef struct stream {
    const linnet_model *model;
    uint64_t seed;
    float out[SAMPLES];
} stream;

static void *clean(void *argument) {
    stream *s = argument;
    const size_t size = linnet_session_size(s->model);
    linnet_session *session;
    CHECK(linnet_session_init(aligned_block(size), size, s->model, &session) == LINNET_OK);
    CHECK(linnet_session_set_min_gain(session, 0.25f) == LINNET_OK);
    uint64_t seed = s->seed;
    for (uint32_t n = 0; n < SAMPLES; n++) s->out[n] = draw_sample(&seed);
    for (uint32_t t = 0; t < HOPS; t++)
        CHECK(linnet_session_denoise(session, s->out + t * SMALL_HOP, s->out + t * SMALL_HOP, 1) == LINNET_OK);
    return NULL;
}

int main(void) {
    static uint8_t file[SMALL_MOST_BYTES];
    static stream alone[THREADS], together[THREADS];
    const size_t size = small_model(file), bytes = linnet_model_size(file, size, NULL, NULL);
    linnet_model *model;
    pthread_t threads[THREADS];
    CHECK(linnet_model_init(aligned_block(bytes), bytes, file, size, NULL, &model) == LINNET_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        alone[i] = together[i] = (stream){.model = model, .seed = i + 1};
        (void)clean(&alone[i]);
    }
    for (uint32_t i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, clean, &together[i]) == 0);
    for (uint32_t i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    for (uint32_t i = 0; i < THREADS; i++) CHECK(memcmp(alone[i].out, together[i].out, sizeof alone[i].out) == 0);
    return 0;
}

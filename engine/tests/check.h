/* check.h - what the engine's tests are made of: CHECK, a seeded stream of numbers, aligned memory. */
#ifndef LN_CHECK_H
#define LN_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef _WIN32
#include <malloc.h>
#endif

#define CHECK(holds)                                                                                                  \
    do {                                                                                                              \
        if (!(holds)) {                                                                                               \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds);                                \
            exit(1);                                                                                                  \
        }                                                                                                             \
    } while (0)

/* xorshift64*: the same numbers on every machine. */
static inline uint32_t draw(uint64_t *seed) {
    *seed ^= *seed >> 12, *seed ^= *seed << 25, *seed ^= *seed >> 27;
    return (uint32_t)((*seed * 2685821657736338717ull) >> 32);
}

/* The seed on the command line, or a new one each time; printed, so that a failure can be repeated. Never 0. */
static inline uint64_t seed_of(int argc, char **argv) {
    struct timespec now = {0};
#ifdef _WIN32 /* mingw knows timespec_get only with the newer C library */
    now.tv_sec = time(NULL), now.tv_nsec = (long)clock();
#else
    CHECK(timespec_get(&now, TIME_UTC) == TIME_UTC);
#endif
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    seed = seed == 0 ? 1 : seed;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

static inline int32_t draw_between(uint64_t *seed, int32_t low, int32_t high) {
    return (int32_t)((int64_t)low + (int64_t)(draw(seed) % ((uint64_t)((int64_t)high - low) + 1)));
}

static inline float draw_sample(uint64_t *seed) { return (float)draw_between(seed, -32768, 32767) / 65536.0f; }

/* `size` bytes on a multiple of 64, never freed: the tests are short. The block is exactly that long, so that the
 * address sanitizer sees the first byte beyond it. */
static inline void *aligned_block(size_t size) {
    void *block = NULL;
#ifdef _WIN32
    block = _aligned_malloc(size > 0 ? size : 1, 64);
    CHECK(block != NULL);
#else
    CHECK(posix_memalign(&block, 64, size > 0 ? size : 1) == 0);
#endif
    return block;
}

#endif

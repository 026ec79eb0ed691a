/* bench_front.c - how long the front end of one hop takes, function by function: bench_front [WINDOW HOP [PHASE_BINS
 * [BAND_RATIO]]] prints microseconds, the best of many short runs with hot caches, for every form that this processor runs. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>
#include <time.h>

#include "front_forms.h"

#define RUNS 400
#define HOPS 100
#define PARTS 12
#define MOST_FORMS 8u

static const char *const names[PARTS] = {"take", "forward", "magnitudes", "sum", "divide", "phases",
                                         "turn", "spread", "gain", "inverse", "give", "whole hop"};

typedef struct form {
    ln_front_end front_end;
    ln_stft stft;
    float *samples, *features, *gains;
    float *sizes; /* of all bins: the features themselves where there are no bands */
    double best_us[PARTS];
} form;

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void run_part(form *f, int part) {
    const ln_front_end *e = &f->front_end;
    const ln_front *front = e->front;
    ln_stft *s = &f->stft;
    switch (part) {
    case 0: front->take(f->samples, e->window, e->hop, s->history, e->analysis, s->frame); break;
    case 1: front->forward(&e->fft, s->frame, s->re, s->im, s->work); break;
    case 2: front->magnitudes(s->re, s->im, e->bins, e->compression_roots, f->sizes); break;
    case 3: s->level = front->sum(f->sizes, e->bins); break;
    case 4: front->divide(f->sizes, e->bins, 1.25f); break;
    case 5: front->phases(&e->phase, (ln_parts){s->re, s->im}, s->before, f->sizes, f->features + ln_band_or_bin_count(e)); break;
    case 6: front->turn(f->gains + ln_band_or_bin_count(e), e->phase.bins, s->re, s->im); break;
    case 7: front->spread(&e->bands, f->gains, s->of_bins); break;
    case 8: front->gain(e->bands.count > 0 ? s->of_bins : f->gains, 0.0f, e->bins, s->re, s->im); break;
    case 9: front->inverse(&e->fft, s->re, s->im, s->frame, s->work); break;
    case 10: front->give(s->frame, e->synthesis, e->window, e->hop, s->overlap, f->samples); break;
    default:
        ln_stft_analyze(s, e, f->samples, f->features);
        ln_stft_synthesize(s, e, f->gains, f->samples);
    }
}

static void measure(form *f, int part) {
    uint64_t seed = 1;
    for (uint32_t n = 0; n < f->front_end.hop; n++) f->samples[n] = draw_sample(&seed);
    run_part(f, PARTS - 1); /* buffers as in a stream */
    const uint32_t shown = ln_band_or_bin_count(&f->front_end);
    for (uint32_t k = 0; k < f->front_end.bins; k++) f->sizes[k] = 0.3f;
    for (uint32_t k = 0; k < shown; k++) f->gains[k] = 1.0f;
    for (uint32_t k = 0; k < f->front_end.phase.bins; k++) f->gains[shown + k] = 0.5f; /* turns nothing */
    const double start = now_us();
    for (int t = 0; t < HOPS; t++) run_part(f, part);
    const double us = (now_us() - start) / HOPS;
    if (f->best_us[part] == 0.0 || us < f->best_us[part]) f->best_us[part] = us;
}

int main(int argc, char **argv) {
    const uint32_t window = argc > 2 ? (uint32_t)atoi(argv[1]) : 512, hop = argc > 2 ? (uint32_t)atoi(argv[2]) : 128;
    const uint32_t phase_bins = argc > 3 ? (uint32_t)atoi(argv[3]) : 0, band_ratio = argc > 4 ? (uint32_t)atoi(argv[4]) : 0;
    const uint32_t least = LN_FRONT_LEAST_WINDOW;
    if (window < least || window % 32 != 0 || hop < LN_FRONT_LEAST_HOP || window % hop != 0 ||
        hop > window / 2 || phase_bins > window / 2 + 1 || band_ratio == 1 || band_ratio > window / 2)
        return fprintf(stderr, "usage: bench_front [WINDOW HOP [PHASE_BINS [BAND_RATIO]]], multiples of 32 of at least 128 "
                               "and of 16, at most window/2 + 1, and 0 or 2 to window/2\n"), 2;
    static form forms[MOST_FORMS];
    uint32_t count = 0;
    for (; count < MOST_FORMS && ln_isa_at(count) != NULL; count++) {
        form *f = &forms[count];
        f->front_end = front_end_for(ln_isa_at(count)->front, window, hop, phase_bins, band_ratio);
        f->stft = stft_for(&f->front_end);
        f->samples = aligned_block(sizeof(float) * hop);
        f->features = aligned_block(sizeof(float) * feature_floats(&f->front_end));
        f->gains = aligned_block(sizeof(float) * gain_floats(&f->front_end));
        f->sizes = band_ratio > 0 ? f->stft.of_bins : f->features;
    }
    for (int run = 0; run < RUNS; run++)
        for (int part = 0; part < PARTS; part++)
            for (uint32_t i = 0; i < count; i++) measure(&forms[i], part);
    printf("%-12s", "us per hop");
    for (uint32_t i = 0; i < count; i++) printf("%10s", ln_isa_at(i)->name);
    for (int part = 0; part < PARTS; part++) {
        printf("\n%-12s", names[part]);
        for (uint32_t i = 0; i < count; i++) printf("%10.3f", forms[i].best_us[part]);
    }
    printf("\n");
    return 0;
}

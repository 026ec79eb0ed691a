/* test_fft.c - the transform against its definition in double precision, and there and back. */
#define _POSIX_C_SOURCE 200112L
#include <math.h>

#include "check.h"
#include "front/circle.h"
#include "front/fft.h"

#define MOST 8192u

static const double pi = 3.14159265358979323846;

/* Relative to the root of the energy, a radix-4 transform's error grows with the number of its steps; each value
 * passes log2(size) / 2 + 1 steps of at most four roundings. An odd factor takes fewer than the steps it stands for. */
static double tolerance(uint32_t size, double energy) {
    return 4.0 * (log2(size) / 2.0 + 1.0) * 5.97e-8 * sqrt(energy);
}

static void forward_is_the_definition(const ln_fft *fft, const float *x, const float *re, const float *im) {
    double energy = 0.0;
    for (uint32_t n = 0; n < fft->size; n++) energy += (double)x[n] * x[n];
    const double limit = tolerance(fft->size, energy);
    const uint32_t step = fft->size > 512 ? 61 : 1;
    for (uint32_t k = 0; k <= fft->size / 2; k += step) {
        double sum_re = 0.0, sum_im = 0.0;
        for (uint32_t n = 0; n < fft->size; n++) {
            const double angle = 2.0 * pi * (double)((uint64_t)k * n % fft->size) / fft->size;
            sum_re += x[n] * cos(angle);
            sum_im -= x[n] * sin(angle);
        }
        CHECK(hypot(sum_re - re[k], sum_im - im[k]) <= limit);
    }
}

static void back_is_where_it_came_from(const ln_fft *fft, const float *x, const float *back) {
    double energy = 0.0;
    for (uint32_t n = 0; n < fft->size; n++) energy += (double)x[n] * x[n];
    for (uint32_t n = 0; n < fft->size; n++)
        CHECK(fabs((double)back[n] / fft->size - x[n]) <= 2.0 * tolerance(fft->size, energy / fft->size));
}

/* Every angle is within one unit in the last place of a float, and the axes are exact. */
static void circle_is_round(uint32_t size, const float *cosine, const float *sine) {
    for (uint32_t k = 0; k < size; k++) {
        CHECK(fabs(cosine[k] - cos(2.0 * pi * k / size)) <= 6e-8);
        CHECK(fabs(sine[k] - sin(2.0 * pi * k / size)) <= 6e-8);
    }
    CHECK(cosine[0] == 1.0f && sine[0] == 0.0f && cosine[size / 4] == 0.0f && sine[size / 4] == 1.0f);
    CHECK(cosine[size / 2] == -1.0f && sine[size / 2] == 0.0f);
}

static void the_transform_is_the_definition(uint32_t size) {
    float *cosine = aligned_block(sizeof(float) * size), *sine = aligned_block(sizeof(float) * size);
    float *x = aligned_block(sizeof(float) * size), *back = aligned_block(sizeof(float) * size);
    float *re = aligned_block(sizeof(float) * (size / 2 + 1)), *im = aligned_block(sizeof(float) * (size / 2 + 1));
    float *work = aligned_block(sizeof(float) * ln_fft_work(size));
    ln_circle(size, cosine, sine);
    circle_is_round(size, cosine, sine);
    const ln_fft fft = {size, cosine, sine, NULL};
    uint64_t seed = size;
    for (int kind = 0; kind < 3; kind++) { /* noise, an impulse, silence */
        for (uint32_t n = 0; n < size; n++) x[n] = kind == 0 ? draw_sample(&seed) : kind == 1 && n == 5 ? 1.0f : 0.0f;
        ln_fft_forward(&fft, x, re, im, work);
        forward_is_the_definition(&fft, x, re, im);
        ln_fft_inverse(&fft, re, im, back, work);
        back_is_where_it_came_from(&fft, x, back);
    }
}

/* Powers of two; three times one, which ends on pairs and on quads; eleven times one; and odd numbers that no rate has. */
int main(void) {
    for (uint32_t size = 16; size <= MOST; size *= 2) the_transform_is_the_definition(size);
    for (uint32_t size = 24; size <= 6144; size *= 2) the_transform_is_the_definition(size);
    for (uint32_t size = 44; size <= 5632; size *= 2) the_transform_is_the_definition(size);
    static const uint32_t others[] = {20, 28, 36, 40, 72, 112, 320, 896, 1152};
    for (uint32_t i = 0; i < sizeof others / sizeof others[0]; i++) the_transform_is_the_definition(others[i]);
    return 0;
}

/* fft.c - a real transform of n samples as a complex one of n/2, by Stockham's radix-4 steps on separate real and
 * imaginary parts: no bit reversal, and inner loops over neighbours that a compiler can turn into vectors. */
#include "fft.h"

/* Four complex values a quarter of the length apart, added up with the four powers of -i; not yet turned. */
typedef struct quad {
    float re[4], im[4];
} quad;

static inline quad four_sums(const float *xr, const float *xi, uint32_t span) {
    const float ar = xr[0] + xr[2 * span], ai = xi[0] + xi[2 * span];
    const float br = xr[0] - xr[2 * span], bi = xi[0] - xi[2 * span];
    const float cr = xr[span] + xr[3 * span], ci = xi[span] + xi[3 * span];
    const float dr = xr[span] - xr[3 * span], di = xi[span] - xi[3 * span];
    return (quad){{ar + cr, br + di, ar - cr, br - di}, {ai + ci, bi - dr, ai - ci, bi + dr}};
}

/* One radix-4 step of a complex transform in `count` parts of length n: from x to y. count * n is the full length. */
static void radix4(const ln_fft *fft, uint32_t n, uint32_t count, ln_parts from, ln_parts to) {
    const uint32_t quarter = n / 4, span = count * quarter;
    const uint32_t turn = 2 * count; /* one n-th of the circle, in steps of its table */
    for (uint32_t p = 0; p < quarter; p++) {
        const uint32_t k1 = p * turn, k2 = 2 * k1, k3 = 3 * k1;
        const float c1 = fft->cosine[k1], s1 = -fft->sine[k1];
        const float c2 = fft->cosine[k2], s2 = -fft->sine[k2];
        const float c3 = fft->cosine[k3], s3 = -fft->sine[k3];
        const float *restrict xr = from.re + p * count, *restrict xi = from.im + p * count;
        float *restrict yr = to.re + 4 * p * count, *restrict yi = to.im + 4 * p * count;
        for (uint32_t q = 0; q < count; q++) {
            const quad v = four_sums(xr + q, xi + q, span);
            yr[q] = v.re[0];
            yi[q] = v.im[0];
            yr[q + count] = v.re[1] * c1 - v.im[1] * s1;
            yi[q + count] = v.re[1] * s1 + v.im[1] * c1;
            yr[q + 2 * count] = v.re[2] * c2 - v.im[2] * s2;
            yi[q + 2 * count] = v.re[2] * s2 + v.im[2] * c2;
            yr[q + 3 * count] = v.re[3] * c3 - v.im[3] * s3;
            yi[q + 3 * count] = v.re[3] * s3 + v.im[3] * c3;
        }
    }
}

/* The last step where the length is an even power of two: nothing is left to turn. */
static void radix4_last(uint32_t count, ln_parts from, ln_parts to) {
    const float *restrict xr = from.re, *restrict xi = from.im;
    float *restrict yr = to.re, *restrict yi = to.im;
    for (uint32_t q = 0; q < count; q++) {
        const quad v = four_sums(xr + q, xi + q, count);
        yr[q] = v.re[0], yr[q + count] = v.re[1], yr[q + 2 * count] = v.re[2], yr[q + 3 * count] = v.re[3];
        yi[q] = v.im[0], yi[q + count] = v.im[1], yi[q + 2 * count] = v.im[2], yi[q + 3 * count] = v.im[3];
    }
}

/* The last step where it is an odd one. */
static void radix2_last(uint32_t count, ln_parts from, ln_parts to) {
    const float *restrict xr = from.re, *restrict xi = from.im;
    float *restrict yr = to.re, *restrict yi = to.im;
    for (uint32_t q = 0; q < count; q++) {
        yr[q] = xr[q] + xr[q + count];
        yi[q] = xi[q] + xi[q + count];
        yr[q + count] = xr[q] - xr[q + count];
        yi[q + count] = xi[q] - xi[q + count];
    }
}

/* Complex transform of size/2 values: x is used up; returns where the result lies, x or y. */
static ln_parts transform(const ln_fft *fft, ln_parts x, ln_parts y) {
    uint32_t n = fft->size / 2, count = 1;
    for (; n >= 8; n /= 4, count *= 4) {
        radix4(fft, n, count, x, y);
        const ln_parts swap = x;
        x = y;
        y = swap;
    }
    if (n == 4) radix4_last(count, x, y);
    else radix2_last(count, x, y);
    return y;
}

void ln_fft_forward(const ln_fft *fft, const float *samples, float *re, float *im, float *work) {
    const uint32_t half = fft->size / 2;
    const ln_parts x = ln_fft_parts(fft->size, work, 0), y = ln_fft_parts(fft->size, work, 1);
    for (uint32_t n = 0; n < half; n++) {
        x.re[n] = samples[2 * n];
        x.im[n] = samples[2 * n + 1];
    }
    const ln_parts z = transform(fft, x, y);
    z.re[half] = z.re[0], z.im[half] = z.im[0];
    for (uint32_t k = 0; k <= half / 2; k++) ln_fft_split_one(fft, z, k, re, im);
}

void ln_fft_inverse(const ln_fft *fft, const float *re, const float *im, float *samples, float *work) {
    const uint32_t half = fft->size / 2;
    const ln_parts x = ln_fft_parts(fft->size, work, 0), y = ln_fft_parts(fft->size, work, 1);
    for (uint32_t k = 0; k <= half / 2; k++) ln_fft_join_one(fft, re, im, k, x);
    /* Exchanging real and imaginary parts before and after makes the forward transform the inverse. */
    const ln_parts z = transform(fft, (ln_parts){x.im, x.re}, (ln_parts){y.im, y.re});
    for (uint32_t n = 0; n < half; n++) {
        samples[2 * n] = z.im[n];
        samples[2 * n + 1] = z.re[n];
    }
}

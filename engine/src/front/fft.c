/* fft.c - a real transform of n samples as a complex one of n/2, by Stockham's radix-4 steps on separate real and
 * imaginary parts: no bit reversal, and inner loops over neighbours that a compiler can turn into vectors. */
#include "front/fft.h"

/* The turns of three of four values: cosines and negative sines. */
typedef struct turns {
    float c1, s1, c2, s2, c3, s3;
} turns;

/* `count` butterflies side by side: each takes four complex values `span` apart, adds them up with the four powers of
 * -i, turns three of the sums, and leaves the four `count` apart. */
static void turned_sums(ln_parts from, ln_parts to, size_t count, size_t span, const turns *w) {
    const float *LN_RESTRICT xr = from.re, *LN_RESTRICT xi = from.im;
    float *LN_RESTRICT yr = to.re, *LN_RESTRICT yi = to.im;
    const float c1 = w->c1, s1 = w->s1, c2 = w->c2, s2 = w->s2, c3 = w->c3, s3 = w->s3;
    LN_INDEPENDENT
    for (size_t q = 0; q < count; q++) {
        const float ar = xr[q] + xr[q + 2 * span], ai = xi[q] + xi[q + 2 * span];
        const float br = xr[q] - xr[q + 2 * span], bi = xi[q] - xi[q + 2 * span];
        const float cr = xr[q + span] + xr[q + 3 * span], ci = xi[q + span] + xi[q + 3 * span];
        const float dr = xr[q + span] - xr[q + 3 * span], di = xi[q + span] - xi[q + 3 * span];
        const float er = br + di, ei = bi - dr; /* b - i d */
        const float fr = ar - cr, fi = ai - ci;
        const float gr = br - di, gi = bi + dr; /* b + i d */
        yr[q] = ar + cr;
        yi[q] = ai + ci;
        yr[q + count] = er * c1 - ei * s1;
        yi[q + count] = er * s1 + ei * c1;
        yr[q + 2 * count] = fr * c2 - fi * s2;
        yi[q + 2 * count] = fr * s2 + fi * c2;
        yr[q + 3 * count] = gr * c3 - gi * s3;
        yi[q + 3 * count] = gr * s3 + gi * c3;
    }
}

/* The same without turning: the last step where the length is an even power of two. */
static void plain_sums(size_t count, ln_parts from, ln_parts to) {
    const float *LN_RESTRICT xr = from.re, *LN_RESTRICT xi = from.im;
    float *LN_RESTRICT yr = to.re, *LN_RESTRICT yi = to.im;
    LN_INDEPENDENT
    for (size_t q = 0; q < count; q++) {
        const float ar = xr[q] + xr[q + 2 * count], ai = xi[q] + xi[q + 2 * count];
        const float br = xr[q] - xr[q + 2 * count], bi = xi[q] - xi[q + 2 * count];
        const float cr = xr[q + count] + xr[q + 3 * count], ci = xi[q + count] + xi[q + 3 * count];
        const float dr = xr[q + count] - xr[q + 3 * count], di = xi[q + count] - xi[q + 3 * count];
        yr[q] = ar + cr;
        yi[q] = ai + ci;
        yr[q + count] = br + di;
        yi[q + count] = bi - dr;
        yr[q + 2 * count] = ar - cr;
        yi[q + 2 * count] = ai - ci;
        yr[q + 3 * count] = br - di;
        yi[q + 3 * count] = bi + dr;
    }
}

/* One radix-4 step of a complex transform in `count` parts of length n: from x to y. count * n is the full length. */
static void radix4(const ln_fft *fft, uint32_t n, uint32_t count, ln_parts from, ln_parts to) {
    for (uint32_t p = 0; p < n / 4; p++) {
        const uint32_t k = 2 * count * p; /* one n-th of the circle, p times, in steps of its table */
        const turns w = {fft->cosine[k],     -fft->sine[k],     fft->cosine[2 * k],
                         -fft->sine[2 * k], fft->cosine[3 * k], -fft->sine[3 * k]};
        const uint32_t x = p * count, y = 4 * p * count;
        turned_sums((ln_parts){from.re + x, from.im + x}, (ln_parts){to.re + y, to.im + y}, count, n / 4 * count, &w);
    }
}

/* The last step where it is an odd one. */
static void plain_pairs(size_t count, ln_parts from, ln_parts to) {
    const float *LN_RESTRICT xr = from.re, *LN_RESTRICT xi = from.im;
    float *LN_RESTRICT yr = to.re, *LN_RESTRICT yi = to.im;
    LN_INDEPENDENT
    for (size_t q = 0; q < count; q++) {
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
    if (n == 4) plain_sums(count, x, y);
    else plain_pairs(count, x, y);
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
    LN_INDEPENDENT
    for (size_t k = 0; k <= half / 2; k++) ln_fft_split_one(fft, z, k, re, im);
}

void ln_fft_inverse(const ln_fft *fft, const float *re, const float *im, float *samples, float *work) {
    const uint32_t half = fft->size / 2;
    const ln_parts x = ln_fft_parts(fft->size, work, 0), y = ln_fft_parts(fft->size, work, 1);
    LN_INDEPENDENT
    for (size_t k = 0; k <= half / 2; k++) ln_fft_join_one(fft, re, im, k, x);
    /* Exchanging real and imaginary parts before and after makes the forward transform the inverse. */
    const ln_parts z = transform(fft, (ln_parts){x.im, x.re}, (ln_parts){y.im, y.re});
    for (uint32_t n = 0; n < half; n++) {
        samples[2 * n] = z.im[n];
        samples[2 * n + 1] = z.re[n];
    }
}

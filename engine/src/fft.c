/* fft.c - a real transform of n samples as a complex one of n/2, by Stockham's radix-4 steps on separate real and
 * imaginary parts: no bit reversal, and inner loops over neighbours that a compiler can turn into vectors. */
#include "fft.h"

#include <math.h>

/* Half angles follow from whole ones by square roots, which are correctly rounded everywhere: no table, no libm, and
 * the same bits on every machine. An angle within a quarter turn is put together from the halves of that turn. */
void ln_angle(uint32_t k, uint32_t size, double *cosine, double *sine) {
    const uint32_t quarter = size / 4;
    double c = 1.0, s = 0.0, part_c = 0.0, part_s = 1.0; /* a part starts as the quarter turn */
    for (uint32_t bit = quarter / 2; bit > 0; bit /= 2) {
        part_s = part_s / sqrt(2.0 * (1.0 + part_c)); /* sin(a/2) = sin(a) / (2 cos(a/2)) */
        part_c = sqrt(0.5 * (1.0 + part_c));
        if (k & bit) {
            const double turned = c * part_c - s * part_s;
            s = c * part_s + s * part_c;
            c = turned;
        }
    }
    for (uint32_t turns = k / quarter; turns > 0; turns--) { /* (c, s) becomes (-s, c); no negative zeros */
        const double turned = 0.0 - s;
        s = c;
        c = turned;
    }
    *cosine = c;
    *sine = s;
}

void ln_circle(uint32_t size, float *cosine, float *sine) {
    for (uint32_t k = 0; k < size; k++) {
        double c, s;
        ln_angle(k, size, &c, &s);
        cosine[k] = (float)c;
        sine[k] = (float)s;
    }
}

typedef struct parts {
    float *re, *im;
} parts;

/* One radix-4 step of a complex transform in `count` parts of length n: from x to y. count * n is the full length. */
static void radix4(const ln_fft *fft, uint32_t n, uint32_t count, parts from, parts to) {
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
}

/* The last step where the length is an odd power of two. */
static void radix2(uint32_t count, parts from, parts to) {
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
static parts transform(const ln_fft *fft, parts x, parts y) {
    uint32_t n = fft->size / 2, count = 1;
    for (; n >= 4; n /= 4, count *= 4) {
        radix4(fft, n, count, x, y);
        parts swap = x;
        x = y;
        y = swap;
    }
    if (n == 2) {
        radix2(count, x, y);
        return y;
    }
    return x;
}

void ln_fft_forward(const ln_fft *fft, const float *samples, float *re, float *im, float *work) {
    const uint32_t half = fft->size / 2;
    parts x = {work, work + half}, y = {work + 2 * half, work + 3 * half};
    for (uint32_t n = 0; n < half; n++) {
        x.re[n] = samples[2 * n];
        x.im[n] = samples[2 * n + 1];
    }
    const parts z = transform(fft, x, y);
    re[0] = z.re[0] + z.im[0];
    re[half] = z.re[0] - z.im[0];
    im[0] = im[half] = 0.0f;
    /* Even samples gave E[k] = (Z[k] + conj Z[half-k]) / 2, odd ones O[k] = (Z[k] - conj Z[half-k]) / 2i. */
    for (uint32_t k = 1; k <= half / 2; k++) {
        const uint32_t j = half - k;
        const float even_re = 0.5f * (z.re[k] + z.re[j]), even_im = 0.5f * (z.im[k] - z.im[j]);
        const float odd_re = 0.5f * (z.im[k] + z.im[j]), odd_im = 0.5f * (z.re[j] - z.re[k]);
        const float c = fft->cosine[k], s = -fft->sine[k];
        const float turned_re = odd_re * c - odd_im * s, turned_im = odd_re * s + odd_im * c;
        re[k] = even_re + turned_re;
        im[k] = even_im + turned_im;
        re[j] = even_re - turned_re;
        im[j] = turned_im - even_im;
    }
}

void ln_fft_inverse(const ln_fft *fft, const float *re, const float *im, float *samples, float *work) {
    const uint32_t half = fft->size / 2;
    parts x = {work, work + half}, y = {work + 2 * half, work + 3 * half};
    x.re[0] = re[0] + re[half];
    x.im[0] = re[0] - re[half];
    for (uint32_t k = 1; k <= half / 2; k++) {
        const uint32_t j = half - k;
        const float even_re = re[k] + re[j], even_im = im[k] - im[j];
        const float turned_re = re[k] - re[j], turned_im = im[k] + im[j];
        const float c = fft->cosine[k], s = fft->sine[k];
        const float odd_re = turned_re * c - turned_im * s, odd_im = turned_re * s + turned_im * c;
        x.re[k] = even_re - odd_im;
        x.im[k] = even_im + odd_re;
        x.re[j] = even_re + odd_im;
        x.im[j] = odd_re - even_im;
    }
    /* Exchanging real and imaginary parts before and after makes the forward transform the inverse. */
    const parts z = transform(fft, (parts){x.im, x.re}, (parts){y.im, y.re});
    for (uint32_t n = 0; n < half; n++) {
        samples[2 * n] = z.im[n];
        samples[2 * n + 1] = z.re[n];
    }
}

/* fft.c - a real transform of n samples as a complex one of n/2, by Stockham's steps on separate real and imaginary
 * parts: radix 4, then at most one of radix 2, last the odd factor. No bit reversal, and inner loops over neighbours
 * that a compiler can turn into vectors. */
#include "front/fft.h"

/* The turns of three of four values: cosines and negative sines. */
typedef struct twiddles {
    float c1, s1, c2, s2, c3, s3;
} twiddles;

/* `count` butterflies side by side: each takes four complex values `span` apart, adds them up with the four powers of
 * -i, turns three of the sums, and leaves the four `count` apart. */
static void turned_sums(ln_parts from, ln_parts to, size_t count, size_t span, const twiddles *w) {
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
        const twiddles w = {fft->cosine[k],     -fft->sine[k],     fft->cosine[2 * k],
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

/* One radix-2 step where an odd factor is still to come. */
static void turned_pairs(const ln_fft *fft, uint32_t n, uint32_t count, ln_parts from, ln_parts to) {
    const size_t span = (size_t)n / 2 * count;
    for (uint32_t p = 0; p < n / 2; p++) {
        const float c = fft->cosine[2 * count * p], s = -fft->sine[2 * count * p];
        const float *LN_RESTRICT xr = from.re + p * count, *LN_RESTRICT xi = from.im + p * count;
        float *LN_RESTRICT yr = to.re + 2 * p * count, *LN_RESTRICT yi = to.im + 2 * p * count;
        LN_INDEPENDENT
        for (size_t q = 0; q < count; q++) {
            const float dr = xr[q] - xr[q + span], di = xi[q] - xi[q + span];
            yr[q] = xr[q] + xr[q + span];
            yi[q] = xi[q] + xi[q + span];
            yr[q + count] = dr * c - di * s;
            yi[q + count] = dr * s + di * c;
        }
    }
}

/* One transform of an odd number n of values, `count` apart: values j and n - j share their cosines and, but for the
 * sign, their sines, and so do sums k and n - k. */
static void odd_sums(const ln_fft *fft, uint32_t n, size_t count, ln_parts x, ln_parts y) {
    float sum_re[LN_FFT_MOST_ODD / 2 + 1], sum_im[LN_FFT_MOST_ODD / 2 + 1];
    float apart_re[LN_FFT_MOST_ODD / 2 + 1], apart_im[LN_FFT_MOST_ODD / 2 + 1];
    const float first_re = x.re[0], first_im = x.im[0];
    float re = first_re, im = first_im;
    for (uint32_t j = 1; j <= n / 2; j++) {
        sum_re[j] = x.re[j * count] + x.re[(n - j) * count];
        sum_im[j] = x.im[j * count] + x.im[(n - j) * count];
        apart_re[j] = x.re[j * count] - x.re[(n - j) * count];
        apart_im[j] = x.im[j * count] - x.im[(n - j) * count];
        re = re + sum_re[j];
        im = im + sum_im[j];
    }
    y.re[0] = re;
    y.im[0] = im;
    for (uint32_t k = 1; k <= n / 2; k++) {
        float even_re = first_re, even_im = first_im, odd_re = 0.0f, odd_im = 0.0f;
        for (uint32_t j = 1; j <= n / 2; j++) {
            const uint32_t turned = fft->size / n * (j * k % n);
            const float c = fft->cosine[turned], s = fft->sine[turned];
            even_re = even_re + sum_re[j] * c;
            even_im = even_im + sum_im[j] * c;
            odd_re = odd_re + apart_im[j] * s;
            odd_im = odd_im + apart_re[j] * s;
        }
        y.re[k * count] = even_re + odd_re;
        y.im[k * count] = even_im - odd_im;
        y.re[(n - k) * count] = even_re - odd_re;
        y.im[(n - k) * count] = even_im + odd_im;
    }
}

/* What is left when n is no multiple of 4 any more, or 4 itself. */
static void last_step(const ln_fft *fft, uint32_t n, size_t count, ln_parts x, ln_parts y) {
    if (n == 4) plain_sums(count, x, y);
    else if (n == 2) plain_pairs(count, x, y);
    else
        for (size_t q = 0; q < count; q++)
            odd_sums(fft, n, count, (ln_parts){x.re + q, x.im + q}, (ln_parts){y.re + q, y.im + q});
}

/* Complex transform of size/2 values: x is used up; returns where the result lies, x or y. */
static ln_parts transform(const ln_fft *fft, ln_parts x, ln_parts y) {
    uint32_t n = fft->size / 2, count = 1;
    while (n > 4 && n % 2 == 0) {
        const uint32_t radix = n % 4 == 0 ? 4 : 2;
        if (radix == 4) radix4(fft, n, count, x, y);
        else turned_pairs(fft, n, count, x, y);
        n /= radix;
        count *= radix;
        const ln_parts swap = x;
        x = y;
        y = swap;
    }
    last_step(fft, n, count, x, y);
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

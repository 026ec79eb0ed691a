/* fft_lanes.h - the transforms of fft.c on vectors, operation for operation: the same bits. A step's butterflies are
 * independent, so a vector takes LANES of them side by side, which lie side by side in memory wherever they are read.
 * What the first two steps write belongs among its neighbours, one or four values at a time, so it is dealt out.
 * Sizes are multiples of 32. Where a count is no multiple of LANES, the last vector goes over some values again. */
#ifndef LN_FFT_LANES_H
#define LN_FFT_LANES_H

#include "front/fft.h"
#include "front/lanes.h"

/* Four vectors of complex values. */
typedef struct quad {
    lanes re[4], im[4];
} quad;

static inline quad four_sums(ln_parts from, uint32_t i, uint32_t span) {
    const float *xr = from.re + i, *xi = from.im + i;
    const lanes x0r = load(xr), x1r = load(xr + span), x2r = load(xr + 2 * span), x3r = load(xr + 3 * span);
    const lanes x0i = load(xi), x1i = load(xi + span), x2i = load(xi + 2 * span), x3i = load(xi + 3 * span);
    const lanes ar = x0r + x2r, ai = x0i + x2i, br = x0r - x2r, bi = x0i - x2i;
    const lanes cr = x1r + x3r, ci = x1i + x3i, dr = x1r - x3r, di = x1i - x3i;
    return (quad){{ar + cr, br + di, ar - cr, br - di}, {ai + ci, bi - dr, ai - ci, bi + dr}};
}

/* Value `k` of four times c + i s. */
static inline void turn(quad *v, uint32_t k, lanes c, lanes s) {
    const lanes re = v->re[k] * c - v->im[k] * s;
    v->im[k] = v->re[k] * s + v->im[k] * c;
    v->re[k] = re;
}

static inline void write_at(ln_parts to, uint32_t i, uint32_t stride, const quad *v) {
    for (uint32_t k = 0; k < 4; k++) {
        store(to.re + i + k * stride, v->re[k]);
        store(to.im + i + k * stride, v->im[k]);
    }
}

/* The first two steps, of `span` butterflies with a turn each: w [6][span]. */
static inline void dealt_step(uint32_t span, const float *w, int is_first, ln_parts from, ln_parts to) {
    for (uint32_t next = 0; next < span; next += LANES) {
        const uint32_t i = within(next, span);
        quad v = four_sums(from, i, span);
        for (uint32_t k = 0; k < 3; k++) turn(&v, k + 1, load(w + i + 2 * k * span), load(w + i + (2 * k + 1) * span));
        if (is_first) transpose_squares(v.re), transpose_squares(v.im);
        deal_quads(v.re), deal_quads(v.im);
        write_at(to, 4 * i, LANES, &v);
    }
}

/* A later step: `count` neighbours share each turn; w [n/4][6]. */
static inline void wide_step(uint32_t n, uint32_t count, const float *w, ln_parts from, ln_parts to) {
    for (uint32_t p = 0; p < n / 4; p++, w += 6)
        for (uint32_t q = 0; q < count; q += LANES) {
            quad v = four_sums(from, p * count + q, n / 4 * count);
            for (uint32_t k = 0; k < 3; k++) turn(&v, k + 1, all(w[2 * k]), all(w[2 * k + 1]));
            write_at(to, 4 * p * count + q, count, &v);
        }
}

/* fft.c: turned_pairs; w [n/2][2]. */
static inline void pair_step(uint32_t n, uint32_t count, const float *w, ln_parts from, ln_parts to) {
    const uint32_t span = n / 2 * count;
    for (uint32_t p = 0; p < n / 2; p++, w += 2)
        for (uint32_t q = p * count; q < (p + 1) * count; q += LANES) {
            const lanes ar = load(from.re + q), ai = load(from.im + q), c = all(w[0]), s = all(w[1]);
            const lanes br = load(from.re + q + span), bi = load(from.im + q + span), dr = ar - br, di = ai - bi;
            float *re = to.re + p * count + q, *im = to.im + p * count + q;
            store(re, ar + br), store(im, ai + bi);
            store(re + count, dr * c - di * s), store(im + count, dr * s + di * c);
        }
}

/* fft.c: odd_sums. */
static inline void odd_step(const ln_fft *fft, uint32_t n, uint32_t count, ln_parts from, ln_parts to) {
    float cosine[LN_FFT_MOST_ODD], sine[LN_FFT_MOST_ODD];
    for (uint32_t j = 0; j < n; j++) cosine[j] = fft->cosine[fft->size / n * j], sine[j] = fft->sine[fft->size / n * j];
    for (uint32_t q = 0; q < count; q += LANES) {
        lanes sum_re[LN_FFT_MOST_ODD / 2 + 1], sum_im[LN_FFT_MOST_ODD / 2 + 1];
        lanes apart_re[LN_FFT_MOST_ODD / 2 + 1], apart_im[LN_FFT_MOST_ODD / 2 + 1];
        const lanes first_re = load(from.re + q), first_im = load(from.im + q);
        lanes re = first_re, im = first_im;
        for (uint32_t j = 1; j <= n / 2; j++) {
            const uint32_t a = q + j * count, b = q + (n - j) * count;
            const lanes ar = load(from.re + a), ai = load(from.im + a), br = load(from.re + b), bi = load(from.im + b);
            sum_re[j] = ar + br, sum_im[j] = ai + bi, apart_re[j] = ar - br, apart_im[j] = ai - bi;
            re = re + sum_re[j], im = im + sum_im[j];
        }
        store(to.re + q, re), store(to.im + q, im);
        for (uint32_t k = 1; k <= n / 2; k++) {
            lanes even_re = first_re, even_im = first_im, odd_re = all(0.0f), odd_im = all(0.0f);
            for (uint32_t j = 1; j <= n / 2; j++) {
                const lanes c = all(cosine[j * k % n]), s = all(sine[j * k % n]);
                even_re = even_re + sum_re[j] * c, even_im = even_im + sum_im[j] * c;
                odd_re = odd_re + apart_im[j] * s, odd_im = odd_im + apart_re[j] * s;
            }
            store(to.re + q + k * count, even_re + odd_re), store(to.im + q + k * count, even_im - odd_im);
            store(to.re + q + (n - k) * count, even_re - odd_re), store(to.im + q + (n - k) * count, even_im + odd_im);
        }
    }
}

static inline void last_step(const ln_fft *fft, uint32_t n, uint32_t count, ln_parts from, ln_parts to) {
    if (n == 3) { /* known here, so that compilers unroll it */
        odd_step(fft, 3, count, from, to);
        return;
    }
    if (n == 11) {
        odd_step(fft, 11, count, from, to);
        return;
    }
    if (n % 2 == 1) {
        odd_step(fft, n, count, from, to);
        return;
    }
    if (n == 4) {
        for (uint32_t q = 0; q < count; q += LANES) {
            const quad v = four_sums(from, q, count);
            write_at(to, q, count, &v);
        }
        return;
    }
    for (uint32_t q = 0; q < count; q += LANES) {
        const lanes ar = load(from.re + q), ai = load(from.im + q);
        const lanes br = load(from.re + q + count), bi = load(from.im + q + count);
        store(to.re + q, ar + br), store(to.im + q, ai + bi);
        store(to.re + q + count, ar - br), store(to.im + q + count, ai - bi);
    }
}

/* Complex transform of size/2 values: x is used up; returns where the result lies, x or y. */
static inline ln_parts transform(const ln_fft *fft, ln_parts x, ln_parts y) {
    const uint32_t half = fft->size / 2, span = half / 4;
    const float *w = fft->twiddles;
    dealt_step(span, w, 1, x, y);
    dealt_step(span, w + 6 * span, 0, y, x);
    w += 12 * span;
    uint32_t n = half / 16, count = 16;
    while (n > 4 && n % 2 == 0) {
        const uint32_t radix = n % 4 == 0 ? 4 : 2;
        if (radix == 4) wide_step(n, count, w, x, y);
        else pair_step(n, count, w, x, y);
        w += radix == 4 ? 6 * (n / 4) : n;
        n /= radix;
        count *= radix;
        const ln_parts swap = x;
        x = y;
        y = swap;
    }
    last_step(fft, n, count, x, y);
    return y;
}

static void forward(const ln_fft *fft, const float *samples, float *re, float *im, float *work) {
    const uint32_t half = fft->size / 2;
    const ln_parts x = ln_fft_parts(fft->size, work, 0), y = ln_fft_parts(fft->size, work, 1);
    for (uint32_t n = 0; n < half; n += LANES) {
        const lanes a = load(samples + 2 * n), b = load(samples + 2 * n + LANES);
        store(x.re + n, EVEN(a, b));
        store(x.im + n, ODD(a, b));
    }
    const ln_parts z = transform(fft, x, y);
    z.re[half] = z.re[0], z.im[half] = z.im[0];
    const lanes one_half = all(0.5f);
    for (uint32_t next = 0; next < half / 2; next += LANES) { /* ln_fft_split_one */
        const uint32_t k = within(next, half / 2);
        const uint32_t j = half - k - (LANES - 1);
        const lanes kr = load(z.re + k), ki = load(z.im + k), c = load(fft->cosine + k), s = -load(fft->sine + k);
        const lanes jr = REVERSED(load(z.re + j)), ji = REVERSED(load(z.im + j));
        const lanes even_re = one_half * (kr + jr), even_im = one_half * (ki - ji);
        const lanes odd_re = one_half * (ki + ji), odd_im = one_half * (jr - kr);
        const lanes turned_re = odd_re * c - odd_im * s, turned_im = odd_re * s + odd_im * c;
        store(re + k, even_re + turned_re);
        store(im + k, even_im + turned_im);
        store(re + j, REVERSED(even_re - turned_re));
        store(im + j, REVERSED(turned_im - even_im));
    }
    ln_fft_split_one(fft, z, half / 2, re, im);
}

static void inverse(const ln_fft *fft, const float *re, const float *im, float *samples, float *work) {
    const uint32_t half = fft->size / 2;
    const ln_parts x = ln_fft_parts(fft->size, work, 0), y = ln_fft_parts(fft->size, work, 1);
    for (uint32_t next = 0; next < half / 2; next += LANES) { /* ln_fft_join_one */
        const uint32_t k = within(next, half / 2);
        const uint32_t j = half - k - (LANES - 1);
        const lanes kr = load(re + k), ki = load(im + k), c = load(fft->cosine + k), s = load(fft->sine + k);
        const lanes jr = REVERSED(load(re + j)), ji = REVERSED(load(im + j));
        const lanes even_re = kr + jr, even_im = ki - ji, turned_re = kr - jr, turned_im = ki + ji;
        const lanes odd_re = turned_re * c - turned_im * s, odd_im = turned_re * s + turned_im * c;
        store(x.re + k, even_re - odd_im);
        store(x.im + k, even_im + odd_re);
        store(x.re + j, REVERSED(even_re + odd_im));
        store(x.im + j, REVERSED(odd_re - even_im));
    }
    ln_fft_join_one(fft, re, im, half / 2, x);
    const ln_parts z = transform(fft, (ln_parts){x.im, x.re}, (ln_parts){y.im, y.re});
    for (uint32_t n = 0; n < half; n += LANES) interleave(load(z.im + n), load(z.re + n), samples + 2 * n);
}

#endif

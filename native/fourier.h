/* fourier.h - the discrete Fourier transform of LANES real rows at once, and the turning of rows into lanes.
 *
 * A tile holds `size` real numbers of every lane as size / 2 complex ones: z[m] = x[2 m] + i x[2 m + 1]. Every
 * operation is on all lanes alike, so a row's result does not depend on its neighbours or its lane. In place, radix 4
 * and at most one radix 2, decimated in frequency (Cooley and Tukey, 1965): the k-th result stands at place[k].
 * What the rows are is the business of front_end.c. */
#ifndef LINNET_FOURIER_H
#define LINNET_FOURIER_H

#include <stdint.h>
#include <string.h>

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

/* Numbers of two vectors by their places in both. */
#ifdef __clang__
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t eight_places __attribute__((vector_size(32)));
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (eight_places){__VA_ARGS__})
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef float eight __attribute__((vector_size(32)));

typedef struct {
    lanes re, im;
} complex_lanes;

/* `roots` [2, size]: cosines and sines of 2 pi i / size. `place` [size / 2]. */
typedef struct {
    int64_t size;
    const float *roots;
    const int32_t *place;
} plan;

static int32_t place_of(int32_t k, int32_t span) {
    return span > 2 ? (k % 4) * (span / 4) + place_of(k / 4, span / 4) : k;
}

/* One radix-4 step of four numbers `quarter` apart; with `re` and `im` exchanged it is the step of the inverse. */
INLINE void butterfly(lanes *re, lanes *im, int64_t quarter, const float (*w)[2]) {
    lanes *r0 = re, *r1 = re + 2 * quarter, *r2 = re + 4 * quarter, *r3 = re + 6 * quarter;
    lanes *i0 = im, *i1 = im + 2 * quarter, *i2 = im + 4 * quarter, *i3 = im + 6 * quarter;
    const lanes even_re = *r0 + *r2, even_im = *i0 + *i2, odd_re = *r1 + *r3, odd_im = *i1 + *i3;
    const lanes less_re = *r0 - *r2, less_im = *i0 - *i2, turn_re = *i1 - *i3, turn_im = *r3 - *r1;
    const lanes re1 = less_re + turn_re, im1 = less_im + turn_im, re3 = less_re - turn_re, im3 = less_im - turn_im;
    const lanes re2 = even_re - odd_re, im2 = even_im - odd_im;
    *r0 = even_re + odd_re, *i0 = even_im + odd_im;
    if (w == NULL) {
        *r1 = re1, *i1 = im1, *r2 = re2, *i2 = im2, *r3 = re3, *i3 = im3;
        return;
    }
    *r1 = re1 * w[0][0] + im1 * w[0][1], *i1 = im1 * w[0][0] - re1 * w[0][1];
    *r2 = re2 * w[1][0] + im2 * w[1][1], *i2 = im2 * w[1][0] - re2 * w[1][1];
    *r3 = re3 * w[2][0] + im3 * w[2][1], *i3 = im3 * w[2][0] - re3 * w[2][1];
}

/* The complex transform with exp(-2 pi i k m / M); numbers of a tile lie two lanes apart. */
INLINE void transform(lanes *re, lanes *im, const plan *p) {
    const int64_t numbers = p->size / 2;
    int64_t span = numbers;
    for (; span > 2; span /= 4)
        for (int64_t j = 0; j < span / 4; j++) {
            float w[3][2];
            for (int64_t r = 0; r < 3; r++) {
                const int64_t at = (r + 1) * j * (p->size / span);
                w[r][0] = p->roots[at], w[r][1] = p->roots[p->size + at];
            }
            for (int64_t at = j; at < numbers; at += span) {
                if (j == 0)
                    butterfly(re + 2 * at, im + 2 * at, span / 4, NULL);
                else
                    butterfly(re + 2 * at, im + 2 * at, span / 4, (const float(*)[2])w);
            }
        }
    for (int64_t at = 0; span == 2 && at < numbers; at += 2) {
        const lanes less_re = re[2 * at] - re[2 * at + 2], less_im = im[2 * at] - im[2 * at + 2];
        re[2 * at] += re[2 * at + 2], im[2 * at] += im[2 * at + 2];
        re[2 * at + 2] = less_re, im[2 * at + 2] = less_im;
    }
}

/* Samples to spectra: X_k at place[k], but the last one, real like the first, in the imaginary part of the first. */
INLINE void spectra_of_samples(complex_lanes *z, const plan *p) {
    transform(&z->re, &z->im, p);
    const int64_t numbers = p->size / 2;
    *z = (complex_lanes){z->re + z->im, z->re - z->im};
    for (int64_t k = 1; k <= numbers / 2; k++) {
        complex_lanes *a = z + p->place[k], *b = z + p->place[numbers - k];
        const float c = p->roots[k], s = p->roots[p->size + k];
        const lanes even_re = (a->re + b->re) * 0.5f, even_im = (a->im - b->im) * 0.5f;
        const lanes odd_re = (a->im + b->im) * 0.5f, odd_im = (b->re - a->re) * 0.5f;
        const lanes turned_re = odd_re * c + odd_im * s, turned_im = odd_im * c - odd_re * s;
        *a = (complex_lanes){even_re + turned_re, even_im + turned_im};
        *b = (complex_lanes){even_re - turned_re, turned_im - even_im};
    }
}

/* Spectra in order, the last one in the imaginary part of the first, to samples: the real part of the sum of
 * c_k X_k exp(2 pi i k n / size), c_k = 1 for the first and last k and 2 between. Sample n is part n % 2 of place[n / 2]. */
INLINE void samples_of_spectra(complex_lanes *z, const plan *p) {
    const int64_t numbers = p->size / 2;
    *z = (complex_lanes){z->re + z->im, z->re - z->im};
    for (int64_t k = 1; k <= numbers / 2; k++) {
        complex_lanes *a = z + k, *b = z + numbers - k;
        const float c = p->roots[k], s = p->roots[p->size + k];
        const lanes even_re = a->re + b->re, even_im = a->im - b->im;
        const lanes less_re = a->re - b->re, less_im = a->im + b->im;
        const lanes odd_re = less_re * c - less_im * s, odd_im = less_im * c + less_re * s;
        *a = (complex_lanes){even_re - odd_im, even_im + odd_re};
        *b = (complex_lanes){even_re + odd_im, odd_re - even_im};
    }
    transform(&z->im, &z->re, p);
}

/* The transposed 8 x 8 numbers. */
INLINE void turn(eight *r) {
    eight s[8];
    for (int i = 0; i < 8; i += 2) {
        s[i] = SHUFFLE(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        s[i + 1] = SHUFFLE(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4) {
        r[i] = SHUFFLE(s[i], s[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 1] = SHUFFLE(s[i], s[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        r[i + 2] = SHUFFLE(s[i + 1], s[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 3] = SHUFFLE(s[i + 1], s[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int i = 0; i < 4; i++) {
        const eight low = r[i], high = r[i + 4];
        r[i] = SHUFFLE(low, high, 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = SHUFFLE(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

INLINE eight eight_at(const float *from) {
    eight value;
    memcpy(&value, from, sizeof value);
    return value;
}

INLINE void put_eight(float *to, eight value) { memcpy(to, &value, sizeof value); }

#endif

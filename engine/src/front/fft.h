/* fft.h - Fourier transform of a real signal in float32, in a fixed order of operations: the same bits on every machine.
 * Its length is a power of two, or one times an odd number up to LN_FFT_MOST_ODD: 3 at 48 kHz, 11 at 44.1 kHz.
 * These functions are the meaning; front_lanes.h has the same operations on vectors. */
#ifndef LN_FFT_H
#define LN_FFT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus /* exported C may be compiled as C++ */
#define LN_RESTRICT __restrict
#else
#define LN_RESTRICT restrict
#endif

#define LN_FFT_MOST_ODD 11u
#define LN_FFT_GAP 16u /* floats between the parts of the work space: one of them is used, the rest keeps lines whole */

/* Of the loop that follows: its turns do not depend on each other, which gcc cannot see where strides are variable. */
#if defined(__GNUC__) && !defined(__clang__)
#define LN_INDEPENDENT _Pragma("GCC ivdep")
#else
#define LN_INDEPENDENT
#endif

typedef struct ln_fft {
    uint32_t size;         /* samples, a multiple of 4, at least 16 */
    const float *cosine;   /* [size], from ln_circle */
    const float *sine;
    const float *twiddles; /* from ln_twiddles; for vectors only */
} ln_fft;

/* Real and imaginary parts of size/2 complex values, and one more. */
typedef struct ln_parts {
    float *re, *im;
} ln_parts;

/* Floats of work space for both directions. */
static inline size_t ln_fft_work(uint32_t size) { return 2 * (size_t)size + 4 * LN_FFT_GAP; }

/* The first and second half of the work space; its alignment is kept. */
static inline ln_parts ln_fft_parts(uint32_t size, float *work, uint32_t half) {
    float *re = work + 2 * half * (size / 2 + LN_FFT_GAP);
    return (ln_parts){re, re + size / 2 + LN_FFT_GAP};
}

/* re[k] + i im[k] = sum_n samples[n] e^(-2 pi i k n / size), k = 0 .. size/2; im is 0 at both ends. */
void ln_fft_forward(const ln_fft *fft, const float *samples, float *re, float *im, float *work);

/* samples[n] = sum over all `size` bins, the upper ones being the conjugates of the given size/2 + 1: size times
 * the inverse of ln_fft_forward. im must be 0 at both ends. */
void ln_fft_inverse(const ln_fft *fft, const float *re, const float *im, float *samples, float *work);

/* From the transform z of even samples + i odd samples to bins k and size/2 - k; z[size/2] is z[0].
 * Even samples gave E[k] = (Z[k] + conj Z[half-k]) / 2, odd ones O[k] = (Z[k] - conj Z[half-k]) / 2i. */
static inline void ln_fft_split_one(const ln_fft *fft, ln_parts z, size_t k, float *re, float *im) {
    const size_t j = fft->size / 2 - k;
    const float even_re = 0.5f * (z.re[k] + z.re[j]), even_im = 0.5f * (z.im[k] - z.im[j]);
    const float odd_re = 0.5f * (z.im[k] + z.im[j]), odd_im = 0.5f * (z.re[j] - z.re[k]);
    const float c = fft->cosine[k], s = -fft->sine[k];
    const float turned_re = odd_re * c - odd_im * s, turned_im = odd_re * s + odd_im * c;
    re[k] = even_re + turned_re;
    im[k] = even_im + turned_im;
    re[j] = even_re - turned_re;
    im[j] = turned_im - even_im;
}

/* The way back: from bins k and size/2 - k to two complex values, both doubled. */
static inline void ln_fft_join_one(const ln_fft *fft, const float *re, const float *im, size_t k, ln_parts z) {
    const size_t j = fft->size / 2 - k;
    const float even_re = re[k] + re[j], even_im = im[k] - im[j];
    const float turned_re = re[k] - re[j], turned_im = im[k] + im[j];
    const float c = fft->cosine[k], s = fft->sine[k];
    const float odd_re = turned_re * c - turned_im * s, odd_im = turned_re * s + turned_im * c;
    z.re[k] = even_re - odd_im;
    z.im[k] = even_im + odd_re;
    z.re[j] = even_re + odd_im;
    z.im[j] = odd_re - even_im;
}

#endif

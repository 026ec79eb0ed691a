/* fft.h - Fourier transform of a real signal whose length is a power of two, in float32, in a fixed order of
 * operations: the same bits on every machine. */
#ifndef LN_FFT_H
#define LN_FFT_H

#include <stddef.h>
#include <stdint.h>

/* Cosine and sine of 2 pi k / size, k < size; size >= 4, a power of two. */
void ln_angle(uint32_t k, uint32_t size, double *cosine, double *sine);

/* cosine[k], sine[k] of 2 pi k / size for k < size, rounded to float32. */
void ln_circle(uint32_t size, float *cosine, float *sine);

typedef struct ln_fft {
    uint32_t size;       /* samples, a power of two, at least 16 */
    const float *cosine; /* [size], from ln_circle */
    const float *sine;
} ln_fft;

/* Work space of both directions: 2 * size floats, aligned to 16 bytes. */

/* re[k] + i im[k] = sum_n samples[n] e^(-2 pi i k n / size), k = 0 .. size/2. */
void ln_fft_forward(const ln_fft *fft, const float *samples, float *re, float *im, float *work);

/* samples[n] = sum over all `size` bins, the upper ones being the conjugates of the given size/2 + 1: size times
 * the inverse of ln_fft_forward. The imaginary parts of the first and last bin do not count. */
void ln_fft_inverse(const ln_fft *fft, const float *re, const float *im, float *samples, float *work);

#endif

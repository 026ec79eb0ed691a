/* bands.h - where the bands of a front end lie, from integers alone. Computed once, when a model is laid out; what is
 * done with them stands in front_scalar.c and stft.c. Mirror of audio/bands.py. */
#ifndef LN_BANDS_H
#define LN_BANDS_H

#include "front/front.h"

/* How many bands `bins` make, each 1 / ratio as wide as its first bin, but at least one bin; all bins where ratio is 0. */
uint32_t ln_band_count(uint32_t bins, uint32_t ratio);

/* The tables of ln_bands for a ratio of at least 2: starts [bands + 1], part [bands], from [bands], share [bins]. */
void ln_band_tables(uint32_t bins, uint32_t ratio, uint16_t *starts, float *part, uint16_t *from, float *share);

#endif

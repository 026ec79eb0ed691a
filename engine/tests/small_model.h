/* small_model.h - model files for tests, written in C: a denoiser of 9 bins that has every kind of node. */
#ifndef LN_SMALL_MODEL_H
#define LN_SMALL_MODEL_H

#include <stddef.h>
#include <stdint.h>

#define SMALL_WINDOW 16u
#define SMALL_HOP 4u
#define SMALL_BINS 9u
#define SMALL_MOST_PHASE_BINS 21u
#define SMALL_MOST_BYTES 8192u
#define SMALL_LARGEST_WINDOW 128u /* one that the vectors of the front end take */

/* The file's bytes into `file` [SMALL_MOST_BYTES]; returns how many. */
size_t small_model(uint8_t *file);

/* The same with another window, 16 to SMALL_LARGEST_WINDOW, and hop, so with window / 2 + 1 bins, of which the lowest
 * phase_bins, at most SMALL_MOST_PHASE_BINS, have their phase heard and turned, and which are bands if band_ratio is not
 * 0. */
size_t small_model_of(uint8_t *file, uint32_t window, uint32_t hop, uint32_t phase_bins, uint32_t band_ratio);

/* The same with everything that the front end can be told. */
typedef struct small_settings {
    uint32_t window, hop, phase_bins, band_ratio;
    float offset_alpha, level_least, level_most; /* 0: not in the file */
} small_settings;

size_t small_model_as(uint8_t *file, const small_settings *settings);

/* Makes the checksum right again after bytes were changed. */
void small_model_seal(uint8_t *file, size_t size);

#endif

/* bands.c - the first bins of all bands, and between the middles of which two each bin lies. */
#include "front/bands.h"

static uint32_t width_of(uint32_t start, uint32_t ratio) { return start < ratio ? 1 : start / ratio; }

uint32_t ln_band_count(uint32_t bins, uint32_t ratio) {
    if (ratio == 0) return bins;
    uint32_t count = 1;
    for (uint32_t start = 0; start + width_of(start, ratio) < bins; count++) start += width_of(start, ratio);
    return count;
}

/* Middles lie on bins or halfway between two: they are doubled here. */
static uint32_t middle_of(const uint16_t *starts, uint32_t band) { return starts[band] + starts[band + 1] - 1u; }

/* Above the last middle the last band's gain holds. There is nothing below the first, which is bin 0. */
static void share_out(const uint16_t *starts, uint32_t band, uint16_t *from, float *share) {
    const uint32_t middle = middle_of(starts, band), apart = middle_of(starts, band + 1) - middle;
    for (uint32_t k = from[band]; k < from[band + 1]; k++)
        share[k] = 2 * k - middle < apart ? (float)(2 * k - middle) / (float)apart : 1.0f;
}

void ln_band_tables(uint32_t bins, uint32_t ratio, uint16_t *starts, float *part, uint16_t *from, float *share) {
    const uint32_t count = ln_band_count(bins, ratio);
    starts[0] = 0;
    for (uint32_t b = 0; b < count; b++) {
        const uint32_t end = b + 1 < count ? starts[b] + width_of(starts[b], ratio) : bins;
        starts[b + 1] = (uint16_t)end;
        part[b] = 1.0f / (float)(end - starts[b]);
    }
    for (uint32_t b = 0; b + 1 < count; b++) from[b] = (uint16_t)((middle_of(starts, b) + 1) / 2);
    from[count - 1] = (uint16_t)bins;
    for (uint32_t b = 0; b + 1 < count; b++) share_out(starts, b, from, share);
}

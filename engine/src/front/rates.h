/* rates.h - the front end at other sample rates than the model's. Window and hop are scaled so that a bin is as wide as
 * the model's: the lowest bins of the spectrum are the model's own. Mirror of audio/rates.py. */
#ifndef LN_RATES_H
#define LN_RATES_H

#include <stdbool.h>

#include "front/stft.h"

/* The rates whose windows are scaled, ascending; 0 behind the last. */
uint32_t ln_rate_at(uint32_t index);

/* The front end `own` at another rate, without tables; false where its window or hop would not be whole. */
bool ln_front_end_at(const ln_front_end *own, uint32_t sample_rate_hz, ln_front_end *scaled);

/* The functions for a window and hop: `front`, or the scalar ones where vectors do not fit. */
const ln_front *ln_front_for(const ln_front *front, uint32_t window, uint32_t hop);

/* Bytes of the tables of a front end's window, and the tables laid out in memory aligned to 64: the circle, both windows
 * and what vectors need besides. Its `front` is set before. */
size_t ln_front_tables_bytes(const ln_front_end *front_end);
void ln_front_tables(ln_front_end *front_end, uint32_t window_kind, void *memory);

#endif

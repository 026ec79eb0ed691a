/* front_avx512.c - the front end on vectors of sixteen floats. */
#include <immintrin.h>

#define LANES 16
#define sqrt_lanes(v) ((lanes)_mm512_sqrt_ps((__m512)(v)))

#include "front/front_lanes.h"

const ln_front ln_front_avx512 = LN_FRONT;

/* front_avx2.c - the front end on vectors of eight floats. */
#include <immintrin.h>

#define LANES 8
#define sqrt_lanes(v) ((lanes)_mm256_sqrt_ps((__m256)(v)))

#include "front/front_lanes.h"

const ln_front ln_front_avx2 = LN_FRONT;

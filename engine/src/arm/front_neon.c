/* front_neon.c - the front end on vectors of four floats, with the square root of 64-bit Arm. */
#include <arm_neon.h>

#define LANES 4
#define sqrt_lanes(v) ((lanes)vsqrtq_f32((float32x4_t)(v)))

#include "front/front_lanes.h"

const ln_front ln_front_neon = LN_FRONT;

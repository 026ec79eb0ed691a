/* front_quads.c - the front end on vectors of four floats without any intrinsic: the form that NEON and WebAssembly
 * get, made testable on every machine. */
#define LANES 4
#define sqrt_lanes(v) ((lanes){__builtin_sqrtf((v)[0]), __builtin_sqrtf((v)[1]), __builtin_sqrtf((v)[2]), __builtin_sqrtf((v)[3])})

#include "front/front_lanes.h"

extern const ln_front ln_front_quads;
const ln_front ln_front_quads = LN_FRONT;

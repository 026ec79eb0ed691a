/* front_simd128.c - the front end on vectors of four floats, with WebAssembly's square root. */
#include <wasm_simd128.h>

#define LANES 4
#define sqrt_lanes(v) ((lanes)wasm_f32x4_sqrt((v128_t)(v)))

#include "front/front_lanes.h"

const ln_front ln_front_simd128 = LN_FRONT;

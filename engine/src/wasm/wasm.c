/* wasm.c - the one rung of WebAssembly with 128-bit vectors. A module that has them runs only where they are: the program
 * that loads it has asked. */
#include "rung.h"

/* What the sparse kernel costs was measured at k = 1 (README.md). */
static const ln_isa rungs[] = {
    {.name = "simd128",
     .dense = &ln_dense_simd128,
     .sparse = &ln_sparse_simd128,
     .sparse_cost = 10,
     .grouped = &ln_dense_simd128,
     .dense8 = &ln_dense_simd128,
     .sparse8 = &ln_sparse_simd128,
     .elements = &ln_elements_simd128,
     .front = &ln_front_simd128},
};

const ln_rungs ln_rungs_wasm = {rungs, sizeof rungs / sizeof rungs[0]};

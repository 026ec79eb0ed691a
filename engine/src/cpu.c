/* cpu.c - the staircase from scalar upward: the rungs of this build's architecture, best first, and scalar last. */
#include "cpu.h"

#include <string.h>

static const ln_isa scalar = {.name = "scalar",
                              .dense = &ln_dense_scalar,
                              .sparse = &ln_sparse_scalar,
                              .sparse_from = LN_SPARSE_FROM,
                              .dense8 = &ln_dense_scalar,
                              .sparse8 = &ln_sparse_scalar,
                              .columns = &ln_columns_scalar,
                              .columns_from = LN_COLUMNS_FROM,
                              .elements = &ln_elements_scalar,
                              .front = &ln_front_scalar};

static const ln_rungs scalar_rungs = {&scalar, 1};

static const ln_rungs *const staircase[] = {
#ifdef LINNET_X86
    &ln_rungs_x86,
#endif
#ifdef LINNET_ARM64
    &ln_rungs_arm,
#endif
#ifdef __wasm_simd128__
    &ln_rungs_wasm,
#endif
    &scalar_rungs,
};

const ln_isa *ln_isa_at(uint32_t index) {
    for (size_t i = 0; i < sizeof staircase / sizeof staircase[0]; i++)
        for (const ln_isa *rung = staircase[i]->all; rung < staircase[i]->all + staircase[i]->count; rung++)
            if ((rung->runs_here == NULL || rung->runs_here()) && index-- == 0) return rung;
    return NULL;
}

const ln_isa *ln_isa_named(const char *name) {
    const ln_isa *isa = ln_isa_at(0);
    for (uint32_t i = 0; name != NULL && isa != NULL && strcmp(isa->name, name) != 0;) isa = ln_isa_at(++i);
    return isa;
}

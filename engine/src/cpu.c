/* cpu.c - the staircase from scalar upward: the rungs of this build's architecture, best first, and scalar last. */
#include "cpu.h"

#include <string.h>

static const ln_isa scalar = {.name = "scalar",
                              .dense = &ln_dense_scalar,
                              .sparse = &ln_sparse_scalar,
                              .sparse_cost = LN_SPARSE_COST,
                              .grouped = &ln_dense_scalar,
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

/* What the sparse kernel costs: bytes as packed, which say how full its steps are. With half of the weights no sparse
 * kernel pays, and packing need not be tried. */
static uint64_t sparse_cost(const ln_isa *isa, const ln_kernel *kernel, const ln_weights *matrix, uint64_t nonzeros) {
    if (matrix->columns > LN_SPARSE_MOST_COLUMNS || 2 * nonzeros > (uint64_t)matrix->rows * matrix->columns)
        return UINT64_MAX;
    return kernel->packed_bytes(matrix, nonzeros) * isa->sparse_cost / 16;
}

const ln_kernel *ln_choose_kernel(const ln_isa *isa, const ln_weights *matrix, uint64_t nonzeros, uint32_t activity,
                                  int32_t bits) {
    const ln_kernel *of_rows = bits == 8 ? isa->sparse8 : isa->sparse, *of_all = bits == 8 ? isa->dense8 : isa->dense;
    const uint64_t dense = (uint64_t)matrix->rows * matrix->columns;
    const uint64_t sparse = sparse_cost(isa, of_rows, matrix, nonzeros);
    const uint64_t met = (isa->columns_are_dense ? dense : nonzeros) * activity / LN_MOST_ACTIVITY;
    if (matrix->columns > LN_SPARSE_MOST_COLUMNS) return of_all;
    const bool is_sparse = sparse < dense;
    if (isa->columns != NULL && met * isa->columns_from < (is_sparse ? sparse : dense)) return isa->columns;
    return is_sparse ? of_rows : of_all;
}

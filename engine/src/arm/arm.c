/* arm.c - the rungs of 64-bit Arm, where NEON is the baseline, and how to ask the system for what came later. */
#include "rung.h"

#if defined(__linux__)
#include <sys/auxv.h>

#define HWCAP_DOTPROD (1ul << 20) /* ASIMDDP */
#define HWCAP2_MATRICES (1ul << 13) /* I8MM */

static bool has_dotprod(void) { return (getauxval(AT_HWCAP) & HWCAP_DOTPROD) != 0; }
static bool has_i8mm(void) { return has_dotprod() && (getauxval(AT_HWCAP2) & HWCAP2_MATRICES) != 0; }
#else
#ifdef __APPLE__
static bool has_dotprod(void) { return true; } /* every processor of theirs since the M1 */
#else
static bool has_dotprod(void) { return false; } /* no known way to ask */
#endif
static bool has_i8mm(void) { return false; }
#endif

/* What the sparse kernel costs was reckoned from instructions counted and cycles estimated (README.md). */
static const ln_isa rungs[] = {
    {.name = "neon_i8mm",
     .runs_here = has_i8mm,
     .dense = &ln_dense_neon_i8mm,
     .sparse = &ln_sparse_neon_dotprod,
     .sparse_cost = 21,
     .grouped = &ln_dense_neon_i8mm,
     .dense8 = &ln_dense_neon_i8mm,
     .sparse8 = &ln_sparse_neon_dotprod,
     .elements = &ln_elements_neon,
     .front = &ln_front_neon},
    {.name = "neon_dotprod",
     .runs_here = has_dotprod,
     .dense = &ln_dense_neon_dotprod,
     .sparse = &ln_sparse_neon_dotprod,
     .sparse_cost = 17,
     .grouped = &ln_dense_neon_dotprod,
     .dense8 = &ln_dense_neon_dotprod,
     .sparse8 = &ln_sparse_neon_dotprod,
     .elements = &ln_elements_neon,
     .front = &ln_front_neon},
    {.name = "neon",
     .dense = &ln_dense_neon,
     .sparse = &ln_sparse_neon,
     .sparse_cost = 15,
     .grouped = &ln_dense_neon,
     .dense8 = &ln_dense_neon,
     .sparse8 = &ln_sparse_neon,
     .elements = &ln_elements_neon,
     .front = &ln_front_neon},
};

const ln_rungs ln_rungs_arm = {rungs, sizeof rungs / sizeof rungs[0]};

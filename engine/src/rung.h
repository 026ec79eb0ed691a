/* rung.h - what one instruction set brings: a table of tables, and how to ask the processor for it. The rungs of an
 * architecture stand in its folder; cpu.c joins them. */
#ifndef LN_RUNG_H
#define LN_RUNG_H

#include "elements/elements.h"
#include "front/front.h"

/* A rung of the staircase: code for one instruction set. */
typedef struct ln_isa {
    const char *name;
    const ln_kernel *dense, *sparse;
    uint32_t sparse_cost; /* sixteenths of a weight of `dense` that a byte of `sparse`, packed, takes as long as */
    const ln_elements *elements;
    const ln_front *front;
    bool (*runs_here)(void); /* NULL: on every processor of its architecture */
    const ln_kernel *columns; /* driven by events, or NULL */
    uint32_t columns_from;    /* weights of `dense` that take as long as one that meets an input other than 0 */
    bool columns_are_dense;   /* whether that one may be 0, or only a nonzero counts */
    const ln_kernel *grouped; /* for a matrix that several groups of inputs share: few rows and columns, x at any even address */
    ln_multiply_groups *groups; /* all groups of what `grouped` has packed, or NULL: one by one is as quick */
    const ln_kernel *dense8, *sparse8; /* for inputs of 8 bits; the same as those for 16 where these gain nothing */
} ln_isa;

/* Those of one architecture, best first. */
typedef struct ln_rungs {
    const ln_isa *all;
    size_t count;
} ln_rungs;

extern const ln_rungs ln_rungs_x86;  /* x86/x86.c, where LINNET_X86 is defined */
extern const ln_rungs ln_rungs_arm;  /* arm/arm.c, where LINNET_ARM64 is */
extern const ln_rungs ln_rungs_wasm; /* wasm/wasm.c, where the compiler has simd128 */

#endif

/* cpu.h - which instruction sets this build has code for, and which of them this processor runs. */
#ifndef LN_CPU_H
#define LN_CPU_H

#include "elements.h"
#include "front.h"

/* A step of the staircase: code for one instruction set. */
typedef struct ln_isa {
    const char *name;
    const ln_kernel *dense, *sparse;
    uint32_t sparse_cost; /* sixteenths of a weight of `dense` that a byte of `sparse`, packed, takes as long as */
    const ln_elements *elements;
    const ln_front *front;
    bool (*runs_here)(void);
    const ln_kernel *columns; /* driven by events, or NULL */
    uint32_t columns_from;    /* weights of `dense` that take as long as one that meets an input other than 0 */
    bool columns_are_dense;   /* whether that one may be 0, or only a nonzero counts */
    const ln_kernel *dense8, *sparse8; /* for inputs of 8 bits; the same as those for 16 where these gain nothing */
} ln_isa;

/* Those this processor runs, best first, scalar last; NULL from there on. */
const ln_isa *ln_isa_at(uint32_t index);

/* The one of this name, or the best where `name` is NULL; NULL where this processor or build has none such. */
const ln_isa *ln_isa_named(const char *name);

#endif

/* cpu.h - which instruction sets this build has code for, and which of them this processor runs. */
#ifndef LN_CPU_H
#define LN_CPU_H

#include "rung.h"

/* Those this processor runs, best first, scalar last; NULL from there on. */
const ln_isa *ln_isa_at(uint32_t index);

/* The one of this name, or the best where `name` is NULL; NULL where this processor or build has none such. */
const ln_isa *ln_isa_named(const char *name);

#endif

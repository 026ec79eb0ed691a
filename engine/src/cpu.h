/* cpu.h - which instruction sets this build has code for, and which of them this processor runs. */
#ifndef LN_CPU_H
#define LN_CPU_H

#include "rung.h"

/* Those this processor runs, best first, scalar last; NULL from there on. */
const ln_isa *ln_isa_at(uint32_t index);

/* The one of this name, or the best where `name` is NULL; NULL where this processor or build has none such. */
const ln_isa *ln_isa_named(const char *name);

#define LN_MOST_ACTIVITY 25u /* of a wire: all of its codes are expected not to be 0 */

/* The quickest kernel, by a fixed rule: the same file gives the same choice everywhere. Costs are counted in weights
 * of the dense kernel; the first of equal ones is taken. */
const ln_kernel *ln_choose_kernel(const ln_isa *isa, const ln_weights *matrix, uint64_t nonzeros, uint32_t activity,
                                  int32_t bits);

#endif

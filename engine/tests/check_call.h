/* check_call.h - what a function must leave alone: registers that its caller owns, and bytes around what it writes. */
#ifndef LN_CHECK_CALL_H
#define LN_CHECK_CALL_H

#include <stdint.h>
#include <stdlib.h>

/* Calls `thunk` with a pattern in every register that a callee must preserve. Returns NULL, or the name of what it
 * changed: a register, the stack pointer, the direction flag, the mode of float arithmetic. Where the instruction set is
 * not known, only the last. */
const char *call_checked(void (*thunk)(void));

/* Whether call_checked looks at registers in this build. */
int call_checks_registers(void);

/* `size` bytes on a multiple of 64 with a fence of 64 bytes on both sides; all of it random, until it is filled. */
void *fenced(size_t size, uint64_t *seed);

/* Whether all fences still stand. Every fenced block is freed. */
int fences_hold(void);

#endif

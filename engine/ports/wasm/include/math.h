/* math.h - what the engine uses of it, where there is no libc: square roots are instructions. */
#ifndef LN_WASM_MATH_H
#define LN_WASM_MATH_H

#define sqrt __builtin_sqrt
#define sqrtf __builtin_sqrtf

#endif

/* float_mode.h - the mode of float arithmetic that every promise of equal bits rests on: round to nearest, denormals
 * kept, no traps. A host may run its threads in another one (audio hosts flush denormals; so does every thread of a
 * program linked with -ffast-math), so what computes in float sets this mode first and gives the caller's back.
 * WebAssembly has no other mode. On processors not named here the caller's mode stays. */
#ifndef LN_FLOAT_MODE_H
#define LN_FLOAT_MODE_H

#include <stdint.h>

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__SSE2__))

typedef uint32_t ln_float_mode;
#define LN_FLOAT_BITS 0xFFC0u    /* of MXCSR: flush to zero, rounding, masks of exceptions, denormals are zero */
#define LN_FLOAT_DEFAULT 0x1F80u /* every exception masked */

/* The clobber keeps what is computed from memory, and written to it, on its side of the change. */
static inline ln_float_mode ln_float_mode_read(void) {
    ln_float_mode mode;
    __asm__ volatile("stmxcsr %0" : "=m"(mode) : : "memory");
    return mode;
}

static inline void ln_float_mode_write(ln_float_mode mode) { __asm__ volatile("ldmxcsr %0" : : "m"(mode) : "memory"); }

#elif defined(__GNUC__) && defined(__aarch64__)

typedef uint64_t ln_float_mode;
#define LN_FLOAT_BITS 0x07C89F07u /* of FPCR: default NaN, flush to zero in all its kinds, rounding, traps */
#define LN_FLOAT_DEFAULT 0u

static inline ln_float_mode ln_float_mode_read(void) {
    ln_float_mode mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode) : : "memory");
    return mode;
}

static inline void ln_float_mode_write(ln_float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }

#elif defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)

typedef uint32_t ln_float_mode;
#define LN_FLOAT_BITS 0x07C09F00u /* of FPSCR: the same; loops of Helium are counted in others, which must stay */
#define LN_FLOAT_DEFAULT 0u

static inline ln_float_mode ln_float_mode_read(void) {
    ln_float_mode mode;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(mode) : : "memory");
    return mode;
}

static inline void ln_float_mode_write(ln_float_mode mode) { __asm__ volatile("vmsr fpscr, %0" : : "r"(mode) : "memory"); }

#else

typedef uint32_t ln_float_mode;
#define LN_FLOAT_BITS 0u
#define LN_FLOAT_DEFAULT 0u

static inline ln_float_mode ln_float_mode_read(void) { return LN_FLOAT_DEFAULT; }
static inline void ln_float_mode_write(ln_float_mode mode) { (void)mode; }

#endif

/* Sets the mode and returns the caller's, for ln_float_mode_restore. Writing costs more than reading, so neither
 * writes where the caller's mode is this one. */
static inline ln_float_mode ln_float_mode_set(void) {
    const ln_float_mode before = ln_float_mode_read();
    if ((before & LN_FLOAT_BITS) != LN_FLOAT_DEFAULT)
        ln_float_mode_write((before & ~(ln_float_mode)LN_FLOAT_BITS) | LN_FLOAT_DEFAULT);
    return before;
}

static inline void ln_float_mode_restore(ln_float_mode before) {
    if ((before & LN_FLOAT_BITS) != LN_FLOAT_DEFAULT) ln_float_mode_write(before);
}

#endif

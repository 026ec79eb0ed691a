/* cpu.c - the staircase from scalar upward. Asking the processor takes some hundred cycles and is done anew each time
 * a model is laid out, so that nothing need be remembered. */
#include "cpu.h"

#include <string.h>

static bool always(void) { return true; }

#ifdef LINNET_X86
#include <cpuid.h>

/* Bits of CPUID (leaf, register) and of the control register that says which registers the system saves. */
#define LEAF1_ECX_OSXSAVE (1u << 27)
#define LEAF7_EBX_AVX2 (1u << 5)
#define LEAF7_EBX_AVX512 (1u << 16 | 1u << 17 | 1u << 30 | 1u << 31) /* F, DQ, BW, VL */
#define LEAF7_ECX_AVX512 (1u << 1 | 1u << 11)                        /* VBMI, VNNI */
#define LEAF7_1_EAX_AVXVNNI (1u << 4)
#define SAVED_YMM 0x06u
#define SAVED_ZMM 0xE6u

static uint32_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool has(uint32_t ebx_bits, uint32_t ecx_bits, uint32_t saved) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & LEAF1_ECX_OSXSAVE)) return false;
    if ((saved_registers() & saved) != saved) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & ebx_bits) == ebx_bits && (c & ecx_bits) == ecx_bits;
}

static bool has_avx2(void) { return has(LEAF7_EBX_AVX2, 0, SAVED_YMM); }

#ifdef LINNET_AVXVNNI
static bool has_avxvnni(void) {
    uint32_t a, b, c, d;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & LEAF7_1_EAX_AVXVNNI) != 0;
}
#endif

static bool has_avx512bw(void) { return has(LEAF7_EBX_AVX2 | LEAF7_EBX_AVX512, 0, SAVED_ZMM); }

static bool has_avx512(void) { return has(LEAF7_EBX_AVX2 | LEAF7_EBX_AVX512, LEAF7_ECX_AVX512, SAVED_ZMM); }
#endif

#ifdef LINNET_ARM64
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
#endif

/* Best first. What the sparse kernel costs was measured at k = 1, on Arm reckoned from instructions counted
 * (README.md). */
static const ln_isa staircase[] = {
#ifdef LINNET_X86
    {"avx512", &ln_dense_avx512, &ln_sparse_avx512, 18, &ln_elements_avx512, &ln_front_avx512, has_avx512,
     &ln_columns_avx512, 3, true, &ln_dense8_avx512, &ln_sparse8_avx512},
    {"avx512bw", &ln_dense_avx512bw, &ln_sparse_avx512bw, 13, &ln_elements_avx512, &ln_front_avx512, has_avx512bw, NULL,
     0, false, &ln_dense_avx512bw, &ln_sparse_avx512bw},
#ifdef LINNET_AVXVNNI
    {"avxvnni", &ln_dense_avxvnni, &ln_sparse_avxvnni, 12, &ln_elements_avx2, &ln_front_avx2, has_avxvnni, NULL, 0,
     false, &ln_dense8_avxvnni, &ln_sparse8_avxvnni},
#endif
    {"avx2", &ln_dense_avx2, &ln_sparse_avx2, 16, &ln_elements_avx2, &ln_front_avx2, has_avx2, NULL, 0, false,
     &ln_dense_avx2, &ln_sparse8_avx2},
#endif
#ifdef LINNET_ARM64
    {"neon_i8mm", &ln_dense_neon_i8mm, &ln_sparse_neon_dotprod, 62, &ln_elements_neon, &ln_front_neon, has_i8mm, NULL,
     0, false, &ln_dense_neon_i8mm, &ln_sparse_neon_dotprod},
    {"neon_dotprod", &ln_dense_neon_dotprod, &ln_sparse_neon_dotprod, 41, &ln_elements_neon, &ln_front_neon, has_dotprod,
     NULL, 0, false, &ln_dense_neon_dotprod, &ln_sparse_neon_dotprod},
    {"neon", &ln_dense_neon, &ln_sparse_neon, 21, &ln_elements_neon, &ln_front_neon, always, NULL, 0, false,
     &ln_dense_neon, &ln_sparse_neon},
#endif
#ifdef __wasm_simd128__
    {"simd128", &ln_dense_simd128, &ln_sparse_simd128, 26, &ln_elements_simd128, &ln_front_simd128, always, NULL, 0,
     false, &ln_dense_simd128, &ln_sparse_simd128},
#endif
    {"scalar", &ln_dense_scalar, &ln_sparse_scalar, LN_SPARSE_COST, &ln_elements_scalar, &ln_front_scalar, always,
     &ln_columns_scalar, LN_COLUMNS_FROM, false, &ln_dense_scalar, &ln_sparse_scalar},
};

const ln_isa *ln_isa_at(uint32_t index) {
    for (size_t i = 0; i < sizeof staircase / sizeof staircase[0]; i++)
        if (staircase[i].runs_here() && index-- == 0) return &staircase[i];
    return NULL;
}

const ln_isa *ln_isa_named(const char *name) {
    const ln_isa *isa = ln_isa_at(0);
    for (uint32_t i = 0; name != NULL && isa != NULL && strcmp(isa->name, name) != 0;) isa = ln_isa_at(++i);
    return isa;
}

/* x86.c - the rungs of x86-64, and how CPUID tells which of them run. Asking takes some hundred cycles and is done each
 * time a model is laid out, so that nothing need be remembered. */
#include "rung.h"

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

/* What the sparse kernel costs was measured at k = 1 (README.md). */
static const ln_isa rungs[] = {
    {.name = "avx512",
     .runs_here = has_avx512,
     .dense = &ln_dense_avx512,
     .sparse = &ln_sparse_avx512,
     .sparse_cost = 18,
     .grouped = &ln_dense_avx512bw,
     .groups = ln_groups_avx512bw,
     .dense8 = &ln_dense8_avx512,
     .sparse8 = &ln_sparse8_avx512,
     .columns = &ln_columns_avx512,
     .columns_from = 3,
     .columns_are_dense = true,
     .elements = &ln_elements_avx512,
     .front = &ln_front_avx512},
    {.name = "avx512bw",
     .runs_here = has_avx512bw,
     .dense = &ln_dense_avx512bw,
     .sparse = &ln_sparse_avx512bw,
     .sparse_cost = 13,
     .grouped = &ln_dense_avx512bw,
     .groups = ln_groups_avx512bw,
     .dense8 = &ln_dense_avx512bw,
     .sparse8 = &ln_sparse_avx512bw,
     .elements = &ln_elements_avx512,
     .front = &ln_front_avx512},
#ifdef LINNET_AVXVNNI
    {.name = "avxvnni",
     .runs_here = has_avxvnni,
     .dense = &ln_dense_avxvnni,
     .sparse = &ln_sparse_avxvnni,
     .sparse_cost = 12,
     .grouped = &ln_dense_avxvnni,
     .dense8 = &ln_dense8_avxvnni,
     .sparse8 = &ln_sparse8_avxvnni,
     .elements = &ln_elements_avx2,
     .front = &ln_front_avx2},
#endif
    {.name = "avx2",
     .runs_here = has_avx2,
     .dense = &ln_dense_avx2,
     .sparse = &ln_sparse_avx2,
     .sparse_cost = 16,
     .grouped = &ln_dense_avx2,
     .groups = ln_groups_avx2,
     .dense8 = &ln_dense_avx2,
     .sparse8 = &ln_sparse8_avx2,
     .elements = &ln_elements_avx2,
     .front = &ln_front_avx2},
    {.name = "avx2_streams",
     .runs_here = has_avx2,
     .dense = &ln_dense_avx2,
     .sparse = &ln_streams_avx2,
     .sparse_cost = 9,
     .grouped = &ln_dense_avx2,
     .groups = ln_groups_avx2,
     .dense8 = &ln_dense_avx2,
     .sparse8 = &ln_streams_avx2,
     .elements = &ln_elements_avx2,
     .front = &ln_front_avx2},
};

const ln_rungs ln_rungs_x86 = {rungs, sizeof rungs / sizeof rungs[0]};

/* kernels.h - the table of matrix kernels: which there are and what each must do.
 *
 * A kernel lays a matrix out for itself once, at load, and then multiplies with it. The scalar kernels are the
 * meaning; a faster twin for an instruction set stands in a file of its own, kernels_<isa>.c, and is admitted by a
 * test that finds it equal to the scalar one bit for bit. Kernel files include this file and intrinsics only. Which
 * kernel a matrix gets is decided by its shape and its nonzeros alone, so that the same file gives the same choice on
 * every machine of an instruction set: cpu.c holds what a byte of the sparse one costs. */
#ifndef LN_KERNELS_H
#define LN_KERNELS_H

#include "number/checked.h"
#include "matrix/beside.h"
#include "matrix/slices.h"
#include "matrix/sliding.h"
#include "matrix/weights.h"

#define LN_SPARSE_MOST_COLUMNS 4096u /* fast sparse kernels keep their inputs on the stack in a form of their own */
#define LN_PADDING 64u /* codes: buffers of x and sums are as long as the next multiple of it */
#define LN_MOST_BESIDE 8u /* inputs that one matrix is multiplied with at once */

/* Round up to a multiple of `step`. */
static inline size_t ln_round_up(size_t size, size_t step) { return (size + step - 1) / step * step; }

/* sums[o] = bias[o] + sum_i weight[o, i] * x[i], exact in int32.
 *
 * No overflow: the loader has proven sum_i |weight[o, i]| * 32768 + |bias[o]| < 2^31 for every row, so no partial
 * sum in any order leaves int32. A kernel named ..8 is for inputs within -128..127; every other takes these, too.
 * `packed` and `x` are aligned to 64 bytes (x of the kernel for groups need not be); x may be read from `columns` up to the next multiple of LN_PADDING, whatever
 * lies there; sums may be written up to the next multiple of LN_PADDING of rows. */
typedef void ln_multiply(const void *packed, const int16_t *x, int32_t *sums);

/* The same for `count` inputs, 1 to LN_MOST_BESIDE: sums[s] of x[s], each as ln_multiply gives them. No x[s] and sums[t] overlap. */
typedef void ln_multiply_many(const void *packed, size_t count, const int16_t *const *x, int32_t *const *sums);

/* One matrix of `rows` rows and `columns` columns with `groups` inputs that lie one behind the other, at any even address: each group's sums, as
 * ln_multiply gives them, in their order, behind those of the group before. */
typedef void ln_multiply_groups(const void *packed, size_t groups, const int16_t *x, size_t columns, int32_t *sums, size_t rows);

typedef struct ln_kernel {
    const char *isa;
    uint64_t (*packed_bytes)(const ln_weights *weights, uint64_t nonzeros);
    void (*pack)(const ln_weights *weights, const int32_t *bias, void *packed);
    ln_multiply *multiply;
    ln_multiply_many *multiply_many; /* NULL: one by one is as quick */
} ln_kernel;

/* Many groups for a matrix that the kernel of the name has packed. */
extern ln_multiply_groups ln_groups_avx2;
extern ln_multiply_groups ln_groups_avx512bw;

extern const ln_kernel ln_dense_scalar;
extern const ln_kernel ln_sparse_scalar;
extern const ln_kernel ln_columns_scalar;
extern const ln_kernel ln_dense_avx2;
extern const ln_kernel ln_sparse_avx2;
extern const ln_kernel ln_sparse8_avx2;
extern const ln_kernel ln_streams_avx2;
extern const ln_kernel ln_dense_avxvnni;
extern const ln_kernel ln_sparse_avxvnni;
extern const ln_kernel ln_dense8_avxvnni;
extern const ln_kernel ln_sparse8_avxvnni;
extern const ln_kernel ln_dense_avx512bw;
extern const ln_kernel ln_sparse_avx512bw;
extern const ln_kernel ln_dense_avx512;
extern const ln_kernel ln_sparse_avx512;
extern const ln_kernel ln_dense8_avx512;
extern const ln_kernel ln_sparse8_avx512;
extern const ln_kernel ln_columns_avx512;
extern const ln_kernel ln_dense_neon;
extern const ln_kernel ln_sparse_neon;
extern const ln_kernel ln_dense_neon_dotprod;
extern const ln_kernel ln_sparse_neon_dotprod;
extern const ln_kernel ln_dense_neon_i8mm;
extern const ln_kernel ln_dense_simd128;
extern const ln_kernel ln_sparse_simd128;

/* Sixteenths of a dense weight that a byte of the packed scalar sparse kernel costs, 4 bytes a nonzero: measured at k = 1
 * with bench_step.c, where 25.8 k nonzeros of 503 k weights took 12 us sparse and 18 us dense (gcc 12, Zen 4). */
#if defined(__wasm__) && !defined(__wasm_simd128__)
#define LN_SPARSE_COST 8u /* no compiler makes vectors of the dense loops there: 503 k weights took 180 us, not 18 */
#else
#define LN_SPARSE_COST 56u
#endif

/* Weights of the dense kernel that one nonzero of the kernel driven by events takes as long as, where it meets an input
 * other than 0. */
#define LN_COLUMNS_FROM 16u

#endif

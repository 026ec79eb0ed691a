/* flash.h - matrices that stay in flash: the layouts that `linnet export c` writes as constants, and what multiplies
 * with them. Mirror of compiler/flash.py, which lays them out. Kernels that lay a matrix out in memory at load are
 * kernels.h's; on a microcontroller nothing is laid out, and a byte of flash is dear.
 *
 * All four compute sums[o] = bias[o] + sum_i weight[o, i] * x[i], exact in int32: the exporter has proven, as the
 * loader does, that no partial sum in any order leaves int32. Matrices must not be empty. */
#ifndef LN_FLASH_H
#define LN_FLASH_H

#include <stdint.h>

/* A nonzero, `gap` places behind the last one of its row or column; the first one stands `gap` places behind the
 * start. Where the way is longer than 255, entries {255, 0} lie on it; entries {0, 0} fill up each row or column to
 * whole steps. */
#define LN_FLASH_STEP 4u

typedef struct ln_flash_entry {
    uint8_t gap;
    int8_t weight;
} ln_flash_entry;

/* Dense, for matrices that are not sparse enough: groups of four rows, in each the quads of columns from left to
 * right, in each of these the four rows: so one pointer reads it all. Columns are padded with zeros to a multiple of
 * LN_FLASH_QUAD, rows to a multiple of LN_FLASH_ROWS; x may be read, and sums written, up to the padded size. The four
 * bytes of a row hold columns 0, 2, 1, 3 of a quad, so that one SXTB16 of Arm's DSP extension widens columns 0 and 1,
 * and one more columns 2 and 3. */
#define LN_FLASH_QUAD 4u
#define LN_FLASH_ROWS 4u

typedef struct ln_flash_dense {
    uint32_t rows, columns;
    const int32_t *bias;   /* [rows] */
    const int8_t *weights; /* [padded rows * padded columns] */
} ln_flash_dense;

/* Sparse, row after row or column after column. */
typedef struct ln_flash_sparse {
    uint32_t rows, columns;
    const int32_t *bias;           /* [rows] */
    const uint16_t *steps;         /* of each row, or of each column: entries / LN_FLASH_STEP */
    const ln_flash_entry *entries; /* all of them */
} ln_flash_sparse;

/* Packed, where flash is dearer than time: row after row, a byte for each nonzero, and its way as nibbles, the lower half of a
 * byte first. A nibble is how many places lie between it and the last nonzero of its row, or the start; 15 stands for fifteen
 * of them, and the next nibble goes on. Rows follow each other without a gap; the
 * last bytes fill up a multiple of four. */
#define LN_FLASH_NIBBLE_ON 15u

typedef struct ln_flash_packed {
    uint32_t rows, columns;
    const int32_t *bias;    /* [rows] */
    const uint16_t *counts; /* of each row: its nonzeros */
    const int8_t *weights;  /* of all nonzeros */
    const uint8_t *ways;    /* their nibbles */
} ln_flash_packed;

void ln_flash_multiply_dense(const ln_flash_dense *matrix, const int16_t *x, int32_t *sums);

/* Row after row: every nonzero costs a load of its input. */
void ln_flash_multiply_rows(const ln_flash_sparse *matrix, const int16_t *x, int32_t *sums);

/* Column after column, driven by events: an input that is 0 costs one test and none of its weights. */
void ln_flash_multiply_columns(const ln_flash_sparse *matrix, const int16_t *x, int32_t *sums);

/* As by rows; unpacking the ways costs more. */
void ln_flash_multiply_packed(const ln_flash_packed *matrix, const int16_t *x, int32_t *sums);

#endif

/* flash.c - multiplying with matrices that stay in flash. Plain C; on Arm cores with the DSP extension the dense form
 * takes two products per instruction, which changes no bit: every sum is exact. */
#include "flash/flash.h"

#include <string.h>

#include "number/bytes.h"

#ifdef __ARM_FEATURE_SIMD32
#include <arm_acle.h>
#endif

/* --- dense ------------------------------------------------------------------------------------------------------ */

static uint32_t padded(uint32_t size, uint32_t step) { return (size + step - 1) / step * step; }

#ifdef __ARM_FEATURE_SIMD32
/* Two bytes of four, widened: the lower ones of both halves, or the upper ones. Compilers do not fold the rotation. */
static inline int16x2_t lower_bytes(uint32_t quad) { return __sxtb16((int8x4_t)quad); }

static inline int16x2_t upper_bytes(uint32_t quad) {
    int16x2_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(quad));
    return pair;
}

/* sum + four products; the quad of weights lies in the order 0, 2, 1, 3. */
static inline int32_t add_quad(const int8_t *weights, const int16_t *x, int32_t sum) {
    uint32_t quad;
    int16x2_t first, second;
    memcpy(&quad, weights, sizeof quad);
    memcpy(&first, x, sizeof first);
    memcpy(&second, x + 2, sizeof second);
    return __smlad(upper_bytes(quad), second, __smlad(lower_bytes(quad), first, sum));
}
#else
static inline int32_t add_quad(const int8_t *weights, const int16_t *x, int32_t sum) {
    return sum + weights[0] * x[0] + weights[2] * x[1] + weights[1] * x[2] + weights[3] * x[3];
}
#endif

void ln_flash_multiply_dense(const ln_flash_dense *matrix, const int16_t *x, int32_t *sums) {
    const uint32_t group = LN_FLASH_ROWS * padded(matrix->columns, LN_FLASH_QUAD);
    const int8_t *w = matrix->weights;
    for (uint32_t o = 0; o < matrix->rows; o += LN_FLASH_ROWS) {
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        const int16_t *at = x;
        for (const int8_t *end = w + group; w < end; w += LN_FLASH_ROWS * LN_FLASH_QUAD, at += LN_FLASH_QUAD) {
            s0 = add_quad(w, at, s0);
            s1 = add_quad(w + 4, at, s1);
            s2 = add_quad(w + 8, at, s2);
            s3 = add_quad(w + 12, at, s3);
        }
        sums[o] = s0, sums[o + 1] = s1, sums[o + 2] = s2, sums[o + 3] = s3;
    }
    for (uint32_t o = 0; o < matrix->rows; o++) sums[o] += matrix->bias[o];
}

/* --- sparse: LN_FLASH_STEP entries at a time, so that counting them costs little beside them -------------------- */

/* The next nonzero of a row, times its input. */
static inline int32_t fetch(const ln_flash_entry *entry, const int16_t **at, int32_t sum) {
    *at += entry->gap;
    return sum + entry->weight * **at;
}

void ln_flash_multiply_rows(const ln_flash_sparse *matrix, const int16_t *x, int32_t *sums) {
    const ln_flash_entry *entry = matrix->entries;
    for (uint32_t o = 0; o < matrix->rows; o++) {
        const int16_t *at = x;
        int32_t sum = matrix->bias[o];
        for (uint32_t steps = matrix->steps[o]; steps > 0; steps--, entry += LN_FLASH_STEP) {
            sum = fetch(entry, &at, sum);
            sum = fetch(entry + 1, &at, sum);
            sum = fetch(entry + 2, &at, sum);
            sum = fetch(entry + 3, &at, sum);
        }
        sums[o] = sum;
    }
}

/* The next nonzero of a column, times its input, onto the sum of its row. */
static inline int32_t *scatter(const ln_flash_entry *entry, int32_t *at, int32_t value) {
    at += entry->gap;
    *at += entry->weight * value;
    return at;
}

void ln_flash_multiply_columns(const ln_flash_sparse *matrix, const int16_t *x, int32_t *sums) {
    const ln_flash_entry *entry = matrix->entries;
    memcpy(sums, matrix->bias, sizeof(int32_t) * matrix->rows);
    for (uint32_t i = 0; i < matrix->columns; i++) {
        const ln_flash_entry *end = entry + LN_FLASH_STEP * matrix->steps[i];
        const int32_t value = x[i];
        int32_t *at = sums;
        for (; value != 0 && entry < end; entry += LN_FLASH_STEP) {
            at = scatter(entry, at, value);
            at = scatter(entry + 1, at, value);
            at = scatter(entry + 2, at, value);
            at = scatter(entry + 3, at, value);
        }
        entry = end;
    }
}

/* --- packed ------------------------------------------------------------------------------------------------------ */

/* Nibbles on their way out of flash, eight at a time. */
typedef struct nibbles {
    const uint8_t *at;
    uint32_t word, left;
} nibbles;

static inline uint32_t next(nibbles *of) {
    if (of->left == 0) {
        of->word = ln_read_u32(of->at);
        of->at += 4;
        of->left = 8;
    }
    const uint32_t nibble = of->word & 15u;
    of->word >>= 4;
    of->left--;
    return nibble;
}

void ln_flash_multiply_packed(const ln_flash_packed *matrix, const int16_t *x, int32_t *sums) {
    const int8_t *weight = matrix->weights;
    nibbles ways = {matrix->ways, 0, 0};
    for (uint32_t o = 0; o < matrix->rows; o++) {
        const int16_t *at = x; /* what may come next */
        int32_t sum = matrix->bias[o];
        for (const int8_t *end = weight + matrix->counts[o]; weight < end; weight++) {
            uint32_t way;
            do at += way = next(&ways);
            while (way == LN_FLASH_NIBBLE_ON);
            sum += *weight * *at++;
        }
        sums[o] = sum;
    }
}

/* test_kernels.c - every matrix kernel of every instruction set against the sum it stands for, bit for bit: shapes from 1 x 1, densities from
 * empty to full, inputs and weights at their ends, both forms in which a file stores a matrix. */
#define _POSIX_C_SOURCE 200112L
#include <string.h>

#include "cpu.h"
#include "drawn_matrix.h"

#define MOST_OF_A_GROUP 65u /* rows and columns of matrices that are tried with groups: those that are shared are small */

typedef struct input {
    const int16_t *x;
    const int32_t *bias;
} input;

/* Several inputs at once, so that four, three, two and one are taken together, the same one each time; check_kernels.c gives them different ones. */
static void many_give_the_sums(const ln_kernel *kernel, const void *packed, const matrix *m, const int16_t *x, const int32_t *sums) {
    const size_t padded = ln_round_up(m->rows, LN_PADDING);
    int32_t *found = aligned_block(sizeof(int32_t) * padded * LN_MOST_BESIDE);
    const int16_t *from[LN_MOST_BESIDE];
    int32_t *to[LN_MOST_BESIDE];
    for (size_t s = 0; s < LN_MOST_BESIDE; s++) from[s] = x, to[s] = found + s * padded;
    static const size_t counts[] = {2, 5, 7, 8};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const size_t count = counts[c];
        memset(found, 0x5A, sizeof(int32_t) * padded * LN_MOST_BESIDE);
        kernel->multiply_many(packed, count, from, to);
        for (size_t s = 0; s < count; s++) CHECK(memcmp(to[s], sums, sizeof(int32_t) * m->rows) == 0);
    }
    free(found);
}

static void kernel_gives_the_sum(const ln_kernel *kernel, const matrix *m, const input *in) {
    int32_t *sums = aligned_block(sizeof(int32_t) * ln_round_up(m->rows, LN_PADDING));
    void *packed = aligned_block((size_t)kernel->packed_bytes(&m->stored, walked(&m->stored)));
    kernel->pack(&m->stored, in->bias, packed);
    kernel->multiply(packed, in->x, sums);
    for (uint32_t o = 0; o < m->rows; o++) {
        int64_t sum = in->bias[o];
        for (uint32_t i = 0; i < m->columns; i++) sum += (int64_t)m->dense[(size_t)o * m->columns + i] * in->x[i];
        CHECK(sum >= INT32_MIN && sum <= INT32_MAX && sums[o] == (int32_t)sum);
    }
    if (kernel->multiply_many != NULL) many_give_the_sums(kernel, packed, m, in->x, sums);
    free(packed), free(sums);
}

/* Inputs and sums of groups lie one behind the other, at any place; what is written behind a group's sums is overwritten. One by one, or all by
 * the function for groups. */
static void groups_give_their_sums(const ln_isa *isa, const matrix *m, const input *in) {
    enum { GROUPS = 3 };
    const ln_kernel *kernel = isa->grouped;
    const size_t x_bytes = sizeof(int16_t) * (1 + GROUPS * (size_t)m->columns + LN_PADDING);
    int16_t *x = aligned_block(x_bytes);
    int32_t *sums = aligned_block(sizeof(int32_t) * (1 + GROUPS * (size_t)m->rows + LN_PADDING));
    void *packed = aligned_block((size_t)kernel->packed_bytes(&m->stored, walked(&m->stored)));
    memset(x, 0x5A, x_bytes);
    for (size_t g = 0; g < GROUPS; g++)
        for (uint32_t i = 0; i < m->columns; i++) x[1 + g * m->columns + i] = in->x[(i + g) % m->columns];
    kernel->pack(&m->stored, in->bias, packed);
    for (int all_at_once = 0; all_at_once < (isa->groups != NULL ? 2 : 1); all_at_once++) {
        memset(sums, 0x5A, sizeof(int32_t) * (1 + GROUPS * (size_t)m->rows + LN_PADDING));
        if (all_at_once) isa->groups(packed, GROUPS, x + 1, m->columns, sums + 1, m->rows);
        for (size_t g = 0; !all_at_once && g < GROUPS; g++) kernel->multiply(packed, x + 1 + g * m->columns, sums + 1 + g * m->rows);
        for (size_t g = 0; g < GROUPS; g++)
            for (uint32_t o = 0; o < m->rows; o++) {
                int64_t sum = in->bias[o];
                for (uint32_t i = 0; i < m->columns; i++)
                    sum += (int64_t)m->dense[(size_t)o * m->columns + i] * in->x[(i + g) % m->columns];
                CHECK(sums[1 + g * m->rows + o] == (int32_t)sum);
            }
    }
    free(x), free(sums), free(packed);
}

/* Every kernel of every instruction set that takes inputs of these bits. */
static void all_give_the_sum(const matrix *m, const input *in, bool is_narrow) {
    for (uint32_t at = 0; ln_isa_at(at) != NULL; at++) {
        const ln_isa *isa = ln_isa_at(at);
        kernel_gives_the_sum(is_narrow ? isa->dense8 : isa->dense, m, in);
        kernel_gives_the_sum(is_narrow ? isa->sparse8 : isa->sparse, m, in);
        if (isa->columns != NULL) kernel_gives_the_sum(isa->columns, m, in);
        if (m->rows <= MOST_OF_A_GROUP && m->columns <= MOST_OF_A_GROUP) groups_give_their_sums(isa, m, in);
    }
}

static void kernels_give_the_sum(const matrix *m, uint64_t *seed) {
    const size_t inputs = ln_round_up(m->columns, LN_PADDING);
    int16_t *x = aligned_block(sizeof(int16_t) * inputs);
    int32_t *bias = aligned_block(sizeof(int32_t) * m->rows);
    memset(x, 0x5A, sizeof(int16_t) * inputs); /* what lies behind the columns does not matter */
    for (uint32_t i = 0; i < m->columns; i++) {
        const int32_t ends[4] = {-32768, 32767, 0, draw_between(seed, -32768, 32767)};
        x[i] = (int16_t)ends[draw(seed) % 4];
    }
    for (uint32_t o = 0; o < m->rows; o++) bias[o] = draw_between(seed, -(1 << 20), 1 << 20);
    const input in = {.x = x, .bias = bias};
    all_give_the_sum(m, &in, false);
    for (uint32_t i = 0; i < m->columns; i++) {
        const int32_t ends[4] = {-128, 127, 0, draw_between(seed, -128, 127)};
        x[i] = (int16_t)ends[draw(seed) % 4];
    }
    all_give_the_sum(m, &in, true);
    free(x), free(bias);
}

/* fixed_point.py by its definition: floor(v / 2^s + 1/2), checked by what floor means. */
static void rounding_is_the_definition(uint64_t *seed) {
    for (int trial = 0; trial < 20000; trial++) {
        const int shift = draw_between(seed, 0, 47);
        const int64_t v = (int64_t)draw_between(seed, INT32_MIN, INT32_MAX) * 65536 / (1 << draw_between(seed, 0, 30));
        const int64_t q = ln_shift_right_round(v, shift), unit = (int64_t)1 << shift;
        const int64_t rest = 2 * v + unit - 2 * q * unit; /* twice (v / 2^s + 1/2 - q), in units of 2^-s */
        CHECK(rest >= 0 && rest < 2 * unit);
    }
    CHECK(ln_saturate16(32768) == 32767 && ln_saturate16(-32769) == -32768 && ln_saturate16(-5) == -5);
    CHECK(ln_saturate32((int64_t)1 << 31) == INT32_MAX && ln_saturate32(-((int64_t)1 << 31) - 1) == INT32_MIN);
    CHECK(ln_rescale(INT32_MIN, -31) == -((int64_t)1 << 62) && ln_rescale(5, 1) == 3 && ln_rescale(-5, 1) == -2);
    CHECK(ln_sigmoid15(0) == 16384 && ln_sigmoid15(-32768) == 0 && ln_sigmoid15(32767) == 32768);
}

/* A matrix whose stored positions lead outside is noticed, wherever it is cut or bent. */
static void broken_positions_are_refused(uint64_t *seed) {
    for (int trial = 0; trial < 2000; trial++) {
        matrix m = draw_matrix(seed, 5, 40, 20);
        store_sparse(&m);
        const uint64_t whole = walked(&m.stored);
        uint8_t *gaps = aligned_block((size_t)m.stored.gap_bytes + 1);
        memcpy(gaps, m.stored.gaps, (size_t)m.stored.gap_bytes);
        m.stored.gaps = gaps;
        if (trial % 2 && m.stored.gap_bytes > 0) gaps[draw(seed) % m.stored.gap_bytes] = (uint8_t)draw(seed);
        else m.stored.gap_bytes = m.stored.gap_bytes > 0 ? m.stored.gap_bytes - 1 : 0;
        uint64_t count = 0;
        ln_walk walk = {.weights = &m.stored};
        for (; ln_walk_next(&walk); count++) CHECK(walk.row < 5 && walk.column < 40);
        CHECK(walk.broken || count == whole);
        CHECK(trial % 2 || walk.broken || whole == 0);
    }
}

static void a_shape_gives_its_sums(uint64_t *seed, uint32_t rows, uint32_t columns, uint32_t percent) {
    matrix m = draw_matrix(seed, rows, columns, percent);
    store_dense(&m);
    kernels_give_the_sum(&m, seed);
    store_sparse(&m);
    kernels_give_the_sum(&m, seed);
}

/* Full rows of -128 or 127 whose sums come as near to 2^31 as the loader lets through, in both directions. */
static void sums_near_the_limit_are_exact(void) {
    enum { ROWS = 65, COLUMNS = 511 };
    static const int16_t ends[4] = {INT16_MIN, INT16_MAX, INT8_MIN, INT8_MAX};
    matrix m = {ROWS, COLUMNS, aligned_block(ROWS * COLUMNS), {.rows = ROWS, .columns = COLUMNS}};
    int16_t *x = aligned_block(sizeof(int16_t) * ln_round_up(COLUMNS, LN_PADDING));
    int32_t *bias = aligned_block(sizeof(int32_t) * ROWS);
    for (uint32_t end = 0; end < 4; end++) {
        for (uint32_t i = 0; i < COLUMNS; i++) x[i] = ends[end];
        for (uint32_t o = 0; o < ROWS; o++) {
            memset(m.dense + (size_t)o * COLUMNS, o % 2 ? -128 : 127, COLUMNS);
            bias[o] = (o % 2 == end % 2 ? 1 : -1) * 4194303; /* 511 * 128 * 32768 + 4194303 is 2^31 - 1 */
        }
        const input in = {.x = x, .bias = bias};
        store_dense(&m);
        all_give_the_sum(&m, &in, end >= 2);
    }
}

/* Every small shape, as the matrices have that groups share: whether weights stay in registers depends on it. */
static void small_shapes_give_their_groups_sums(uint64_t *seed) {
    for (uint32_t rows = 1; rows <= 18; rows++)
        for (uint32_t columns = 1; columns <= 26; columns++) {
            matrix m = draw_matrix(seed, rows, columns, 70);
            int16_t x[26];
            int32_t bias[18];
            for (uint32_t i = 0; i < columns; i++) x[i] = (int16_t)(draw(seed) % 3 == 0 ? INT16_MIN : draw_between(seed, INT16_MIN, INT16_MAX));
            for (uint32_t o = 0; o < rows; o++) bias[o] = draw_between(seed, -(1 << 20), 1 << 20);
            const input in = {.x = x, .bias = bias};
            store_dense(&m);
            for (uint32_t at = 0; ln_isa_at(at) != NULL; at++) groups_give_their_sums(ln_isa_at(at), &m, &in);
        }
}

int main(int argc, char **argv) {
    uint64_t seed = seed_of(argc, argv);
    static const uint32_t sizes[] = {1, 2, 3, 5, 31, 32, 33, 64, 65, 127, 192, 257, 261};
    static const uint32_t percents[] = {0, 1, 10, 50, 100};
    for (size_t r = 0; r < sizeof sizes / sizeof sizes[0]; r += 1 + r % 2)
        for (size_t c = 0; c < sizeof sizes / sizeof sizes[0]; c++)
            for (size_t p = 0; p < sizeof percents / sizeof percents[0]; p++)
                a_shape_gives_its_sums(&seed, sizes[r], sizes[c], percents[p]);
    a_shape_gives_its_sums(&seed, 70, 1100, 20); /* longer than what fast kernels take in one go */
    a_shape_gives_its_sums(&seed, 17, 2052, 10);
    a_shape_gives_its_sums(&seed, 517, 300, 10); /* more rows than are sorted at a time */
    small_shapes_give_their_groups_sums(&seed);
    sums_near_the_limit_are_exact();
    rounding_is_the_definition(&seed);
    broken_positions_are_refused(&seed);
    return 0;
}

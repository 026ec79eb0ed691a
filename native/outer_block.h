/* outer_block.h - a block of the sum of outer products, held in registers; included by weights.c once for each width of
 * vectors. Set before: WIDTH numbers of a vector, HEIGHT rows and VECTORS vectors of a block, NAME, TARGET. */

#define LANES_OF NAME(lanes)
typedef float LANES_OF __attribute__((vector_size(4 * WIDTH)));

/* to += sum over `rows` rows of g^T x: `height` columns of g by `vectors` vectors of x, both constants when inlined. */
static inline __attribute__((always_inline)) TARGET void NAME(block)(const panels *p, const float *g, float *to, const int height,
                                                                      const int vectors) {
    LANES_OF sum[HEIGHT][VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < height; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) sum[i][v] = (LANES_OF){0};
    const float *x = p->x;
    for (int64_t r = 0; r < p->rows; r++, g += p->g_row, x += p->x_row) {
        LANES_OF of_x[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) memcpy(&of_x[v], x + v * WIDTH, sizeof(LANES_OF));
#pragma GCC unroll 8
        for (int i = 0; i < height; i++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) sum[i][v] += of_x[v] * g[i];
    }
    float done[HEIGHT][VECTORS * WIDTH]; /* apart, or the sums would not be left in registers */
#pragma GCC unroll 8
    for (int i = 0; i < height; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) memcpy(done[i] + v * WIDTH, &sum[i][v], sizeof(LANES_OF));
    for (int i = 0; i < height; i++)
        for (int64_t c = 0; c < p->columns; c++) to[i * p->to_row + c] += done[i][c];
}

static inline __attribute__((always_inline)) TARGET void NAME(column)(const panels *p, const float *g, float *to, int64_t height,
                                                                       const int vectors) {
    int64_t i = 0;
    for (; i + HEIGHT <= height; i += HEIGHT) NAME(block)(p, g + i, to + i * p->to_row, HEIGHT, vectors);
    for (; i < height; i++) NAME(block)(p, g + i, to + i * p->to_row, 1, vectors);
}

/* to [height, width] += g^T x for ROWS rows or fewer; g [rows, height] out of g_row, x [rows, width] out of x_row. */
TARGET static void NAME(outer)(const panels *whole, const float *g, float *to, int64_t height, int64_t width) {
    float padded[ROWS * WIDTH * VECTORS];
    for (int64_t from = 0; from < width; from += WIDTH * VECTORS) {
        panels p = *whole;
        p.x += from;
        p.columns = width - from < WIDTH * VECTORS ? width - from : WIDTH * VECTORS;
        if (p.columns % WIDTH != 0) {
            memset(padded, 0, sizeof padded);
            for (int64_t r = 0; r < p.rows; r++)
                memcpy(padded + r * WIDTH * VECTORS, p.x + r * p.x_row, sizeof(float) * (size_t)p.columns);
            p.x = padded, p.x_row = WIDTH * VECTORS;
        }
        const int64_t vectors = (p.columns + WIDTH - 1) / WIDTH;
        if (vectors == VECTORS)
            NAME(column)(&p, g, to + from, height, VECTORS);
        else if (vectors == 2)
            NAME(column)(&p, g, to + from, height, 2);
        else
            NAME(column)(&p, g, to + from, height, 1);
    }
}

#undef LANES_OF
#undef WIDTH
#undef HEIGHT
#undef VECTORS
#undef NAME
#undef TARGET

/* layer_block.h - a gated layer for up to TILE sequences and PAD features; included by layer.c once for each width of
 * vectors. Set before: WIDTH numbers of a vector, ROWS rows whose sums are held in registers, NAME, TARGET. */

#define VECTORS (PAD / WIDTH)
#define LANES NAME(lanes)
#define INLINE static inline __attribute__((always_inline)) TARGET
typedef float LANES __attribute__((vector_size(4 * WIDTH)));

/* y = start + x m for `rows` rows (a multiple of ROWS), m [inputs, PAD]; `start` is one row for all, or NULL for y itself. */
INLINE void NAME(multiply)(const float (*x)[PAD], const float (*m)[PAD], int inputs, const float *start, float (*y)[PAD],
                           int rows) {
    for (int s = 0; s < rows; s += ROWS) {
        LANES sum[ROWS][VECTORS];
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++)
                memcpy(&sum[r][v], start != NULL ? start + v * WIDTH : y[s + r] + v * WIDTH, sizeof(LANES));
        for (int j = 0; j < inputs; j++) {
            LANES column[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) memcpy(&column[v], m[j] + v * WIDTH, sizeof(LANES));
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) sum[r][v] += column[v] * x[s + r][j];
        }
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) memcpy(y[s + r] + v * WIDTH, &sum[r][v], sizeof(LANES));
    }
}

/* m += g^T x over `rows` rows: [outputs, PAD]; bias += the sum of the rows of g. */
INLINE void NAME(outer)(const float (*g)[PAD], const float (*x)[PAD], int outputs, float (*m)[PAD], float *bias, int rows) {
    for (int i = 0; i < outputs; i += BLOCK_ROWS) {
        LANES sum[BLOCK_ROWS][VECTORS];
#pragma GCC unroll 4
        for (int k = 0; k < BLOCK_ROWS; k++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) memcpy(&sum[k][v], m[i + k] + v * WIDTH, sizeof(LANES));
        for (int r = 0; r < rows; r++) {
            LANES row[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) memcpy(&row[v], x[r] + v * WIDTH, sizeof(LANES));
#pragma GCC unroll 4
            for (int k = 0; k < BLOCK_ROWS; k++)
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) sum[k][v] += row[v] * g[r][i + k];
        }
#pragma GCC unroll 4
        for (int k = 0; k < BLOCK_ROWS; k++)
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) memcpy(m[i + k] + v * WIDTH, &sum[k][v], sizeof(LANES));
    }
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < PAD; k++) bias[k] += g[r][k];
}

/* 1 / (1 + exp(-x)), to a few units of the last place: exp by powers of two and a polynomial on half a step each way. */
INLINE void NAME(sigmoid)(float *x, int count) {
    for (int i = 0; i < count; i++) {
        const float low = x[i] < -87.0f ? -87.0f : x[i], a = low > 87.0f ? -87.0f : -low;
        const float shifted = a * 1.44269504f + 12582912.0f, steps = shifted - 12582912.0f; /* 1.5 x 2^23 has no fraction */
        const float r = (a - steps * 0.693359375f) + steps * 2.12194440e-4f;
        float e = 1.0f / 5040;
        e = e * r + 1.0f / 720, e = e * r + 1.0f / 120, e = e * r + 1.0f / 24, e = e * r + 1.0f / 6;
        e = e * r + 0.5f, e = e * r + 1.0f, e = e * r + 1.0f;
        uint32_t power; /* whose last bits count the steps */
        float scale;
        memcpy(&power, &shifted, sizeof power);
        power = (power << 23) + (127u << 23);
        memcpy(&scale, &power, sizeof scale);
        x[i] = 1.0f / (1.0f + e * scale);
    }
}

/* From w->u and the states before (w->before) to everything up to the gate of the output. */
INLINE void NAME(ahead)(const layer *l, wires *w, int rows) {
    NAME(multiply)(w->u, l->by[GATE], l->features, l->of[GATE_BIAS], w->gate, rows);
    NAME(multiply)(w->u, l->by[CANDIDATE], l->features, l->of[CANDIDATE_BIAS], w->candidate, rows);
    NAME(sigmoid)(&w->gate[0][0], rows * PAD);
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < PAD; k++) {
            const float h = w->before[r][k] + w->gate[r][k] * (w->candidate[r][k] - w->before[r][k]);
            w->state[r][k] = h;
            w->read[r][k] = h < l->of[FLOOR][k] ? l->of[FLOOR][k] : h;
            w->active[r][k] = l->of[SKIP][k] * w->u[r][k] + l->of[SKIP_BIAS][k];
        }
    NAME(multiply)(w->read, l->by[READ], l->features, NULL, w->active, rows);
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < PAD; k++) w->active[r][k] = w->active[r][k] < 0 ? 0 : w->active[r][k];
    NAME(multiply)(w->active, l->by[OUTPUT], l->features, l->of[OUTPUT_BIAS], w->share, rows);
    NAME(sigmoid)(&w->share[0][0], rows * PAD);
}

TARGET static void NAME(forward)(const layer *l, const arrays *a, int64_t from, int count) {
    static const wires none;
    wires w = none;
    const int rows = (count + ROWS - 1) / ROWS * ROWS, features = l->features;
    for (int64_t t = 0; t < a->frames; t++) {
        const int64_t at = (t * a->sequences + from) * features;
        gather(w.u, a->input + at, count, features);
        NAME(ahead)(l, &w, rows);
        memcpy(w.before, w.state, sizeof w.before);
        for (int r = 0; r < rows; r++)
            for (int k = 0; k < PAD; k++) {
                const float z = w.u[r][k] + w.active[r][k] * w.share[r][k];
                w.gate[r][k] = z < 0 ? 0 : z;
            }
        scatter(a->output + at, (const float (*)[PAD])w.gate, count, features);
        scatter(a->states + at, (const float (*)[PAD])w.state, count, features);
    }
}

/* From the derivative by what leaves (s->given) and by the state after (s->after) to that by everything before. */
INLINE void NAME(back)(const layer *l, const wires *w, slopes *s, sums *to, int rows) {
    const int features = l->features;
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < PAD; k++) {
            const float active = w->active[r][k], share = w->share[r][k];
            const float z = w->u[r][k] + active * share > 0 ? s->given[r][k] : 0;
            s->input[r][k] = z;
            s->active[r][k] = z * share;
            s->share[r][k] = z * active * share * (1 - share);
        }
    NAME(outer)(s->share, w->active, features, to->by[OUTPUT], to->of[OUTPUT_BIAS], rows);
    NAME(multiply)(s->share, l->transposed[OUTPUT], features, NULL, s->active, rows);
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < PAD; k++) {
            const float y = w->active[r][k] > 0 ? s->active[r][k] : 0;
            s->active[r][k] = y;
            to->of[SKIP][k] += y * w->u[r][k];
            s->input[r][k] += y * l->of[SKIP][k];
            s->state[r][k] = 0;
        }
    NAME(outer)(s->active, w->read, features, to->by[READ], to->of[SKIP_BIAS], rows);
    NAME(multiply)(s->active, l->transposed[READ], features, NULL, s->state, rows);
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < PAD; k++) {
            const float gate = w->gate[r][k];
            const float h = (w->state[r][k] > l->of[FLOOR][k] ? s->state[r][k] : 0) + s->after[r][k];
            s->after[r][k] = h - gate * h;
            s->candidate[r][k] = gate * h;
            s->gate[r][k] = (w->candidate[r][k] - w->before[r][k]) * h * gate * (1 - gate);
        }
    NAME(outer)(s->candidate, w->u, features, to->by[CANDIDATE], to->of[CANDIDATE_BIAS], rows);
    NAME(outer)(s->gate, w->u, features, to->by[GATE], to->of[GATE_BIAS], rows);
    NAME(multiply)(s->candidate, l->transposed[CANDIDATE], features, NULL, s->input, rows);
    NAME(multiply)(s->gate, l->transposed[GATE], features, NULL, s->input, rows);
}

TARGET static void NAME(backward)(const layer *l, const arrays *a, sums *to, int64_t from, int count) {
    static const wires none;
    static const slopes flat;
    wires w = none;
    slopes s = flat;
    const int rows = (count + ROWS - 1) / ROWS * ROWS, features = l->features;
    const int64_t frame = a->sequences * features;
    for (int64_t t = a->frames - 1; t >= 0; t--) {
        const int64_t at = t * frame + from * features;
        gather(w.u, a->input + at, count, features);
        gather(s.given, a->given + at, count, features);
        if (t > 0)
            gather(w.before, a->states + at - frame, count, features);
        else
            memset(w.before, 0, sizeof w.before);
        NAME(ahead)(l, &w, rows);
        NAME(back)(l, &w, &s, to, rows);
        scatter(a->output + at, (const float (*)[PAD])s.input, count, features);
    }
}

#undef VECTORS
#undef LANES
#undef INLINE
#undef WIDTH
#undef ROWS
#undef BLOCK_ROWS
#undef NAME
#undef TARGET

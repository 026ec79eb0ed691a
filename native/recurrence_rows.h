/* recurrence_rows.h - the arithmetic of recurrence.c, for the type REAL; included once for each type.
 *
 * A row is what one clip has at one frame: `states` real parts, then as many imaginary ones. Columns are the complex
 * numbers of all clips side by side, clip * states + state; a task takes a range of them through all frames, so no two
 * tasks touch the same number. Compilers vectorise the innermost loops, which is all there is to gain: every number of
 * the clip is read once and written once. */

/* x = a * before + b, for `count` states whose imaginary parts lie `states` behind the real ones. */
static inline __attribute__((always_inline)) void NAME(advance)(const REAL *a, const REAL *before, const REAL *b, REAL *x, int64_t states,
                                 int64_t count) {
    const REAL *a_im = a + states, *before_im = before + states, *b_im = b + states;
    REAL *x_im = x + states;
    ROWS_APART
    for (int64_t p = 0; p < count; p++) {
        const REAL re = a[p] * before[p] - a_im[p] * before_im[p] + b[p];
        const REAL im = a[p] * before_im[p] + a_im[p] * before[p] + b_im[p];
        x[p] = re;
        x_im[p] = im;
    }
}

/* x = conj(a) * after + g, and sum += conj(state) * x. */
static inline __attribute__((always_inline)) void NAME(retreat)(const REAL *a, const REAL *after, const REAL *g, REAL *x, const REAL *state,
                                 REAL *sum, int64_t states, int64_t count) {
    const REAL *a_im = a + states, *after_im = after + states, *g_im = g + states, *state_im = state + states;
    REAL *x_im = x + states, *sum_im = sum + states;
    ROWS_APART
    for (int64_t p = 0; p < count; p++) {
        const REAL re = a[p] * after[p] + a_im[p] * after_im[p] + g[p];
        const REAL im = a[p] * after_im[p] - a_im[p] * after[p] + g_im[p];
        sum[p] += re * state[p] + im * state_im[p];
        sum_im[p] += im * state[p] - re * state_im[p];
        x[p] = re;
        x_im[p] = im;
    }
}

VECTOR_CLONES static void NAME(forward_columns)(const job *j, int64_t from, int64_t to) {
    const int64_t states = j->states, row = 2 * states, frame = row * j->clips;
    const REAL *a = j->decay, *b = j->input;
    REAL *x = j->output;
    for (int64_t t = 0; t < j->frames; t++)
        for (int64_t column = from, count; column < to; column += count) {
            const int64_t state = column % states, at = t * frame + column / states * row + state;
            count = to - column < states - state ? to - column : states - state;
            if (t > 0) {
                NAME(advance)(a + state, x + at - frame, b + at, x + at, states, count);
            } else if (x != b) {
                memcpy(x + at, b + at, sizeof(REAL) * (size_t)count);
                memcpy(x + at + states, b + at + states, sizeof(REAL) * (size_t)count);
            }
        }
}

VECTOR_CLONES static void NAME(backward_columns)(const job *j, int64_t from, int64_t to) {
    const int64_t states = j->states, row = 2 * states, frame = row * j->clips;
    const REAL *a = j->decay, *g = j->input, *x = j->states_of_clip;
    REAL *lambda = j->output, *sums = j->sums;
    for (int64_t t = j->frames - 1; t >= 0; t--)
        for (int64_t column = from, count; column < to; column += count) {
            const int64_t state = column % states, in_frame = column / states * row + state;
            const int64_t at = t * frame + in_frame, sum = t / SUM_FRAMES * frame + in_frame;
            count = to - column < states - state ? to - column : states - state;
            const REAL *after = t + 1 < j->frames ? lambda + at + frame : (const REAL *)j->zeros + state;
            const REAL *before = t > 0 ? x + at - frame : (const REAL *)j->zeros + state;
            NAME(retreat)(a + state, after, g + at, lambda + at, before, sums + sum, states, count);
        }
}

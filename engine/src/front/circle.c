/* circle.c - angles without libm, and the tables and windows made of them. */
#include "front/circle.h"

#include <math.h>

/* Half angles follow from whole ones by square roots, which are correctly rounded everywhere: no table, no libm, and
 * the same bits on every machine. An angle within a quarter turn is put together from the halves of that turn. */
static void from_halves(uint32_t k, uint32_t quarter, double *cosine, double *sine) {
    double c = 1.0, s = 0.0, part_c = 0.0, part_s = 1.0; /* a part starts as the quarter turn */
    for (uint32_t bit = quarter / 2; bit > 0; bit /= 2) {
        part_s = part_s / sqrt(2.0 * (1.0 + part_c)); /* sin(a/2) = sin(a) / (2 cos(a/2)) */
        part_c = sqrt(0.5 * (1.0 + part_c));
        if (k & bit) {
            const double turned = c * part_c - s * part_s;
            s = c * part_s + s * part_c;
            c = turned;
        }
    }
    *cosine = c;
    *sine = s;
}

/* Where a quarter turn has no halves of halves: Taylor's series within an eighth of a turn, to below 1e-17. */
static void from_series(uint32_t k, uint32_t quarter, double *cosine, double *sine) {
    const uint32_t near = 2 * k > quarter ? quarter - k : k;
    const double angle = 1.5707963267948966 * ((double)near / (double)quarter), square = angle * angle;
    double c = 1.0, s = 1.0;
    for (uint32_t i = 20; i > 0; i -= 2) {
        c = 1.0 - square * c / (double)(i * (i - 1));
        s = 1.0 - square * s / (double)(i * (i + 1));
    }
    s = s * angle;
    *cosine = near == k ? c : s;
    *sine = near == k ? s : c;
}

void ln_angle(uint32_t k, uint32_t size, double *cosine, double *sine) {
    const uint32_t quarter = size / 4;
    double c, s;
    if ((size & (size - 1)) == 0) from_halves(k % quarter, quarter, &c, &s);
    else from_series(k % quarter, quarter, &c, &s);
    for (uint32_t turns = k / quarter; turns > 0; turns--) { /* (c, s) becomes (-s, c); no negative zeros */
        const double turned = 0.0 - s;
        s = c;
        c = turned;
    }
    *cosine = c;
    *sine = s;
}

void ln_circle(uint32_t size, float *cosine, float *sine) {
    for (uint32_t k = 0; k < size; k++) {
        double c, s;
        ln_angle(k, size, &c, &s);
        cosine[k] = (float)c;
        sine[k] = (float)s;
    }
}

/* Steps of the transform of size/2 values that turn: length n, `count` neighbours, until n is 4, 2 or odd. */
size_t ln_twiddle_count(uint32_t size) {
    size_t count = 0;
    uint32_t n = size / 2;
    for (uint32_t neighbours = 1; n >= 8 && n % 4 == 0; n /= 4, neighbours *= 4)
        count += 6 * (size_t)(neighbours == 4 ? n : n / 4);
    return n > 4 && n % 2 == 0 ? count + n : count;
}

void ln_twiddles(uint32_t size, const float *cosine, const float *sine, float *twiddles) {
    uint32_t n = size / 2, neighbours = 1;
    for (; n >= 8 && n % 4 == 0; n /= 4, neighbours *= 4) {
        const uint32_t repeats = neighbours == 4 ? 4 : 1, length = n / 4 * repeats;
        const uint32_t next = neighbours <= 4 ? length : 1, stride = neighbours <= 4 ? 1 : 6;
        for (uint32_t i = 0; i < length; i++)
            for (uint32_t turn = 0; turn < 3; turn++) {
                const uint32_t k = (turn + 1) * 2 * neighbours * (i / repeats);
                twiddles[i * stride + 2 * turn * next] = cosine[k];
                twiddles[i * stride + (2 * turn + 1) * next] = -sine[k];
            }
        twiddles += 6 * (size_t)length;
    }
    for (uint32_t p = 0; n > 4 && n % 2 == 0 && p < n / 2; p++) {
        twiddles[2 * p] = cosine[2 * neighbours * p];
        twiddles[2 * p + 1] = -sine[2 * neighbours * p];
    }
}

/* Of a Hann root: the rising half stays, then it is flat up to the last hop. Both together are a short Hann window on the
 * last two hops, and nothing before them comes out. */
static void shorten(uint32_t window, uint32_t hop, float *analysis, float *synthesis) {
    const uint32_t silent = window - 2 * hop;
    for (uint32_t n = 0; n < silent; n++) synthesis[n] = 0.0f;
    for (uint32_t n = window / 2; n < window; n++) analysis[n] = (float)(1.0 / (double)window);
    for (uint32_t n = 0; n < 2 * hop; n++) {
        double cosine, sine;
        ln_angle(n, 4 * hop, &cosine, &sine);
        synthesis[silent + n] = (float)(n < hop ? sine * sine : sine);
        if (n >= hop) analysis[silent + n] = (float)(sine / (double)window);
    }
}

void ln_front_end_windows(uint32_t window, uint32_t hop, uint32_t window_kind, float *analysis, float *synthesis) {
    /* Squares of the periodic Hann root sum to half the number of overlaps, those of ones to all of it. */
    const double overlaps = (double)(window / hop);
    const double square_sum = window_kind == LN_SQRT_HANN ? overlaps / 2 : overlaps;
    for (uint32_t n = 0; n < window; n++) {
        double cosine, sine = 1.0;
        if (window_kind != LN_RECTANGULAR) ln_angle(n, 2 * window, &cosine, &sine); /* sqrt((1 - cos 2a) / 2) = sin a */
        analysis[n] = (float)(sine / (double)window);
        synthesis[n] = (float)(sine / square_sum);
    }
    if (window_kind == LN_ASYMMETRIC) shorten(window, hop, analysis, synthesis);
}

void ln_steady_turns(uint32_t window, uint32_t hop, uint32_t bins, float *cosine, float *sine) {
    for (uint32_t k = 0; k < bins; k++) {
        double c, s;
        ln_angle(k * hop % window, window, &c, &s);
        cosine[k] = (float)c;
        sine[k] = (float)s;
    }
}

/* front_lanes.h - the functions of front_scalar.c on vectors of LANES floats, element by element the same operations:
 * the same bits. front_<isa>.c includes it once, after saying how long a vector is and how its roots are taken. */
#ifndef LN_FRONT_LANES_H
#define LN_FRONT_LANES_H

#include <stdbool.h>

#include "front/fft_lanes.h"
#include "front/front.h"

/* ln_clean: infinity and NaN differ from themselves by NaN. */
static inline lanes clean(lanes v) {
    const lanes loudest = all(LN_LOUDEST_SAMPLE), finite = choose(v - v == all(0.0f), v, all(0.0f));
    return choose(finite > loudest, loudest, choose(finite < -loudest, -loudest, finite));
}

static void take(const float *samples, uint32_t window, uint32_t hop, float *history, const float *analysis,
                 float *frame) {
    const uint32_t kept = window - hop;
    for (uint32_t next = 0; next < kept; next += LANES) { /* a hop has a vector's length: nothing is moved twice */
        const uint32_t n = within(next, kept);
        const lanes moved = load(history + n + hop);
        store(history + n, moved);
        store(frame + n, moved * load(analysis + n));
    }
    for (uint32_t next = 0; next < hop; next += LANES) {
        const uint32_t n = within(next, hop);
        const lanes fresh = clean(load(samples + n));
        store(history + kept + n, fresh);
        store(frame + kept + n, fresh * load(analysis + kept + n));
    }
}

static void magnitudes(const float *re, const float *im, uint32_t bins, uint32_t roots, float *features) {
    for (uint32_t k = 0; k < bins; k += LANES) {
        const lanes r = load(re + k), i = load(im + k);
        lanes root = sqrt_lanes(r * r + i * i);
        for (uint32_t t = 0; t < roots; t++) root = sqrt_lanes(root);
        store(features + k, root);
    }
}

/* Eight sums whatever LANES is: their number belongs to the meaning. */
static float sum(const float *values, uint32_t bins) {
    typedef float eight __attribute__((vector_size(32)));
    typedef float eight_anywhere __attribute__((vector_size(32), aligned(4), may_alias));
    const uint32_t in_lanes = bins / 8 * 8;
    eight total = *(const eight_anywhere *)values;
    for (uint32_t i = 8; i < in_lanes; i += 8) total = total + *(const eight_anywhere *)(values + i);
    float s[8];
    *(eight_anywhere *)s = total;
    return ln_sum_up(s, values, in_lanes, bins);
}

static void divide(float *values, uint32_t bins, float by) {
    const lanes divisor = all(by);
    for (uint32_t k = 0; k < bins; k += LANES) store(values + k, load(values + k) / divisor);
}

/* The first `count` floats only, for what is not padded. */
static inline lanes load_some(const float *from, uint32_t count) {
    lanes v = {0};
    for (uint32_t i = 0; i < LANES && i < count; i++) v[i] = from[i];
    return v;
}

static inline void store_some(float *to, lanes v, uint32_t count) {
    for (uint32_t i = 0; i < LANES && i < count; i++) to[i] = v[i];
}

static void phases(const ln_phase *phase, ln_parts spectrum, ln_parts before, const float *features, float *turned) {
    for (uint32_t k = 0; k < phase->bins; k += LANES) {
        const lanes re = load(spectrum.re + k), im = load(spectrum.im + k), f = load(features + k);
        const lanes re0 = load(before.re + k), im0 = load(before.im + k);
        const lanes c = load(phase->cosine + k), s = load(phase->sine + k);
        const lanes cross_re = re * re0 + im * im0, cross_im = im * re0 - re * im0;
        const lanes a = cross_re * c + cross_im * s, b = cross_im * c - cross_re * s;
        const lanes size = sqrt_lanes(a * a + b * b) + all(LN_PHASE_FADES);
        const lanes cosine = f * (a / size), sine = f * (b / size);
        float *to = turned + k;
        if (k + LANES <= phase->bins) store(to, cosine), store(to + phase->bins, sine);
        else store_some(to, cosine, phase->bins - k), store_some(to + phase->bins, sine, phase->bins - k);
        store(before.re + k, re);
        store(before.im + k, im);
    }
}

static void turn_bins(const float *turns, uint32_t bins, float *re, float *im) {
    const lanes one = all(1.0f), two = all(2.0f);
    for (uint32_t k = 0; k < bins; k += LANES) {
        const bool is_whole = k + LANES <= bins;
        const lanes t = two * (is_whole ? load(turns + k) : load_some(turns + k, bins - k)) - one;
        const lanes r = load(re + k), i = load(im + k), turned_re = r - t * i, turned_im = i + t * r;
        if (is_whole) store(re + k, turned_re), store(im + k, turned_im);
        else store_some(re + k, turned_re, bins - k), store_some(im + k, turned_im, bins - k);
    }
}

/* Band after band: what a vector writes behind its last bin is overwritten by those of the next. */
static void spread(const ln_bands *bands, const float *gains, float *of_bins) {
    const lanes one = all(1.0f);
    for (uint32_t b = 0; b + 1 < bands->count; b++) {
        const lanes here = all(gains[b]), next = all(gains[b + 1]);
        for (uint32_t k = bands->from[b]; k < bands->from[b + 1]; k += LANES) {
            const lanes share = load(bands->share + k);
            store(of_bins + k, here * (one - share) + next * share);
        }
    }
}

static void gain(const float *gains, float min_gain, uint32_t bins, float *re, float *im) {
    const lanes least = all(min_gain), one = all(1.0f);
    for (uint32_t k = 0; k < bins; k += LANES) {
        const lanes given = load(gains + k), floored = choose(given > least, given, least);
        const lanes limited = choose(floored < one, floored, one);
        store(re + k, load(re + k) * limited);
        store(im + k, load(im + k) * limited);
    }
}

static void give(const float *frame, const float *synthesis, uint32_t length, uint32_t hop, float *overlap,
                 float *samples) {
    const uint32_t kept = length - hop;
    for (uint32_t next = 0; next < hop; next += LANES) {
        const uint32_t n = within(next, hop);
        store(samples + n, load(overlap + n) + load(frame + n) * load(synthesis + n));
    }
    for (uint32_t next = hop; next < kept; next += LANES) {
        const uint32_t n = within(next, kept);
        store(overlap + n - hop, load(overlap + n) + load(frame + n) * load(synthesis + n));
    }
    for (uint32_t next = kept; next < length; next += LANES) {
        const uint32_t n = within(next, length);
        store(overlap + n - hop, load(frame + n) * load(synthesis + n));
    }
}

#define LN_FRONT {take, forward, magnitudes, sum, divide, phases, turn_bins, spread, gain, inverse, give}

#endif

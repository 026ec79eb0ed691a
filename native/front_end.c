/* front_end.c - clips to spectra, spectra under gains to clips, and the derivative by the gains, for XLA on a CPU.
 *
 * The compiled form of audio/stft.py for training; src/linnet/tasks/spectra.py says what is whose derivative. All
 * float32: clips [clips, samples]; spectra as `re` and `im` [frames, clips, bins], as are gains; `window` [overlaps, hop];
 * `roots` [2, size] cosines and sines of 2 pi i / size, where size = overlaps * hop is a power of two.
 * Frame t covers the samples from (t + 1) * hop - size on; what lies outside the clip is zero. There are as many frames as
 * the clip has hops, or up to overlaps - 1 more, whose ends lie behind it. With F the transform:
 *
 *   linnet_analyse(clip, window, roots) -> re, im           F(window * frames of the clip)
 *   linnet_synthesise(re, im, gains, window, roots) -> clip frames of window * size * F^-1(gains * X), added up
 *   linnet_by_gains(clip, re, im, window, roots) -> g       the derivative of synthesise by its gains, given that by its
 *                                                           clip: c_k Re(conj(X) F(window * frames of the clip)), c_k = 1
 *                                                           for the first and last bin and 2 between
 *
 * LANES frames go through the transform side by side, and frames are cut from the clip where they are needed, so
 * overlapping copies never exist. Sums run over frames in their order: threads change no result. */
#include <stdlib.h>

#include "call.h"
#include "fourier.h"

#define SMALLEST_SIZE 16
#define SHARE_FRAMES 32 /* a task shorter than this repeats too many frames at its seams */
#define TASKS_PER_THREAD 2 /* so that a thread that came late has less to do */

typedef struct {
    plan fourier;
    int64_t hop, frames, clips, samples, bins;
    int64_t tasks;
    const float *clip, *window, *re, *im, *gains;
    float *out_re, *out_im, *out_clip;
    char *room; /* for each task what `room_of_task` says, aligned as lanes are */
} job;

/* A tile of complex numbers, and LANES frames of samples. */
static size_t room_of_task(const job *j) { return 2 * sizeof(float) * LANES * (size_t)j->fourier.size; }

/* The samples of frame t of a clip; where it is not whole in the clip, completed by zeros in `room`. */
INLINE const float *frame_at(const job *j, int64_t clip, int64_t t, float *room) {
    const int64_t size = j->fourier.size, start = (t + 1) * j->hop - size;
    const float *samples = j->clip + clip * j->samples;
    if (start >= 0 && start + size <= j->samples) return samples + start;
    const int64_t from = start < 0 ? -start : 0, to = start + size > j->samples ? j->samples - start : size;
    memset(room, 0, sizeof(float) * (size_t)size);
    memcpy(room + from, samples + start + from, sizeof(float) * (size_t)(to - from));
    return room;
}

/* Windowed samples of LANES rows, row = frame * clips + clip, into a tile. */
INLINE void load_frames(const job *j, int64_t first_row, lanes *tile, float *room) {
    const float *rows[LANES];
    const int64_t size = j->fourier.size, last = j->frames * j->clips - 1;
    for (int64_t lane = 0; lane < LANES; lane++) {
        const int64_t row = first_row + lane < last ? first_row + lane : last;
        rows[lane] = frame_at(j, row % j->clips, row / j->clips, room + lane * size);
    }
    for (int64_t i = 0; i < size; i += 8)
        for (int64_t lane = 0; lane < LANES; lane += 8) {
            const eight window = eight_at(j->window + i);
            eight block[8];
            for (int64_t l = 0; l < 8; l++) block[l] = eight_at(rows[lane + l] + i) * window;
            turn(block);
            for (int64_t l = 0; l < 8; l++) put_eight((float *)(tile + i + l) + lane, block[l]);
        }
}

/* Eight bins of eight lanes of one part of the spectra, a row of eight bins for every lane. */
INLINE void take_bins(const job *j, const lanes *part, int64_t bin, int64_t lane, eight *block) {
    for (int64_t l = 0; l < 8; l++) block[l] = eight_at((const float *)(part + 2 * j->fourier.place[bin + l]) + lane);
    turn(block);
}

INLINE void store_spectra(const job *j, int64_t first_row, complex_lanes *z) {
    const int64_t rows = j->frames * j->clips - first_row, bins = j->bins;
    const lanes last = z->im;
    z->im = (lanes){0};
    for (int64_t bin = 0; bin + 8 < bins; bin += 8)
        for (int64_t lane = 0; lane < LANES && lane < rows; lane += 8) {
            const int64_t count = rows - lane < 8 ? rows - lane : 8, at = (first_row + lane) * bins + bin;
            eight re[8], im[8];
            take_bins(j, &z->re, bin, lane, re);
            take_bins(j, &z->im, bin, lane, im);
            for (int64_t l = 0; l < count; l++) put_eight(j->out_re + at + l * bins, re[l]);
            for (int64_t l = 0; l < count; l++) put_eight(j->out_im + at + l * bins, im[l]);
        }
    for (int64_t lane = 0; lane < LANES && lane < rows; lane++) {
        j->out_re[(first_row + lane + 1) * bins - 1] = last[lane];
        j->out_im[(first_row + lane + 1) * bins - 1] = 0;
    }
}

INLINE void store_by_gains(const job *j, int64_t first_row, complex_lanes *z) {
    const int64_t rows = j->frames * j->clips - first_row, bins = j->bins;
    const lanes last = z->im;
    z->re *= 0.5f, z->im = (lanes){0};
    for (int64_t bin = 0; bin + 8 < bins; bin += 8)
        for (int64_t lane = 0; lane < LANES && lane < rows; lane += 8) {
            const int64_t count = rows - lane < 8 ? rows - lane : 8, first = (first_row + lane) * bins + bin;
            eight re[8], im[8];
            take_bins(j, &z->re, bin, lane, re);
            take_bins(j, &z->im, bin, lane, im);
            for (int64_t l = 0, at = first; l < count; l++, at += bins)
                put_eight(j->out_re + at, 2 * (eight_at(j->re + at) * re[l] + eight_at(j->im + at) * im[l]));
        }
    for (int64_t lane = 0; lane < LANES && lane < rows; lane++) {
        const int64_t at = (first_row + lane + 1) * bins - 1;
        j->out_re[at] = j->re[at] * last[lane];
    }
}

typedef void store_function(const job *, int64_t first_row, complex_lanes *);

/* A range of groups of rows; what becomes of their spectra is said by `store`. */
INLINE void analyse_rows(const job *j, int64_t task, store_function *store) {
    complex_lanes *tile = (complex_lanes *)(void *)(j->room + (size_t)task * room_of_task(j));
    float *room = (float *)(tile + j->fourier.size / 2);
    const int64_t groups = (j->frames * j->clips + LANES - 1) / LANES;
    for (int64_t group = groups * task / j->tasks; group < groups * (task + 1) / j->tasks; group++) {
        load_frames(j, group * LANES, (lanes *)tile, room);
        spectra_of_samples(tile, &j->fourier);
        store(j, group * LANES, tile);
    }
}

VECTOR_CLONES static void analyse_task(const void *work, int64_t task) { analyse_rows(work, task, store_spectra); }

VECTOR_CLONES static void by_gains_task(const void *work, int64_t task) { analyse_rows(work, task, store_by_gains); }

/* Spectra of LANES frames of a clip, times their gains, into a tile. */
INLINE void load_spectra(const job *j, int64_t clip, int64_t first_frame, complex_lanes *tile) {
    int64_t rows[LANES];
    for (int64_t lane = 0; lane < LANES; lane++) {
        const int64_t t = first_frame + lane < j->frames ? first_frame + lane : j->frames - 1;
        rows[lane] = (t * j->clips + clip) * j->bins;
    }
    for (int64_t bin = 0; bin + 8 < j->bins; bin += 8)
        for (int64_t lane = 0; lane < LANES; lane += 8) {
            eight re[8], im[8];
            for (int64_t l = 0; l < 8; l++) {
                const int64_t at = rows[lane + l] + bin;
                const eight gains = eight_at(j->gains + at);
                re[l] = eight_at(j->re + at) * gains, im[l] = eight_at(j->im + at) * gains;
            }
            turn(re);
            turn(im);
            for (int64_t l = 0; l < 8; l++) put_eight((float *)&tile[bin + l].re + lane, re[l]);
            for (int64_t l = 0; l < 8; l++) put_eight((float *)&tile[bin + l].im + lane, im[l]);
        }
    for (int64_t lane = 0; lane < LANES; lane++) {
        const int64_t at = rows[lane] + j->bins - 1;
        tile->im[lane] = j->re[at] * j->gains[at];
    }
}

/* Samples of LANES frames out of a tile: [LANES, size]. */
INLINE void take_frames(const job *j, const complex_lanes *tile, float *frames) {
    const int64_t size = j->fourier.size;
    for (int64_t i = 0; i < size; i += 8)
        for (int64_t lane = 0; lane < LANES; lane += 8) {
            eight block[8];
            for (int64_t l = 0; l < 8; l += 2) {
                const complex_lanes *z = tile + j->fourier.place[(i + l) / 2];
                block[l] = eight_at((const float *)&z->re + lane);
                block[l + 1] = eight_at((const float *)&z->im + lane);
            }
            turn(block);
            for (int64_t l = 0; l < 8; l++) put_eight(frames + (lane + l) * size + i, block[l]);
        }
}

/* Add what one frame has in the hops [from, to) of a clip, counted from its first sample. The first frame that touches
 * a hop sets it. */
INLINE void add_frame(const job *j, float *clip, const float *frame, int64_t t, const int64_t *hops) {
    const int64_t overlaps = j->fourier.size / j->hop;
    for (int64_t part = 0; part < overlaps; part++) {
        const int64_t hop = t + part - (overlaps - 1);
        if (hop < hops[0] || hop >= hops[1]) continue;
        const int64_t left = j->samples - hop * j->hop, count = left < j->hop ? left : j->hop;
        const float *from = frame + part * j->hop, *window = j->window + part * j->hop;
        float *to = clip + hop * j->hop;
        if (part == overlaps - 1) {
            ROWS_APART
            for (int64_t i = 0; i < count; i++) to[i] = from[i] * window[i];
        } else {
            ROWS_APART
            for (int64_t i = 0; i < count; i++) to[i] += from[i] * window[i];
        }
    }
}

/* The hops [hops[0], hops[1]) of one clip. */
INLINE void synthesise_hops(const job *j, int64_t clip, const int64_t *hops, complex_lanes *tile) {
    const int64_t size = j->fourier.size, touching = hops[1] + size / j->hop - 1;
    const int64_t end = touching < j->frames ? touching : j->frames;
    float *frames = (float *)(tile + size / 2);
    for (int64_t first = hops[0]; first < end; first += LANES) {
        load_spectra(j, clip, first, tile);
        samples_of_spectra(tile, &j->fourier);
        take_frames(j, tile, frames);
        for (int64_t t = first; t < end && t < first + LANES; t++)
            add_frame(j, j->out_clip + clip * j->samples, frames + (t - first) * size, t, hops);
    }
}

/* A range of the hops of all clips, one clip after another. */
VECTOR_CLONES static void synthesise_task(const void *work, int64_t task) {
    const job *j = work;
    const int64_t of_clip = (j->samples + j->hop - 1) / j->hop, all = of_clip * j->clips;
    complex_lanes *tile = (complex_lanes *)(void *)(j->room + (size_t)task * room_of_task(j));
    const int64_t to = all * (task + 1) / j->tasks;
    for (int64_t from = all * task / j->tasks, next; from < to; from = next) {
        const int64_t clip = from / of_clip, start = clip * of_clip;
        next = start + of_clip < to ? start + of_clip : to;
        const int64_t hops[] = {from - start, next - start};
        synthesise_hops(j, clip, hops, tile);
    }
}

/* What all three have in common: the sizes, checked against each other. False where they do not belong together. */
static bool describe(job *j, const xla_buffer *clip, const xla_buffer *spectra, const xla_buffer *window,
                     const xla_buffer *roots) {
    if (clip->rank != 2 || spectra->rank != 3 || window->rank != 2) return false;
    const int64_t hop = window->dims[1], size = window->dims[0] * hop;
    const int64_t frames = spectra->dims[0], clips = spectra->dims[1], samples = clip->dims[1];
    if (size < SMALLEST_SIZE || (size & (size - 1)) != 0 || frames * clips == 0 || samples == 0) return false;
    j->fourier.size = size, j->fourier.roots = roots->data, j->window = window->data;
    j->hop = hop, j->frames = frames, j->clips = clips, j->samples = samples, j->bins = size / 2 + 1;
    const int64_t hops = (samples + hop - 1) / hop;
    return frames >= hops && frames < hops + size / hop && fits(window, XLA_TYPE_F32, 0, size / hop, hop) &&
           fits(roots, XLA_TYPE_F32, 0, 2, size) && fits(clip, XLA_TYPE_F32, 0, clips, samples) &&
           fits(spectra, XLA_TYPE_F32, frames, clips, j->bins);
}

static bool is_spectra(const job *j, const xla_buffer *buffer) {
    return fits(buffer, XLA_TYPE_F32, j->frames, j->clips, j->bins);
}

/* Share the work of a described job; false where there is no memory for it. */
static bool run_shared(const xla_call *call, job *j, void (*run)(const void *, int64_t)) {
    const int64_t most = j->frames * j->clips / SHARE_FRAMES + 1, wanted = TASKS_PER_THREAD * threads_of(call);
    j->tasks = wanted < most ? wanted : most;
    const size_t rooms = (size_t)j->tasks * room_of_task(j), places = (size_t)j->fourier.size / 2 * sizeof(int32_t);
    char *memory = malloc(sizeof(lanes) + rooms + places);
    if (memory == NULL) return false;
    j->room = memory + sizeof(lanes) - (uintptr_t)memory % sizeof(lanes);
    int32_t *place = (int32_t *)(void *)(j->room + rooms);
    for (int32_t k = 0; k < j->fourier.size / 2; k++) place[k] = place_of(k, (int32_t)(j->fourier.size / 2));
    j->fourier.place = place;
    share_out(call, run, j, j->tasks);
    free(memory);
    return true;
}

static xla_error *no_memory(const xla_call *call) { return refuse(call, "no memory is left for the frames of a clip"); }

EXPORT xla_error *linnet_analyse(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    job j = {0};
    if (!counts_are(call, 3, 2) || !describe(&j, argument(call, 0), result(call, 0), argument(call, 1), argument(call, 2)) ||
        !is_spectra(&j, result(call, 1)))
        return refuse(call, "linnet_analyse takes a clip [clips, samples], window [overlaps, hop] and roots [2, size], and "
                            "gives re and im [frames, clips, bins], all float32");
    j.clip = argument(call, 0)->data, j.out_re = result(call, 0)->data, j.out_im = result(call, 1)->data;
    return run_shared(call, &j, analyse_task) ? NULL : no_memory(call);
}

EXPORT xla_error *linnet_synthesise(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    job j = {0};
    if (!counts_are(call, 5, 1) || !describe(&j, result(call, 0), argument(call, 0), argument(call, 3), argument(call, 4)) ||
        !is_spectra(&j, argument(call, 1)) || !is_spectra(&j, argument(call, 2)))
        return refuse(call, "linnet_synthesise takes re, im and gains [frames, clips, bins], window [overlaps, hop] and "
                            "roots [2, size], and gives a clip [clips, samples], all float32");
    j.re = argument(call, 0)->data, j.im = argument(call, 1)->data, j.gains = argument(call, 2)->data;
    j.out_clip = result(call, 0)->data;
    return run_shared(call, &j, synthesise_task) ? NULL : no_memory(call);
}

EXPORT xla_error *linnet_by_gains(const xla_call *call) {
    if (only_prepares(call)) return NULL;
    job j = {0};
    if (!counts_are(call, 5, 1) || !describe(&j, argument(call, 0), result(call, 0), argument(call, 3), argument(call, 4)) ||
        !is_spectra(&j, argument(call, 1)) || !is_spectra(&j, argument(call, 2)))
        return refuse(call, "linnet_by_gains takes a clip [clips, samples], re and im [frames, clips, bins], window "
                            "[overlaps, hop] and roots [2, size], and gives an array like re, all float32");
    j.clip = argument(call, 0)->data, j.re = argument(call, 1)->data, j.im = argument(call, 2)->data;
    j.out_re = result(call, 0)->data;
    return run_shared(call, &j, by_gains_task) ? NULL : no_memory(call);
}

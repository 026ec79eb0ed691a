/* test_plugin.c - the plug-in file as a host loads it: test_plugin PATH. The same samples in blocks of any size, in place
 * and through either format; a constant latency; no memory asked for or given back while it runs. */
#define _GNU_SOURCE /* for the names of glibc below */
#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "../ports/plugin/ladspa_abi.h"
#include "../ports/plugin/lv2_abi.h"
#include "check.h"

#define SAMPLES 12000 /* more than the largest block, and than what any switch takes */
#define CONTROLS 4

static bool is_counting;
static long calls;

/* The program's own functions stand before those of the C library for the plug-in, too. */
#if defined(__GLIBC__) && !defined(LINNET_IS_SANITIZED)
#define COUNTS_CALLS 1
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);
void *malloc(size_t bytes) { return calls += is_counting, __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return calls += is_counting, __libc_calloc(count, bytes); }
void *realloc(void *block, size_t bytes) { return calls += is_counting, __libc_realloc(block, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) {
    return calls += is_counting, __libc_memalign(alignment, bytes);
}
void free(void *block) { calls += is_counting, __libc_free(block); }
#else
#define COUNTS_CALLS 0
#endif

typedef struct host {
    const ladspa_plugin *plugin;
    const lv2_plugin *lv2;
    unsigned long channels, rate_hz;
    size_t latency; /* of this rate, samples */
} host;

typedef struct sound {
    float *of[2]; /* [SAMPLES] per channel */
} sound;

static sound blank(void) { return (sound){{aligned_block(SAMPLES * sizeof(float)), aligned_block(SAMPLES * sizeof(float))}}; }

static sound drawn(uint64_t seed) {
    const sound made = blank();
    for (int c = 0; c < 2; c++)
        for (size_t n = 0; n < SAMPLES; n++) made.of[c][n] = 0.2f * draw_sample(&seed);
    return made;
}

/* What differs from the defaults of the three controls, and how large blocks may be. */
typedef struct way {
    float strength, floor, bypass;
    int32_t largest_block; /* 0: all at once */
    float latency;         /* comes back */
} way;

static const way usual = {100.0f, -60.0f, 0.0f, 0, 0.0f};

static void run_blocks(const host *in, void *instance, sound from, sound to, way *how) {
    uint64_t seed = 7;
    float *const controls[CONTROLS] = {&how->strength, &how->floor, &how->bypass, &how->latency};
    for (unsigned long i = 0; i < CONTROLS; i++) in->plugin->connect_port(instance, 2 * in->channels + i, controls[i]);
    for (size_t done = 0, block = 0; done < SAMPLES; done += block) {
        block = how->largest_block == 0 ? SAMPLES : (size_t)draw_between(&seed, 0, how->largest_block);
        if (block > SAMPLES - done) block = SAMPLES - done;
        for (unsigned long c = 0; c < in->channels; c++) {
            in->plugin->connect_port(instance, c, from.of[c] + done);
            in->plugin->connect_port(instance, in->channels + c, to.of[c] + done);
        }
        is_counting = true;
        in->plugin->run(instance, block);
        is_counting = false;
    }
}

static way through(const host *in, sound from, sound to, way how) {
    void *instance = in->plugin->instantiate(in->plugin, in->rate_hz);
    CHECK(instance != NULL);
    in->plugin->activate(instance);
    run_blocks(in, instance, from, to, &how);
    in->plugin->cleanup(instance);
    return how;
}

static bool are_equal(sound a, sound b, unsigned long channels) {
    for (unsigned long c = 0; c < channels; c++)
        if (memcmp(a.of[c], b.of[c], SAMPLES * sizeof(float)) != 0) return false;
    return true;
}

static void blocks_of_any_size_give_the_same_bits(const host *in, sound noisy, sound whole) {
    static const int32_t sizes[] = {1, 64, 127, 1024, 9999};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        way how = usual;
        how.largest_block = sizes[i];
        const sound cleaned = blank();
        through(in, noisy, cleaned, how);
        CHECK(are_equal(cleaned, whole, in->channels));
    }
}

static void an_output_may_lie_on_any_input(const host *in, sound whole, uint64_t seed) {
    const sound place = drawn(seed), crossed = {{place.of[1], place.of[0]}};
    through(in, place, in->channels == 2 ? crossed : place, usual);
    const sound found = in->channels == 2 ? crossed : place;
    CHECK(are_equal(found, whole, in->channels));
}

static void bypass_and_no_strength_give_the_input_of_the_same_time(const host *in, sound noisy) {
    const way ways[] = {{100.0f, -60.0f, 1.0f, 333, 0.0f}, {0.0f, -60.0f, 0.0f, 333, 0.0f}};
    for (int i = 0; i < 2; i++) {
        const sound out = blank();
        const size_t late = (size_t)through(in, noisy, out, ways[i]).latency;
        CHECK(late == in->latency);
        for (unsigned long c = 0; c < in->channels; c++)
            CHECK(memcmp(out.of[c] + late, noisy.of[c], (SAMPLES - late) * sizeof(float)) == 0);
    }
}

static void half_the_strength_is_half_of_each(const host *in, sound noisy, sound whole) {
    way how = usual;
    how.strength = 50.0f;
    const sound out = blank();
    const size_t late = (size_t)through(in, noisy, out, how).latency;
    for (size_t n = late; n < SAMPLES; n++)
        CHECK(out.of[0][n] == noisy.of[0][n - late] + 0.5f * (whole.of[0][n] - noisy.of[0][n - late]));
}

/* The floor of 0 dB leaves everything; controls that are no numbers count as the defaults. */
static void controls_at_their_ends_do_what_they_say(const host *in, sound noisy, sound whole) {
    way how = usual;
    how.floor = 0.0f;
    const sound untouched = blank(), defaults = blank();
    const size_t late = (size_t)through(in, noisy, untouched, how).latency;
    for (size_t n = late; n < SAMPLES; n++) CHECK(fabsf(untouched.of[0][n] - noisy.of[0][n - late]) < 1e-5f);
    through(in, noisy, defaults, (way){NAN, NAN, NAN, 100, 0.0f});
    CHECK(are_equal(defaults, whole, in->channels));
}

static void a_switch_is_a_ramp_without_a_step(const host *in) {
    const sound tone = blank(), out = blank();
    for (size_t n = 0; n < SAMPLES; n++) tone.of[0][n] = tone.of[1][n] = 0.5f;
    void *instance = in->plugin->instantiate(in->plugin, in->rate_hz);
    in->plugin->activate(instance);
    way how = usual;
    how.bypass = 1.0f;
    run_blocks(in, instance, tone, out, &how);
    how.bypass = 0.0f;
    run_blocks(in, instance, tone, out, &how);
    for (size_t n = 1; n < SAMPLES; n++) CHECK(fabsf(out.of[0][n] - out.of[0][n - 1]) < 0.05f);
    in->plugin->cleanup(instance);
}

static void a_fresh_start_forgets(const host *in, sound noisy, sound whole) {
    void *instance = in->plugin->instantiate(in->plugin, in->rate_hz);
    const sound out = blank();
    for (int round = 0; round < 2; round++) {
        way how = usual;
        in->plugin->activate(instance);
        run_blocks(in, instance, noisy, out, &how);
        CHECK(are_equal(out, whole, in->channels));
    }
    in->plugin->cleanup(instance);
}

static void sound_that_is_no_number_does_not_stay(const host *in) {
    const sound bad = drawn(3), out = blank();
    for (size_t n = 5000; n < 5100; n++) bad.of[0][n] = n % 2 ? NAN : INFINITY;
    through(in, bad, out, usual);
    for (size_t n = 0; n < SAMPLES; n++) CHECK(isfinite(out.of[0][n]));
}

static void lv2_gives_the_same_bits(const host *in, sound noisy, sound whole) {
    const lv2_feature *const features[] = {NULL};
    void *instance = in->lv2->instantiate(in->lv2, (double)in->rate_hz, "", features);
    CHECK(instance != NULL);
    float enabled = 1.0f, latency = 0.0f;
    const sound out = blank();
    const uint32_t channels = (uint32_t)in->channels;
    for (uint32_t c = 0; c < channels; c++) {
        in->lv2->connect_port(instance, c, noisy.of[c]);
        in->lv2->connect_port(instance, channels + c, out.of[c]);
    }
    in->lv2->connect_port(instance, 2 * channels + 2, &enabled);
    in->lv2->connect_port(instance, 2 * channels + 3, &latency);
    in->lv2->activate(instance);
    in->lv2->run(instance, SAMPLES);
    CHECK((size_t)latency == in->latency && are_equal(out, whole, in->channels));
    in->lv2->cleanup(instance);
}

static void rates_without_a_window_are_refused(const host *in) {
    static const double rates[] = {0.0, 1.0, 7999.0, 16001.0, 47999.0, 1e9};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        CHECK(in->plugin->instantiate(in->plugin, (unsigned long)rates[i]) == NULL);
        CHECK(in->lv2->instantiate(in->lv2, rates[i], "", NULL) == NULL);
    }
    CHECK(in->lv2->instantiate(in->lv2, 16000.5, "", NULL) == NULL && in->lv2->instantiate(in->lv2, NAN, "", NULL) == NULL);
}

static void check_all(const host *in) {
    const sound noisy = drawn(11), whole = blank();
    through(in, noisy, whole, usual);
    blocks_of_any_size_give_the_same_bits(in, noisy, whole);
    an_output_may_lie_on_any_input(in, whole, 11);
    bypass_and_no_strength_give_the_input_of_the_same_time(in, noisy);
    half_the_strength_is_half_of_each(in, noisy, whole);
    controls_at_their_ends_do_what_they_say(in, noisy, whole);
    a_switch_is_a_ramp_without_a_step(in);
    a_fresh_start_forgets(in, noisy, whole);
    sound_that_is_no_number_does_not_stay(in);
    lv2_gives_the_same_bits(in, noisy, whole);
    rates_without_a_window_are_refused(in);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    void *file = dlopen(argv[1], RTLD_NOW);
    CHECK(file != NULL);
    const ladspa_plugin *(*ladspa)(unsigned long);
    const lv2_plugin *(*lv2)(uint32_t);
    *(void **)&ladspa = dlsym(file, "ladspa_descriptor");
    *(void **)&lv2 = dlsym(file, "lv2_descriptor");
    CHECK(ladspa != NULL && lv2 != NULL && ladspa(2) == NULL && lv2(2) == NULL);
    static const size_t rates[][2] = {{8000, 256}, {16000, 512}, {44100, 1408}, {48000, 1536}};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++)
        for (uint32_t i = 0; i < 2; i++) check_all(&(host){ladspa(i), lv2(i), i + 1, rates[r][0], rates[r][1]});
    CHECK(calls == 0);
    is_counting = true; /* the count itself works: an instance asks for memory */
    void *instance = ladspa(0)->instantiate(ladspa(0), 16000);
    ladspa(0)->cleanup(instance);
    CHECK(!COUNTS_CALLS || calls > 0);
    return 0;
}

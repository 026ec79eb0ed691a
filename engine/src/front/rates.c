/* rates.c - window, hop and time constants at every rate, and the tables of a window. */
#include "front/rates.h"

#include "front/circle.h"

/* A window at `hz` is `parts` / 16 of the one at 16 kHz. At multiples of 11 025 Hz bins are 0.2 % wider than the model's. */
static const struct {
    uint32_t hz, parts;
} rates[] = {{8000, 8},   {11025, 11}, {12000, 12}, {16000, 16}, {22050, 22}, {24000, 24},
             {32000, 32}, {44100, 44}, {48000, 48}, {88200, 88}, {96000, 96}};

#define RATES (sizeof rates / sizeof rates[0])

uint32_t ln_rate_at(uint32_t index) { return index < RATES ? rates[index].hz : 0; }

/* 0 for any other rate. */
static uint32_t parts_of(uint32_t sample_rate_hz) {
    for (uint32_t i = 0; i < RATES; i++)
        if (rates[i].hz == sample_rate_hz) return rates[i].parts;
    return 0;
}

/* A running mean's step is as long as the hop, which differs by 0.2 % at most: so far it is proportional. */
static float step_of(float alpha, double hop_ratio) { return (float)((double)alpha * hop_ratio); }

bool ln_front_end_at(const ln_front_end *own, uint32_t sample_rate_hz, ln_front_end *scaled) {
    *scaled = *own;
    if (sample_rate_hz == own->sample_rate_hz) return true;
    const uint32_t to = parts_of(sample_rate_hz), from = parts_of(own->sample_rate_hz);
    if (to == 0 || from == 0 || own->window * to % from != 0 || own->hop * to % from != 0) return false;
    scaled->sample_rate_hz = sample_rate_hz;
    scaled->window = own->window * to / from;
    scaled->hop = own->hop * to / from;
    scaled->synthesis_length = own->synthesis_length * to / from;
    scaled->bins = scaled->window / 2 + 1;
    const double ratio = (double)scaled->hop * (double)own->sample_rate_hz / ((double)own->hop * (double)sample_rate_hz);
    scaled->level_alpha = step_of(own->level_alpha, ratio);
    scaled->offset_alpha = step_of(own->offset_alpha, ratio);
    return scaled->window >= 16 && scaled->window % 4 == 0;
}

const ln_front *ln_front_for(const ln_front *front, uint32_t window, uint32_t hop) {
    const bool has_vectors = window >= LN_FRONT_LEAST_WINDOW && window % 32 == 0 && hop >= LN_FRONT_LEAST_HOP;
    return has_vectors ? front : &ln_front_scalar;
}

/* Floats of a table, rounded up to whole lines of 64 bytes. */
static size_t table_floats(uint32_t window) { return (window + 15u) / 16u * 16u; }

size_t ln_front_tables_bytes(const ln_front_end *front_end) {
    const size_t twiddles = front_end->front == &ln_front_scalar ? 0 : ln_twiddle_count(front_end->window);
    return sizeof(float) * (4 * table_floats(front_end->window) + twiddles);
}

void ln_front_tables(ln_front_end *front_end, uint32_t window_kind, void *memory) {
    const uint32_t window = front_end->window;
    const size_t apart = table_floats(window);
    float *cosine = memory, *sine = cosine + apart, *analysis = sine + apart, *synthesis = analysis + apart;
    float *twiddles = front_end->front == &ln_front_scalar ? NULL : synthesis + apart;
    ln_circle(window, cosine, sine);
    ln_front_end_windows(window, front_end->hop, window_kind, analysis, synthesis);
    if (twiddles != NULL) ln_twiddles(window, cosine, sine, twiddles);
    front_end->fft = (ln_fft){window, cosine, sine, twiddles};
    front_end->analysis = analysis;
    front_end->synthesis = synthesis;
}

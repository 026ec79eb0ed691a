/* plugin.c - blocks of any size through the engine, hop by hop. Read `ln_plugin_run` first.
 *
 * Each channel keeps its newest input in a ring. A full hop goes to the engine; what comes back is played during the
 * next hop. So the cleaned sound lags by hop + delay_samples, the window, and the ring gives the input of that time. */
#include "plugin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linnet/linnet.h"

#define RAMP_SECONDS 0.02f /* from one mixture to another, so that no step is heard */

typedef struct channel {
    linnet_session *session;
    float *ring;    /* [window + hop] newest input */
    float *cleaned; /* [hop] of the hop before */
} channel;

struct ln_plugin {
    uint8_t *model_block, *session_blocks, *sample_block;
    linnet_format format;
    uint32_t channel_count, ring_samples;
    uint32_t hop_begins; /* in the ring: where the present hop is written */
    uint32_t filled;     /* samples of the present hop */
    float mixture, ramp; /* share of cleaned sound now, and its largest step from sample to sample */
    float floor_db;      /* that the sessions know */
    int has_run;         /* a first block begins with its mixture */
    channel channels[LN_PLUGIN_MOST_CHANNELS];
};

static void *block_of(size_t bytes) {
    const size_t whole = (bytes + LINNET_ALIGNMENT - 1) / LINNET_ALIGNMENT * LINNET_ALIGNMENT;
    void *block = aligned_alloc(LINNET_ALIGNMENT, whole > 0 ? whole : LINNET_ALIGNMENT);
    if (block != NULL) memset(block, 0, whole); /* every page is there before the first block of sound */
    return block;
}

static linnet_model *load_model(ln_plugin *plugin) {
    size_t file_bytes;
    const uint8_t *file = ln_plugin_model(&file_bytes);
    int status;
    const size_t bytes = linnet_model_size(file, file_bytes, NULL, &status);
    linnet_model *model = NULL;
    if (status != LINNET_OK || (plugin->model_block = block_of(bytes)) == NULL) return NULL;
    linnet_model_init(plugin->model_block, bytes, file, file_bytes, NULL, &model);
    return model;
}

static int begin_sessions(ln_plugin *plugin, const linnet_model *model, uint32_t sample_rate_hz) {
    if (linnet_model_format(model, sample_rate_hz, &plugin->format, sizeof plugin->format) != LINNET_OK) return 0;
    const size_t session = ((size_t)plugin->format.session_bytes + LINNET_ALIGNMENT - 1) / LINNET_ALIGNMENT * LINNET_ALIGNMENT;
    const size_t hop = plugin->format.hop, ring = ln_plugin_latency(plugin) + hop;
    plugin->ring_samples = (uint32_t)ring;
    plugin->session_blocks = block_of(session * plugin->channel_count);
    plugin->sample_block = block_of(sizeof(float) * (ring + hop) * plugin->channel_count);
    if (plugin->session_blocks == NULL || plugin->sample_block == NULL) return 0;
    for (uint32_t c = 0; c < plugin->channel_count; c++) {
        channel *one = &plugin->channels[c];
        one->ring = (float *)(void *)plugin->sample_block + c * (ring + hop);
        one->cleaned = one->ring + ring;
        if (linnet_session_init_at(plugin->session_blocks + c * session, session, model, sample_rate_hz, &one->session) !=
            LINNET_OK)
            return 0;
    }
    return 1;
}

ln_plugin *ln_plugin_open(uint32_t channels, uint32_t sample_rate_hz) {
    if (channels < 1 || channels > LN_PLUGIN_MOST_CHANNELS || sample_rate_hz == 0) return NULL;
    ln_plugin *plugin = calloc(1, sizeof *plugin);
    if (plugin == NULL) return NULL;
    plugin->channel_count = channels;
    plugin->ramp = 1.0f / (RAMP_SECONDS * (float)sample_rate_hz);
    plugin->floor_db = LN_PLUGIN_NO_FLOOR_DB;
    const linnet_model *model = load_model(plugin);
    if (model != NULL && begin_sessions(plugin, model, sample_rate_hz)) return plugin;
    ln_plugin_close(plugin);
    return NULL;
}

void ln_plugin_close(ln_plugin *plugin) {
    if (plugin == NULL) return;
    free(plugin->model_block);
    free(plugin->session_blocks);
    free(plugin->sample_block);
    free(plugin);
}

void ln_plugin_reset(ln_plugin *plugin) {
    const size_t samples = (size_t)(plugin->ring_samples + plugin->format.hop) * plugin->channel_count;
    memset(plugin->sample_block, 0, sizeof(float) * samples);
    plugin->hop_begins = plugin->filled = 0;
    plugin->has_run = 0;
    for (uint32_t c = 0; c < plugin->channel_count; c++) linnet_session_reset(plugin->channels[c].session);
}

uint32_t ln_plugin_latency(const ln_plugin *plugin) { return plugin->format.delay_samples + plugin->format.hop; }

static float within(float value, float low, float high, float otherwise) {
    if (isnan(value)) return otherwise;
    return value < low ? low : value > high ? high : value;
}

static float target_mixture(ln_plugin_settings settings) {
    if (settings.bypass > 0.0f) return 0.0f;
    return within(settings.strength_percent, 0.0f, 100.0f, 100.0f) / 100.0f;
}

/* 10^(db / 20) for -60 to 0, the float32 nearest to it, without libm: e^x is (e^(x / 16))^16, and a series is short
 * below 0.44. The powf of a libm gives other bits on other machines, and asks for a newer glibc than the rest does. */
static float gain_of(float db) {
    const double x = (double)db * (2.302585092994045684 / 20.0) / 16.0;
    double sum = 1.0;
    for (int n = 14; n > 0; n--) sum = 1.0 + sum * x / n;
    for (int squared = 0; squared < 4; squared++) sum *= sum;
    return (float)sum;
}

static void set_floor(ln_plugin *plugin, float floor_db) {
    const float wanted = within(floor_db, LN_PLUGIN_NO_FLOOR_DB, 0.0f, LN_PLUGIN_NO_FLOOR_DB);
    if (wanted == plugin->floor_db) return;
    const float gain = wanted <= LN_PLUGIN_NO_FLOOR_DB ? 0.0f : gain_of(wanted);
    for (uint32_t c = 0; c < plugin->channel_count; c++)
        linnet_session_set_min_gain(plugin->channels[c].session, gain);
    plugin->floor_db = wanted;
}

/* `mixture` as it is one sample later, on its straight way to `target`. */
static float moved(float mixture, float target, float ramp) {
    if (mixture < target) return mixture + ramp < target ? mixture + ramp : target;
    return mixture - ramp > target ? mixture - ramp : target;
}

/* Input and cleaned sound of one time to the output. Either end of the mixture is exactly one of the two. */
static float mix(const float *input, const float *cleaned, float *out, size_t samples, float mixture, float target,
                 float ramp) {
    for (size_t n = 0; n < samples; n++) {
        mixture = moved(mixture, target, ramp);
        if (mixture >= 1.0f)
            out[n] = cleaned[n];
        else if (mixture <= 0.0f)
            out[n] = input[n];
        else
            out[n] = input[n] + mixture * (cleaned[n] - input[n]);
    }
    return mixture;
}

static void clean_hop(ln_plugin *plugin) {
    for (uint32_t c = 0; c < plugin->channel_count; c++) {
        const channel *one = &plugin->channels[c];
        linnet_session_denoise(one->session, one->ring + plugin->hop_begins, one->cleaned, 1);
    }
    plugin->hop_begins = (plugin->hop_begins + plugin->format.hop) % plugin->ring_samples;
    plugin->filled = 0;
}

void ln_plugin_run(ln_plugin *plugin, const float *const *in, float *const *out, size_t samples,
                   ln_plugin_settings settings) {
    const uint32_t hop = plugin->format.hop;
    const float target = target_mixture(settings);
    set_floor(plugin, settings.floor_db);
    if (!plugin->has_run) plugin->mixture = target;
    plugin->has_run = 1;
    for (size_t done = 0; done < samples;) {
        const size_t left = samples - done, room = hop - plugin->filled, count = left < room ? left : room;
        const size_t write = plugin->hop_begins + plugin->filled, oldest = (plugin->hop_begins + hop) % plugin->ring_samples;
        for (uint32_t c = 0; c < plugin->channel_count; c++) /* all inputs first: an output may lie on any of them */
            memcpy(plugin->channels[c].ring + write, in[c] + done, sizeof(float) * count);
        float mixture = plugin->mixture;
        for (uint32_t c = 0; c < plugin->channel_count; c++) {
            const channel *one = &plugin->channels[c];
            mixture = mix(one->ring + oldest + plugin->filled, one->cleaned + plugin->filled, out[c] + done, count,
                          plugin->mixture, target, plugin->ramp);
        }
        plugin->mixture = mixture;
        plugin->filled += (uint32_t)count;
        if (plugin->filled == hop) clean_hop(plugin);
        done += count;
    }
}

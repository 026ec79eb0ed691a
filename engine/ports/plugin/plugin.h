/* plugin.h - the denoiser inside a plug-in: any block size, a constant latency, no allocation and no lock while it runs.
 *
 * ladspa.c and lv2.c put it into the two formats. The model is part of the file (model_bytes.c). */
#ifndef LN_PLUGIN_H
#define LN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define LN_PLUGIN_MOST_CHANNELS 2
#define LN_PLUGIN_NO_FLOOR_DB (-60.0f) /* at this floor, and below, the model may silence a bin */

typedef struct ln_plugin ln_plugin;

/* What a person sets. Values out of range count as the nearest end, and NaN as the default. */
typedef struct ln_plugin_settings {
    float strength_percent; /* 100 (default): the cleaned sound; 0: the input; between: their mixture */
    float floor_db;         /* no bin is turned down by more than this; 0 changes nothing; default: no floor */
    float bypass;           /* above 0: the input, delayed like the cleaned sound; default 0 */
} ln_plugin_settings;

/* Bytes of the model inside this file. */
const uint8_t *ln_plugin_model(size_t *bytes);

/* A plug-in at rest; NULL where the engine has no window for this rate, or memory is short. */
ln_plugin *ln_plugin_open(uint32_t channels, uint32_t sample_rate_hz);
void ln_plugin_close(ln_plugin *plugin);
void ln_plugin_reset(ln_plugin *plugin);

/* Samples from an input to its output, whatever the block sizes: the length of the window. */
uint32_t ln_plugin_latency(const ln_plugin *plugin);

/* in[channel][samples] to out[channel][samples]. An output may be the memory of any input. Real-time safe. */
void ln_plugin_run(ln_plugin *plugin, const float *const *in, float *const *out, size_t samples,
                   ln_plugin_settings settings);

#endif

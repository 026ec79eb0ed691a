/* ports.c - what LADSPA and LV2 have in common: ports connected by number, a block run through them. */
#include "ports.h"

#include <stdlib.h>

ln_instance *ln_instance_open(uint32_t channels, uint32_t sample_rate_hz) {
    ln_plugin *plugin = ln_plugin_open(channels, sample_rate_hz);
    if (plugin == NULL) return NULL;
    ln_instance *instance = calloc(1, sizeof *instance);
    if (instance == NULL) {
        ln_plugin_close(plugin);
        return NULL;
    }
    instance->plugin = plugin;
    instance->channels = channels;
    return instance;
}

void ln_instance_connect(ln_instance *instance, uint32_t port, float *place) {
    const uint32_t channels = instance->channels;
    if (port < channels)
        instance->in[port] = place;
    else if (port < 2 * channels)
        instance->out[port - channels] = place;
    else if (port < 2 * channels + LN_CONTROL_COUNT)
        instance->controls[port - 2 * channels] = place;
}

void ln_instance_reset(void *instance) { ln_plugin_reset(((ln_instance *)instance)->plugin); }

void ln_instance_close(void *instance) {
    ln_plugin_close(((ln_instance *)instance)->plugin);
    free(instance);
}

float ln_instance_control(const ln_instance *instance, int control, float otherwise) {
    return instance->controls[control] != NULL ? *instance->controls[control] : otherwise;
}

void ln_instance_run(ln_instance *instance, uint32_t samples, float bypass) {
    const ln_plugin_settings settings = {
        ln_instance_control(instance, LN_STRENGTH, 100.0f),
        ln_instance_control(instance, LN_FLOOR, LN_PLUGIN_NO_FLOOR_DB),
        bypass,
    };
    ln_plugin_run(instance->plugin, instance->in, instance->out, samples, settings);
    if (instance->controls[LN_LATENCY] != NULL)
        *instance->controls[LN_LATENCY] = (float)ln_plugin_latency(instance->plugin);
}

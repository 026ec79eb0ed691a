/* ports.h - an instance in a host: the denoiser and where the host connected its ports.
 *
 * Ports in both formats: inputs of all channels, outputs of all channels, then the controls below. */
#ifndef LN_PORTS_H
#define LN_PORTS_H

#include "plugin.h"

enum { LN_STRENGTH, LN_FLOOR, LN_SWITCH, LN_LATENCY, LN_CONTROL_COUNT };

typedef struct ln_instance {
    ln_plugin *plugin;
    uint32_t channels;
    const float *in[LN_PLUGIN_MOST_CHANNELS];
    float *out[LN_PLUGIN_MOST_CHANNELS];
    float *controls[LN_CONTROL_COUNT];
} ln_instance;

/* An instance with nothing connected; NULL where the plug-in cannot be opened at this rate. */
ln_instance *ln_instance_open(uint32_t channels, uint32_t sample_rate_hz);
void ln_instance_connect(ln_instance *instance, uint32_t port, float *place);
void ln_instance_reset(void *instance);
void ln_instance_close(void *instance);

/* The value of a control, or `otherwise` where the host connected none. */
float ln_instance_control(const ln_instance *instance, int control, float otherwise);

/* One block, and the latency to its port. */
void ln_instance_run(ln_instance *instance, uint32_t samples, float bypass);

#endif

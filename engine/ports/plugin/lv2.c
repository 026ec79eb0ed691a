/* lv2.c - the denoiser as LV2 plug-ins. Its ports are described in linnet.ttl; the switch is `enabled`, as LV2 has it. */
#include "lv2_abi.h"
#include "ports.h"

static void *instantiate(uint32_t channels, double sample_rate_hz) {
    if (!(sample_rate_hz >= 1.0 && sample_rate_hz <= 1e6)) return NULL;
    const uint32_t whole_hz = (uint32_t)sample_rate_hz;
    return (double)whole_hz == sample_rate_hz ? ln_instance_open(channels, whole_hz) : NULL;
}

static void *instantiate_mono(const lv2_plugin *plugin, double sample_rate_hz, const char *bundle_path,
                              const lv2_feature *const *features) {
    (void)plugin, (void)bundle_path, (void)features;
    return instantiate(1, sample_rate_hz);
}

static void *instantiate_stereo(const lv2_plugin *plugin, double sample_rate_hz, const char *bundle_path,
                                const lv2_feature *const *features) {
    (void)plugin, (void)bundle_path, (void)features;
    return instantiate(2, sample_rate_hz);
}

static void connect_port(void *instance, uint32_t port, void *place) { ln_instance_connect(instance, port, place); }

static void run(void *instance, uint32_t samples) {
    ln_instance_run(instance, samples, ln_instance_control(instance, LN_SWITCH, 1.0f) > 0.0f ? 0.0f : 1.0f);
}

const lv2_plugin *lv2_descriptor(uint32_t index) {
    static const lv2_plugin plugins[] = {
        {"urn:linnet:denoise:mono", instantiate_mono, connect_port, ln_instance_reset, run, NULL, ln_instance_close, NULL},
        {"urn:linnet:denoise:stereo", instantiate_stereo, connect_port, ln_instance_reset, run, NULL, ln_instance_close,
         NULL},
    };
    return index < sizeof plugins / sizeof plugins[0] ? &plugins[index] : NULL;
}

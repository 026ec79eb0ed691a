/* ladspa.c - the denoiser as LADSPA plug-ins: `linnet_mono` and `linnet_stereo`. */
#include "ladspa_abi.h"
#include "ports.h"

#define MONO_ID 5000753ul /* "LN1" and "LN2" as 24-bit numbers */
#define STEREO_ID 5000754ul

/* Strength, floor, bypass and latency, in the order of ports.h. */
#define CONTROLS                                                                                                      \
    LADSPA_INPUT | LADSPA_CONTROL, LADSPA_INPUT | LADSPA_CONTROL, LADSPA_INPUT | LADSPA_CONTROL,                      \
        LADSPA_OUTPUT | LADSPA_CONTROL
#define CONTROL_NAMES "Strength (%)", "Floor (dB)", "Bypass", "latency"
#define CONTROL_RANGES                                                                                                \
    {LADSPA_BOUNDED_BELOW | LADSPA_BOUNDED_ABOVE | LADSPA_DEFAULT_MAXIMUM, 0.0f, 100.0f},                             \
        {LADSPA_BOUNDED_BELOW | LADSPA_BOUNDED_ABOVE | LADSPA_DEFAULT_MINIMUM, LN_PLUGIN_NO_FLOOR_DB, 0.0f},          \
        {LADSPA_TOGGLED | LADSPA_DEFAULT_0, 0.0f, 0.0f}, {                                                            \
        LADSPA_INTEGER | LADSPA_BOUNDED_BELOW, 0.0f, 0.0f                                                             \
    }
#define AUDIO_IN (LADSPA_INPUT | LADSPA_AUDIO)
#define AUDIO_OUT (LADSPA_OUTPUT | LADSPA_AUDIO)

static const int mono_ports[] = {AUDIO_IN, AUDIO_OUT, CONTROLS};
static const char *const mono_names[] = {"Input", "Output", CONTROL_NAMES};
static const ladspa_range mono_ranges[] = {{0, 0, 0}, {0, 0, 0}, CONTROL_RANGES};
static const int stereo_ports[] = {AUDIO_IN, AUDIO_IN, AUDIO_OUT, AUDIO_OUT, CONTROLS};
static const char *const stereo_names[] = {"Input (Left)", "Input (Right)", "Output (Left)", "Output (Right)",
                                           CONTROL_NAMES};
static const ladspa_range stereo_ranges[] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, CONTROL_RANGES};

static void *instantiate(const ladspa_plugin *plugin, unsigned long sample_rate_hz) {
    if (sample_rate_hz > UINT32_MAX) return NULL;
    return ln_instance_open(plugin->unique_id == STEREO_ID ? 2 : 1, (uint32_t)sample_rate_hz);
}

static void connect_port(void *instance, unsigned long port, float *place) {
    if (port <= UINT32_MAX) ln_instance_connect(instance, (uint32_t)port, place);
}

static void run(void *instance, unsigned long samples) {
    ln_instance_run(instance, (uint32_t)samples, ln_instance_control(instance, LN_SWITCH, 0.0f));
}

#define PLUGIN(id, code, called, its_ports, its_names, its_ranges)                                                    \
    {                                                                                                                 \
        .unique_id = id, .label = code, .properties = LADSPA_HARD_RT_CAPABLE, .name = called,                         \
        .maker = "The Linnet authors", .copyright = "Apache-2.0", .port_count = sizeof its_ports / sizeof its_ports[0], \
        .ports = its_ports, .port_names = its_names, .ranges = its_ranges, .instantiate = instantiate,                \
        .connect_port = connect_port, .activate = ln_instance_reset, .run = run, .cleanup = ln_instance_close         \
    }

const ladspa_plugin *ladspa_descriptor(unsigned long index) {
    static const ladspa_plugin plugins[] = {
        PLUGIN(MONO_ID, "linnet_mono", "Linnet speech denoiser (mono)", mono_ports, mono_names, mono_ranges),
        PLUGIN(STEREO_ID, "linnet_stereo", "Linnet speech denoiser (stereo)", stereo_ports, stereo_names, stereo_ranges),
    };
    return index < sizeof plugins / sizeof plugins[0] ? &plugins[index] : NULL;
}

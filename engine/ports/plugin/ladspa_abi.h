/* ladspa_abi.h - the binary interface of LADSPA 1.1, as far as a plug-in fills it: names and layout of ladspa.h.
 *
 * Declared here so that the plug-in builds without the SDK; test_plugin_abi.c compares both where the SDK is. */
#ifndef LN_LADSPA_ABI_H
#define LN_LADSPA_ABI_H

enum { LADSPA_HARD_RT_CAPABLE = 0x4 };
enum { LADSPA_INPUT = 0x1, LADSPA_OUTPUT = 0x2, LADSPA_CONTROL = 0x4, LADSPA_AUDIO = 0x8 };
enum {
    LADSPA_BOUNDED_BELOW = 0x1,
    LADSPA_BOUNDED_ABOVE = 0x2,
    LADSPA_TOGGLED = 0x4,
    LADSPA_INTEGER = 0x20,
    LADSPA_DEFAULT_MINIMUM = 0x40,
    LADSPA_DEFAULT_MAXIMUM = 0x140,
    LADSPA_DEFAULT_0 = 0x200
};

typedef struct ladspa_range {
    int hints;
    float low, high;
} ladspa_range;

typedef struct ladspa_plugin {
    unsigned long unique_id; /* below 0x1000000 */
    const char *label;
    int properties;
    const char *name, *maker, *copyright;
    unsigned long port_count;
    const int *ports;
    const char *const *port_names;
    const ladspa_range *ranges;
    void *implementation_data;
    void *(*instantiate)(const struct ladspa_plugin *plugin, unsigned long sample_rate_hz);
    void (*connect_port)(void *instance, unsigned long port, float *place);
    void (*activate)(void *instance);
    void (*run)(void *instance, unsigned long samples);
    void (*run_adding)(void *instance, unsigned long samples);
    void (*set_run_adding_gain)(void *instance, float gain);
    void (*deactivate)(void *instance);
    void (*cleanup)(void *instance);
} ladspa_plugin;

__attribute__((visibility("default"))) const ladspa_plugin *ladspa_descriptor(unsigned long index);

#endif

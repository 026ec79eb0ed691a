/* lv2_abi.h - the binary interface of an LV2 plug-in: names and layout of lv2/core/lv2.h.
 *
 * Declared here so that the plug-in builds without that header; test_plugin_abi.c compares both where it is. */
#ifndef LN_LV2_ABI_H
#define LN_LV2_ABI_H

#include <stdint.h>

typedef struct lv2_feature {
    const char *uri;
    void *data;
} lv2_feature;

typedef struct lv2_plugin {
    const char *uri;
    void *(*instantiate)(const struct lv2_plugin *plugin, double sample_rate_hz, const char *bundle_path,
                         const lv2_feature *const *features);
    void (*connect_port)(void *instance, uint32_t port, void *place);
    void (*activate)(void *instance);
    void (*run)(void *instance, uint32_t samples);
    void (*deactivate)(void *instance);
    void (*cleanup)(void *instance);
    const void *(*extension_data)(const char *uri);
} lv2_plugin;

__attribute__((visibility("default"))) const lv2_plugin *lv2_descriptor(uint32_t index);

#endif

/* test_plugin_abi.c - our declarations of LADSPA and LV2 against the headers of both, where they are installed. */
#include <stddef.h>
#include <stdio.h>

#include "../ports/plugin/ladspa_abi.h"
#include "../ports/plugin/lv2_abi.h"

#define SAME_PLACE(ours, our, theirs, their)                                                                          \
    _Static_assert(offsetof(ours, our) == offsetof(theirs, their) && sizeof(((ours *)0)->our) == sizeof(((theirs *)0)->their), \
                   #our)

#if __has_include(<ladspa.h>)
#define ladspa_descriptor theirs_of_ladspa
#include <ladspa.h>
_Static_assert(sizeof(ladspa_plugin) == sizeof(LADSPA_Descriptor), "size");
SAME_PLACE(ladspa_plugin, unique_id, LADSPA_Descriptor, UniqueID);
SAME_PLACE(ladspa_plugin, label, LADSPA_Descriptor, Label);
SAME_PLACE(ladspa_plugin, properties, LADSPA_Descriptor, Properties);
SAME_PLACE(ladspa_plugin, name, LADSPA_Descriptor, Name);
SAME_PLACE(ladspa_plugin, maker, LADSPA_Descriptor, Maker);
SAME_PLACE(ladspa_plugin, copyright, LADSPA_Descriptor, Copyright);
SAME_PLACE(ladspa_plugin, port_count, LADSPA_Descriptor, PortCount);
SAME_PLACE(ladspa_plugin, ports, LADSPA_Descriptor, PortDescriptors);
SAME_PLACE(ladspa_plugin, port_names, LADSPA_Descriptor, PortNames);
SAME_PLACE(ladspa_plugin, ranges, LADSPA_Descriptor, PortRangeHints);
SAME_PLACE(ladspa_plugin, instantiate, LADSPA_Descriptor, instantiate);
SAME_PLACE(ladspa_plugin, connect_port, LADSPA_Descriptor, connect_port);
SAME_PLACE(ladspa_plugin, activate, LADSPA_Descriptor, activate);
SAME_PLACE(ladspa_plugin, run, LADSPA_Descriptor, run);
SAME_PLACE(ladspa_plugin, run_adding, LADSPA_Descriptor, run_adding);
SAME_PLACE(ladspa_plugin, deactivate, LADSPA_Descriptor, deactivate);
SAME_PLACE(ladspa_plugin, cleanup, LADSPA_Descriptor, cleanup);
SAME_PLACE(ladspa_range, hints, LADSPA_PortRangeHint, HintDescriptor);
SAME_PLACE(ladspa_range, low, LADSPA_PortRangeHint, LowerBound);
SAME_PLACE(ladspa_range, high, LADSPA_PortRangeHint, UpperBound);
_Static_assert((int)LADSPA_HARD_RT_CAPABLE == LADSPA_PROPERTY_HARD_RT_CAPABLE, "property");
_Static_assert((int)LADSPA_INPUT == LADSPA_PORT_INPUT && (int)LADSPA_OUTPUT == LADSPA_PORT_OUTPUT, "ports");
_Static_assert((int)LADSPA_CONTROL == LADSPA_PORT_CONTROL && (int)LADSPA_AUDIO == LADSPA_PORT_AUDIO, "ports");
_Static_assert((int)LADSPA_BOUNDED_BELOW == LADSPA_HINT_BOUNDED_BELOW && (int)LADSPA_TOGGLED == LADSPA_HINT_TOGGLED, "hints");
_Static_assert((int)LADSPA_BOUNDED_ABOVE == LADSPA_HINT_BOUNDED_ABOVE && (int)LADSPA_INTEGER == LADSPA_HINT_INTEGER, "hints");
_Static_assert((int)LADSPA_DEFAULT_MINIMUM == LADSPA_HINT_DEFAULT_MINIMUM, "hints");
_Static_assert((int)LADSPA_DEFAULT_MAXIMUM == LADSPA_HINT_DEFAULT_MAXIMUM, "hints");
_Static_assert((int)LADSPA_DEFAULT_0 == LADSPA_HINT_DEFAULT_0, "hints");
#define COMPARED_LADSPA "ladspa.h"
#else
#define COMPARED_LADSPA "no ladspa.h"
#endif

#if __has_include(<lv2/core/lv2.h>)
#define lv2_descriptor theirs_of_lv2
#include <lv2/core/lv2.h>
_Static_assert(sizeof(lv2_plugin) == sizeof(LV2_Descriptor) && sizeof(lv2_feature) == sizeof(LV2_Feature), "size");
SAME_PLACE(lv2_plugin, uri, LV2_Descriptor, URI);
SAME_PLACE(lv2_plugin, instantiate, LV2_Descriptor, instantiate);
SAME_PLACE(lv2_plugin, connect_port, LV2_Descriptor, connect_port);
SAME_PLACE(lv2_plugin, activate, LV2_Descriptor, activate);
SAME_PLACE(lv2_plugin, run, LV2_Descriptor, run);
SAME_PLACE(lv2_plugin, deactivate, LV2_Descriptor, deactivate);
SAME_PLACE(lv2_plugin, cleanup, LV2_Descriptor, cleanup);
SAME_PLACE(lv2_plugin, extension_data, LV2_Descriptor, extension_data);
#define COMPARED_LV2 "lv2.h"
#else
#define COMPARED_LV2 "no lv2.h"
#endif

int main(void) {
    puts("compared with " COMPARED_LADSPA ", " COMPARED_LV2);
    return 0;
}

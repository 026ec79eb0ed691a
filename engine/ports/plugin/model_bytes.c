/* model_bytes.c - the model file LINNET_PLUGIN_MODEL, as it is, among this file's constants (ELF, gcc and clang). */
#include "plugin.h"

__asm__(".section .rodata\n"
        ".balign 64\n"
        "ln_model_begins:\n"
        ".incbin \"" LINNET_PLUGIN_MODEL "\"\n"
        "ln_model_ends:\n"
        ".byte 0\n"
        ".previous\n");

/* Hidden: else a table of addresses is in between, where the assembler for Arm puts the section for a local label. */
extern const uint8_t ln_model_begins[] __attribute__((visibility("hidden")));
extern const uint8_t ln_model_ends[] __attribute__((visibility("hidden")));

const uint8_t *ln_plugin_model(size_t *bytes) {
    *bytes = (size_t)(ln_model_ends - ln_model_begins);
    return ln_model_begins;
}

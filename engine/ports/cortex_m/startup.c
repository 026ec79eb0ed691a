/* startup.c - from reset to main on a Cortex-M with a floating-point unit: vectors, FPU, data, bss, painted stack. What
 * goes wrong ends the emulation with a status. */
#include <string.h>

#include "board.h"

#define COPROCESSOR_ACCESS (*(volatile uint32_t *)0xE000ED88u)
#define FULL_ACCESS_TO_FPU (0xFu << 20)

extern uint32_t data_start[], data_end[], data_in_flash[], bss_start[], bss_end[], stack_top[];

int main(void);

static void fault(void) {
    board_say("a fault: the program ran into memory or an instruction that is not there\n");
    board_exit(3);
}

/* The stack is filled with a pattern up to where it is in use; what main and all below it overwrite is the depth. */
static void paint_stack(void) {
    const uint32_t *here = __builtin_frame_address(0);
    for (volatile uint32_t *place = bss_end; place < here - 16; place++) *place = BOARD_PAINT;
}

uint32_t board_stack_bytes(void) {
    const uint32_t *place = bss_end;
    while (place < stack_top && *place == BOARD_PAINT) place++;
    return (uint32_t)((uintptr_t)stack_top - (uintptr_t)place);
}

void reset(void) {
    COPROCESSOR_ACCESS |= FULL_ACCESS_TO_FPU;
    __asm__ volatile("dsb\n isb");
    memcpy(data_start, data_in_flash, (uintptr_t)data_end - (uintptr_t)data_start);
    memset(bss_start, 0, (uintptr_t)bss_end - (uintptr_t)bss_start);
    paint_stack();
    board_exit(main());
}

/* Initial stack pointer, reset, then the faults; no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, (const void *)reset, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault};

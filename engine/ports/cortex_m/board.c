/* board.c - semihosting and SysTick. Numbers and structures: Arm, "Semihosting for AArch32 and AArch64"; Armv7-M
 * Architecture Reference Manual, B3.3. */
#include "board.h"

#include <string.h>

enum semihosting { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };

#define OPEN_TO_READ 1u  /* "rb" */
#define OPEN_TO_WRITE 5u /* "wb" */
#define APPLICATION_EXIT 0x20026u

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)
#define SYSTICK_LARGEST 0xFFFFFFu
#define SYSTICK_ON_PROCESSOR_CLOCK 5u

static uint32_t call_host(uint32_t operation, const void *parameters) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameters;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int open_file(const char *name, uint32_t mode) {
    const uint32_t parameters[] = {(uint32_t)(uintptr_t)name, mode, (uint32_t)strlen(name)};
    return (int)call_host(SYS_OPEN, parameters);
}

int board_open_to_read(const char *name) { return open_file(name, OPEN_TO_READ); }

int board_open_to_write(const char *name) { return open_file(name, OPEN_TO_WRITE); }

size_t board_read(int file, void *memory, size_t bytes) {
    const uint32_t parameters[] = {(uint32_t)file, (uint32_t)(uintptr_t)memory, (uint32_t)bytes};
    return bytes - call_host(SYS_READ, parameters);
}

size_t board_write(int file, const void *memory, size_t bytes) {
    const uint32_t parameters[] = {(uint32_t)file, (uint32_t)(uintptr_t)memory, (uint32_t)bytes};
    return call_host(SYS_WRITE, parameters);
}

void board_say(const char *text) { call_host(SYS_WRITE0, text); }

void board_say_number(const char *name, uint32_t number) {
    char digits[12];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    digits[--at] = '\n';
    do digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    board_say(name);
    board_say(" ");
    board_say(digits + at);
}

void board_exit(int status) {
    const uint32_t parameters[] = {APPLICATION_EXIT, (uint32_t)status};
    for (;;) call_host(SYS_EXIT_EXTENDED, parameters);
}

void board_start_clock(void) {
    SYSTICK_RELOAD = SYSTICK_LARGEST;
    SYSTICK_VALUE = 0; /* any write starts again from the top */
    SYSTICK_CONTROL = SYSTICK_ON_PROCESSOR_CLOCK;
}

uint32_t board_ticks(void) { return SYSTICK_LARGEST - SYSTICK_VALUE; }

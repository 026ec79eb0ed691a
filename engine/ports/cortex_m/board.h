/* board.h - the little that a program needs of its board: files and text over semihosting (the debugger's or QEMU's
 * files), a count of instructions, the depth of the stack. A product replaces it by its codec and its clock. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#define BOARD_PAINT 0xA5C3A5C3u

/* A file of the machine outside, in its current folder; negative where it does not open. */
int board_open_to_read(const char *name);
int board_open_to_write(const char *name);

/* Read up to `bytes`; returns how many came. */
size_t board_read(int file, void *memory, size_t bytes);

/* Write all of `bytes`; returns how many did not go. */
size_t board_write(int file, const void *memory, size_t bytes);

void board_say(const char *text);
void board_say_number(const char *name, uint32_t number);
void board_exit(int status);

/* Ticks of the processor's clock since board_start_clock, at most 2^24 of them. Under `qemu -icount shift=0` every
 * instruction takes 1 ns, so a tick of a 25 MHz clock is 40 instructions. */
void board_start_clock(void);
uint32_t board_ticks(void);

/* The most stack that was ever in use. */
uint32_t board_stack_bytes(void);

#endif

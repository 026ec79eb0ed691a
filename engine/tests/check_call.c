/* check_call.c - patterns in registers, written and read by a few lines of assembly for each instruction set. */
#define _POSIX_C_SOURCE 200112L
#include "check_call.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "number/float_mode.h"

#define FENCE 64u
#define MOST_BLOCKS 64u

#if defined(__x86_64__) && defined(__ELF__)
#define HAS_REGISTERS 1
/* System V: rbx, rbp, r12 to r15 and rsp; the direction flag is clear. */
static const char *const names[] = {"rbx", "rbp", "r12", "r13", "r14", "r15", "rsp", "direction flag"};
#define REGISTERS 8u
__asm__(".text\n"
        ".p2align 4\n"
        ".type ln_test_call, @function\n"
        "ln_test_call:\n" /* rdi: what to call, rsi: where to write what was found */
        "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n  push %rsi\n"
        "  mov %rsp, ln_test_stack(%rip)\n"
        "  mov $0x11223301, %ebx\n  mov $0x11223302, %ebp\n  mov $0x11223303, %r12d\n"
        "  mov $0x11223304, %r13d\n  mov $0x11223305, %r14d\n  mov $0x11223306, %r15d\n"
        "  call *%rdi\n"
        "  mov %rsp, %rax\n"
        "  mov ln_test_stack(%rip), %rsp\n"
        "  sub %rsp, %rax\n"
        "  mov (%rsp), %rsi\n"
        "  mov %rbx, (%rsi)\n  mov %rbp, 8(%rsi)\n  mov %r12, 16(%rsi)\n"
        "  mov %r13, 24(%rsi)\n  mov %r14, 32(%rsi)\n  mov %r15, 40(%rsi)\n  mov %rax, 48(%rsi)\n"
        "  pushfq\n  pop %rax\n  and $0x400, %eax\n  mov %rax, 56(%rsi)\n"
        "  cld\n"
        "  pop %rsi\n  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n"
        "  ret\n"
        ".size ln_test_call, . - ln_test_call\n"
        ".local ln_test_stack\n"
        ".comm ln_test_stack, 8, 8\n");
static uint64_t expected(uint32_t i) { return i < 6 ? 0x11223301u + i : 0; }
#elif defined(__aarch64__) && defined(__ELF__)
#define HAS_REGISTERS 1
/* AAPCS64: x19 to x28, the lower halves of v8 to v15, sp. */
static const char *const names[] = {"x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
                                    "d8",  "d9",  "d10", "d11", "d12", "d13", "d14", "d15", "sp"};
#define REGISTERS 19u
#define LN_PATTERN(i) "  mov x9, #" #i "\n  movk x9, #0x1122, lsl #16\n"
__asm__(".text\n"
        ".p2align 4\n"
        ".type ln_test_call, %function\n"
        "ln_test_call:\n"
        "  stp x29, x30, [sp, #-176]!\n"
        "  stp x19, x20, [sp, #16]\n  stp x21, x22, [sp, #32]\n  stp x23, x24, [sp, #48]\n"
        "  stp x25, x26, [sp, #64]\n  stp x27, x28, [sp, #80]\n"
        "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
        "  str x1, [sp, #160]\n"
        "  adrp x9, ln_test_stack\n  add x9, x9, :lo12:ln_test_stack\n  mov x10, sp\n  str x10, [x9]\n"
        LN_PATTERN(0) "  mov x19, x9\n" LN_PATTERN(1) "  mov x20, x9\n" LN_PATTERN(2) "  mov x21, x9\n"
        LN_PATTERN(3) "  mov x22, x9\n" LN_PATTERN(4) "  mov x23, x9\n" LN_PATTERN(5) "  mov x24, x9\n"
        LN_PATTERN(6) "  mov x25, x9\n" LN_PATTERN(7) "  mov x26, x9\n" LN_PATTERN(8) "  mov x27, x9\n"
        LN_PATTERN(9) "  mov x28, x9\n" LN_PATTERN(10) "  fmov d8, x9\n" LN_PATTERN(11) "  fmov d9, x9\n"
        LN_PATTERN(12) "  fmov d10, x9\n" LN_PATTERN(13) "  fmov d11, x9\n" LN_PATTERN(14) "  fmov d12, x9\n"
        LN_PATTERN(15) "  fmov d13, x9\n" LN_PATTERN(16) "  fmov d14, x9\n" LN_PATTERN(17) "  fmov d15, x9\n"
        "  blr x0\n"
        "  mov x10, sp\n"
        "  adrp x9, ln_test_stack\n  add x9, x9, :lo12:ln_test_stack\n  ldr x11, [x9]\n  mov sp, x11\n"
        "  sub x10, x10, x11\n"
        "  ldr x1, [sp, #160]\n"
        "  stp x19, x20, [x1]\n  stp x21, x22, [x1, #16]\n  stp x23, x24, [x1, #32]\n  stp x25, x26, [x1, #48]\n"
        "  stp x27, x28, [x1, #64]\n  stp d8, d9, [x1, #80]\n  stp d10, d11, [x1, #96]\n  stp d12, d13, [x1, #112]\n"
        "  stp d14, d15, [x1, #128]\n  str x10, [x1, #144]\n"
        "  ldp x19, x20, [sp, #16]\n  ldp x21, x22, [sp, #32]\n  ldp x23, x24, [sp, #48]\n"
        "  ldp x25, x26, [sp, #64]\n  ldp x27, x28, [sp, #80]\n"
        "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
        "  ldp x29, x30, [sp], #176\n"
        "  ret\n"
        ".size ln_test_call, . - ln_test_call\n"
        ".local ln_test_stack\n"
        ".comm ln_test_stack, 8, 8\n");
static uint64_t expected(uint32_t i) { return i < 18 ? 0x11220000u + i : 0; }
#else
#define HAS_REGISTERS 0
#endif

#if HAS_REGISTERS
void ln_test_call(void (*thunk)(void), uint64_t *found);

static const char *changed_register(void (*thunk)(void)) {
    uint64_t found[REGISTERS];
    ln_test_call(thunk, found);
    for (uint32_t i = 0; i < REGISTERS; i++)
        if (found[i] != expected(i)) return names[i];
    return NULL;
}
#else
static const char *changed_register(void (*thunk)(void)) {
    thunk();
    return NULL;
}
#endif

int call_checks_registers(void) { return HAS_REGISTERS; }

const char *call_checked(void (*thunk)(void)) {
    const ln_float_mode before = ln_float_mode_read();
    const char *changed = changed_register(thunk);
    if (changed == NULL && ((ln_float_mode_read() ^ before) & LN_FLOAT_BITS) != 0) changed = "float mode";
    return changed;
}

typedef struct block {
    uint8_t *memory;
    size_t size;
    uint64_t seed; /* of what its fences hold */
} block;

static block blocks[MOST_BLOCKS];
static uint32_t block_count;

void *fenced(size_t size, uint64_t *seed) {
    CHECK(block_count < MOST_BLOCKS);
    block *b = &blocks[block_count++];
    *b = (block){aligned_block(size + 2 * FENCE), size, *seed};
    uint64_t s = b->seed;
    for (size_t i = 0; i < FENCE; i++) b->memory[i] = (uint8_t)draw(&s), b->memory[FENCE + size + i] = (uint8_t)draw(&s);
    for (size_t i = 0; i < size; i++) b->memory[FENCE + i] = (uint8_t)draw(seed);
    return b->memory + FENCE;
}

int fences_hold(void) {
    int hold = 1;
    for (uint32_t n = 0; n < block_count; n++) {
        const block *b = &blocks[n];
        uint64_t s = b->seed;
        for (size_t i = 0; i < FENCE; i++) {
            hold &= b->memory[i] == (uint8_t)draw(&s);
            hold &= b->memory[FENCE + b->size + i] == (uint8_t)draw(&s);
        }
        free(b->memory);
    }
    block_count = 0;
    return hold;
}

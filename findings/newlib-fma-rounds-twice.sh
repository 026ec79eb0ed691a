#!/bin/sh
# newlib 3.3.0 with gcc-arm-none-eabi 12.2.1 and qemu-system-arm 7.2 (all Debian 12), for Cortex-M3 and Cortex-M4F.
#
# Guess: fma(a, b, c) rounds once, as C demands and glibc does, at worst slowly.
# Seen: where the processor has no instruction for it, newlib computes a * b + c. (1 + 2^-30) * (1 - 2^-30) - 1 is 0, not -2^-60,
# so the error of a product, taken by fma, is always 0. That is fma on every Cortex-M4, whose FPU has floats only. fmaf is
# computed in double there without an FPU and rounded twice: 1.00048828 where 1.0004884 is the nearest.
# Needs arm-none-eabi-gcc, its newlib, qemu-system-arm and a C compiler on PATH.
set -eu
for tool in arm-none-eabi-gcc qemu-system-arm cc; do
    command -v "$tool" >/dev/null || { echo "$tool is not here: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"; exit 3; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
cat > see.c <<'C'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    volatile double a = 1 + 0x1p-30, b = 1 - 0x1p-30, one = 1;
    volatile float x = 1 + 0x1p-12f, little = 0x1p-80f;
    printf("fma %g fmaf %.9g\n", fma(a, b, -one), (double)fmaf(x, x, little));
    exit(0);
}
C
cat > start.c <<'C'
void _start(void);
void reset(void)
{
    *(volatile unsigned *)0xE000ED88 |= 0xFu << 20; /* the FPU, if there is one */
    _start();
}
__attribute__((section(".vectors"), used)) static void *const vectors[] = {(void *)0x20040000, (void *)reset};
C
see() {
    machine=$1
    shift
    arm-none-eabi-gcc -O2 -mthumb "$@" --specs=rdimon.specs see.c start.c -lm -Wl,--section-start=.vectors=0 -o see.elf
    timeout 60 qemu-system-arm -M "$machine" -nographic -monitor none -semihosting-config enable=on,target=native -kernel see.elf
}
cc -O2 see.c -lm -o see
here=$(./see)
m3=$(see mps2-an385 -mcpu=cortex-m3)
m4=$(see mps2-an386 -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16)
printf 'this machine: %s\nCortex-M3: %s\nCortex-M4F: %s\n' "$here" "$m3" "$m4"
[ "$here" = "fma -8.67362e-19 fmaf 1.0004884" ] && [ "$m3" = "fma 0 fmaf 1.00048828" ] && [ "$m4" = "fma 0 fmaf 1.0004884" ]

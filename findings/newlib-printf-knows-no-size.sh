#!/bin/sh
# newlib 3.3.0 with gcc-arm-none-eabi 12.2.1 and qemu-system-arm 7.2 (all Debian 12): printf does not know %zu, %td and %jd.
#
# Guess: the full newlib prints all formats of C99; only its small variant, newlib-nano, leaves some out, such as %lld.
# Seen: printf("%zu %d", (size_t)7, 8) prints "zu 7": the letters of the format, and each later value in the place of the one before, so a %s behind
# it takes a number for an address. GCC's -Wall -Werror is content. newlib-nano also prints "hd" for %hhd and "ld" for %lld.
# Needs arm-none-eabi-gcc, its newlib and qemu-system-arm on PATH.
set -eu
for tool in arm-none-eabi-gcc qemu-system-arm; do
    command -v "$tool" >/dev/null || { echo "$tool is not here: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"; exit 3; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
cat > see.c <<'C'
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    printf("%%ld: [%ld %d] ", 7L, 8);
    printf("%%zu: [%zu %d] ", (size_t)7, 8);
    printf("%%td: [%td %d] ", (ptrdiff_t)7, 8);
    printf("%%hhd: [%hhd %d] ", (signed char)7, 8);
    printf("%%jd: [%jd] ", (intmax_t)7);
    printf("%%lld: [%lld]\n", 123456789012LL);
    exit(0);
}
C
cat > start.c <<'C'
void _start(void);
__attribute__((section(".vectors"), used)) static void *const vectors[] = {(void *)0x20040000, (void *)_start};
C
see() {
    arm-none-eabi-gcc -O2 -Wall -Werror -mthumb -mcpu=cortex-m3 "$@" see.c start.c -Wl,--section-start=.vectors=0 -o see.elf
    timeout 60 qemu-system-arm -M mps2-an385 -nographic -monitor none -semihosting-config enable=on,target=native -kernel see.elf
}
full=$(see --specs=rdimon.specs)
nano=$(see --specs=nano.specs --specs=rdimon.specs)
printf 'newlib: %s\nnewlib-nano: %s\n' "$full" "$nano"
start="%ld: [7 8] %zu: [zu 7] %td: [td 7]"
[ "$full" = "$start %hhd: [7 8] %jd: [jd] %lld: [123456789012]" ] && [ "$nano" = "$start %hhd: [hd 7] %jd: [jd] %lld: [ld]" ]

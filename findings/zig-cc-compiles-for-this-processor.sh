#!/bin/sh
# ziglang 0.17.1 (PyPI), `zig cc`, on x86-64 Linux with a processor that has FMA.
#
# Guess: zig cc -O2 compiles for the baseline of x86-64, as clang and gcc do, and the program computes what theirs does.
# Seen: without -target it compiles for the processor that it runs on, as if -march=native was given: a * b + c becomes one
# fused multiplication and addition, which rounds once, and the result has other bits (-9.40429231e-07, not -9.53674316e-07). The binary
# may not start elsewhere. With -target x86_64-linux-gnu, the very machine that it is on, or -mcpu=x86_64, it is the baseline.
set -eu
grep -qw fma /proc/cpuinfo || { echo "this processor has no FMA, so there is nothing to see"; exit 3; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check ziglang==0.17.1
cd "$dir"
export ZIG_GLOBAL_CACHE_DIR="$dir/cache" ZIG_LOCAL_CACHE_DIR="$dir/cache"
cat > see.c <<'C'
#include <stdio.h>

int main(void)
{
    volatile float a = 1.001f, b = 0.999f, c = -1.0f;
    float product_and_sum = a * b + c;
#ifdef __FMA__
    printf("%.9g, compiled for FMA\n", product_and_sum);
#else
    printf("%.9g, compiled without FMA\n", product_and_sum);
#endif
    return 0;
}
C
see() {
    "$dir/venv/bin/python" -m ziglang cc -O2 "$@" see.c -o see
    ./see
}
alone=$(see)
target=$(see -target x86_64-linux-gnu)
cpu=$(see -mcpu=x86_64)
printf 'zig cc: %s\nzig cc -target x86_64-linux-gnu: %s\nzig cc -mcpu=x86_64: %s\n' "$alone" "$target" "$cpu"
[ "$alone" = "-9.40429231e-07, compiled for FMA" ] && [ "$target" = "-9.53674316e-07, compiled without FMA" ] && [ "$cpu" = "$target" ]

#!/bin/sh
# apytypes 0.5.1: a constant beside a fixed-point number wraps to that number's format before it is used, in comparisons too.
#
# Guess: with 4 bits before the point, x + 100 is out of reach and fails, saturates or grows, for x + y of two numbers grows by a bit.
# Seen: 100 becomes 4 first, so x + 100 is x + 4, x + 8 is x - 8, and x * 20 is x * 4; 0.01 becomes 0. An array compared with a constant does
# the same: elements of 0.5 are equal to 0.51, 16.5 and 32.5. A number of 0.5 that stands alone is not equal to them.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --no-compile --disable-pip-version-check apytypes==0.5.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" -W ignore - <<'PY'
import sys

from apytypes import APyFixed, APyFixedArray

array = APyFixedArray.from_float([0.5, 3.0], int_bits=4, frac_bits=4)
single = APyFixed.from_float(0.5, int_bits=4, frac_bits=4)
seen = {
    "array + 100": (array + 100).to_numpy().tolist(),
    "array + 8": (array + 8).to_numpy().tolist(),
    "array * 20": (array * 20).to_numpy().tolist(),
    "array * 0.01": (array * 0.01).to_numpy().tolist(),
    "single + 8": float(single + 8),
}
equal = {constant: (bool((array == constant)[0]), bool(single == constant)) for constant in (0.5, 0.51, 16.5, 32.5)}
print("array: [0.5, 3.0], single: 0.5")
for name, value in seen.items():
    print(f"{name}: {value}")
for constant, (first, other) in equal.items():
    print(f"0.5 equals {constant}: in the array {first}, alone {other}")
as_seen = list(seen.values()) == [[4.5, 7.0], [-7.5, -5.0], [2.0, 12.0], [0.0, 0.0], -7.5]
sys.exit(0 if as_seen and list(equal.values()) == [(True, True), (True, False), (True, False), (True, False)] else 1)
PY

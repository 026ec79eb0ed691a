"""Write engine/src/number/tables.h from tables.py: python -m linnet.numerics.write_tables engine/src/number/tables.h"""

from __future__ import annotations

import sys

from linnet.numerics.tables import SIGMOID_TABLE
from linnet.output.atomic import write_text

_HEAD = """\
/* Tables of the integer path. Generated, do not edit:
 *     python -m linnet.numerics.write_tables engine/src/number/tables.h
 * Mirror of numerics/tables.py: SIGMOID_TABLE. */
#ifndef LN_TABLES_H
#define LN_TABLES_H

#include <stdint.h>

/* sigmoid at exponent 15 of z = (128 i - 32768) / 2^11, i = 0..512 */
static const uint16_t ln_sigmoid_table[513] = {
"""
_TAIL = """\
};

#endif
"""


def tables_header() -> str:
    """The text of engine/src/number/tables.h."""
    points = [str(point) for point in SIGMOID_TABLE.tolist()]
    rows = [points[start : start + 12] for start in range(0, len(points), 12)]
    body = "".join(f"    {', '.join(row)},\n" for row in rows)
    return _HEAD + body + _TAIL


def main(arguments: list[str]) -> int:
    """Write the header to the one path given; returns the exit status."""
    if len(arguments) != 1:
        print(
            f"{len(arguments)} arguments came, one path is needed: engine/src/number/tables.h",
            file=sys.stderr,
        )
        return 2
    write_text(arguments[0], tables_header())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

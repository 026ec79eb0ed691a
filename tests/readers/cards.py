"""JSON within a card, with whether readers take it: what stands after `"more":`, and a closing brace follows it."""

from __future__ import annotations

TAKEN = (
    *('"\x20\x7f"', r'"\u0000"', r'"\u007f\u0080"', r'"\ud7ff\ue000"', r'"\ud800\udc00"', r'"\udbff\udfff"'),
    *('"\u0080"', "[1e307, 12e306]", "[1e-400, 0e307]", "[0, 10, 99]", "9" * 32, "1e" + "0" * 27 + "307"),
    *("[" * 63 + "]" * 63, '{"":{}}', "[ ]"),
)
REFUSED = (
    *(
        '"\x1f"',
        r'"\udc00"',
        r'"\udfff"',
        r'"\udbff\udbff"',
        r'"\ud800\ue000"',
        r'"\ud800\u0041"',
        r'"\u0g00"',
    ),
    *("1e308", "12e307", "9" * 33, "1e" + "0" * 28 + "307", "1.", "01", "-", "1e", "[" * 64 + "]" * 64),
    *(
        '"a\n',
        r'"\ud800',
        "{:1}",
        "{1}",
        '{"a"',
        "[1,",
        "[1",
        "[1}",
        '{"a":1]',
        "[,]",
        "{,}",
        "tru",
        "nulll",
        "1:",
        "1/",
    ),
)
"""Some end too early, so that the last brace would be theirs: a reader that goes on after a fault would take them."""

"""The pictures of explain/zeros.md, drawn and counted from one mask. `python docs/zeros.py` writes them to docs/images.

Standard library only.
"""

from __future__ import annotations

import random
from pathlib import Path

IMAGES = Path(__file__).resolve().parent / "images"
CELL, GAP = 18, 6
ROWS, COLUMNS, WINDOW, EACH = 8, 32, 8, 2
INK, FULL, EMPTY, SHADES = (
    "#333",
    "#2a6f97",
    "#e8e8e8",
    ("#f4a259", "#bc4b51", "#8cb369", "#5b8e7d", "#7d5ba6"),
)

Step = tuple[int, list[tuple[int, int]]]
"""First column of its window, and the (row, column) that it multiplies."""


def mask(seed: int = 6, share: float = 0.2) -> list[list[int]]:
    """Columns of the nonzeros of each row."""
    draw = random.Random(seed)
    return [[c for c in range(COLUMNS) if draw.random() < share] for _ in range(ROWS)]


def steps(rows: list[list[int]], *, slides: bool) -> list[Step]:
    """Two nonzeros of each row a step, in windows at fixed columns or from the first column that still waits."""
    left, found = [list(row) for row in rows], []
    while any(left):
        first = min(row[0] for row in left if row)
        first = first if slides else first // WINDOW * WINDOW
        taken = []
        for r, row in enumerate(left):
            inside = [c for c in row if c < first + WINDOW][:EACH]
            taken += [(r, c) for c in inside]
            left[r] = row[len(inside) :]
        found.append((first, taken))
    return found


def square(x: float, y: float, colour: str, text: str = "") -> str:
    """One cell, with a letter in it."""
    cell = f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" rx="2" fill="{colour}"/>'
    return cell + label(x + CELL / 2 - 1, y + CELL - 6, text, anchor="middle", colour="#fff")


def label(x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK) -> str:
    """A line of text."""
    if not text:
        return ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def picture(parts: list[str], width: int, height: int) -> str:
    """A whole SVG on white, so that it is seen on dark pages, too."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
    head += 'font-family="sans-serif" font-size="12">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#fff"/>', *parts, "</svg>", ""])


def grid(colours: dict[tuple[int, int], str], x: float, y: float) -> list[str]:
    """The mask, its nonzeros in colours."""
    return [
        square(x + c * CELL, y + r * CELL, colours.get((r, c), EMPTY))
        for r in range(ROWS)
        for c in range(COLUMNS)
    ]


def dense() -> str:
    """One dense step: a column of eight rows times one input."""
    full = {(r, c): FULL for r, row in enumerate(mask()) for c in row}
    parts = [
        label(10, 20, "One step of a dense kernel: column 4 of eight rows, times input 4. One of 32 steps.")
    ]
    parts += grid(full, 10, 34)
    parts.append(
        f'<rect x="{10 + 4 * CELL - 2}" y="32" width="{CELL + 2}" '
        f'height="{ROWS * CELL + 2}" fill="none" stroke="{INK}" stroke-width="2"/>'
    )
    used = sum(1 for r, c in full if c == 4)
    parts.append(
        label(
            10,
            200,
            f"Of these eight products {used} have a weight other than 0; the step takes as long as with eight.",
        )
    )
    return picture(parts, 600, 212)


def lookup() -> str:
    """One sparse step: two nonzeros of every row, fetched from a window."""
    first, taken = steps(mask(), slides=True)[0]
    parts = [label(10, 20, f"A window of {WINDOW} inputs in one register, a letter each:")]
    parts += [square(10 + i * CELL, 28, SHADES[0], chr(97 + i)) for i in range(WINDOW)]
    parts.append(
        label(
            10,
            74,
            "One step: two places for each of eight rows. The columns say which letter each place fetches.",
        )
    )
    for name, y in (("columns", 84), ("weights", 84 + CELL + GAP)):
        parts.append(label(10, y + 13, name))
        for r in range(ROWS):
            own = [c for row, c in taken if row == r]
            for e in range(EACH):
                x = 70 + (r * EACH + e) * CELL + r * GAP
                there = e < len(own)
                text = (chr(97 + own[e] - first) if name == "columns" else "w") if there else ""
                parts.append(
                    square(x, y, (SHADES[0] if name == "columns" else FULL) if there else EMPTY, text)
                )
    parts.append(
        label(
            10,
            154,
            f"{len(taken)} of {ROWS * EACH} places are full. "
            "Fetching, multiplying and adding are an instruction or two each, for all places.",
        )
    )
    return picture(parts, 680, 166)


def windows(*, slides: bool) -> tuple[list[str], int]:
    """The mask with each nonzero in the colour of its step, and the windows below; how many steps these are."""
    found = steps(mask(), slides=slides)
    colours = {place: SHADES[i % len(SHADES)] for i, (_, taken) in enumerate(found) for place in taken}
    parts = grid(colours, 10, 0)
    for i, (first, _) in enumerate(found):
        y = ROWS * CELL + 4 + i * 7
        width = min(WINDOW, COLUMNS - first) * CELL
        parts.append(
            f'<rect x="{10 + first * CELL}" y="{y}" width="{width - 2}" height="5" fill="{SHADES[i % len(SHADES)]}"/>'
        )
    return parts, len(found)


def sliding() -> str:
    """The same mask with windows that stand and windows that slide."""
    parts, y = [], 30
    nonzeros = sum(map(len, mask()))
    for slides, words in (
        (False, "Windows at fixed columns"),
        (True, "Windows that begin where a row still waits"),
    ):
        drawn, count = windows(slides=slides)
        share = round(100 * nonzeros / (count * ROWS * EACH))
        parts.append(label(10, y - 10, f"{words}: {count} steps, {share} % of their places full"))
        parts.append(f'<g transform="translate(0 {y})">' + "\n".join(drawn) + "</g>")
        y += ROWS * CELL + 4 + count * 7 + 34
    return picture(parts, 600, y - 20)


PICTURES = {"dense": dense, "lookup": lookup, "sliding": sliding}

if __name__ == "__main__":
    for name, draw_one in PICTURES.items():
        (IMAGES / f"zeros_{name}.svg").write_text(draw_one(), "utf-8")

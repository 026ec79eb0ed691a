"""A folder of texts to learn from and to score on: every text cut by position into train, val and test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from linnet.output.atomic import write_together, writing
from linnet.tasks.text.pieces import TextError


def split_texts(texts: Sequence[Path], out: Path, *, val: float, test: float) -> dict[str, int]:
    """Write the first part of each text to `out`/train, then `val`, then `test`; return the bytes of each.

    Of n bytes, the first int(n * (1 - val - test)) go to train, and those up to int(n * (1 - test)) to val.

    Raises:
        TextError: the shares leave nothing to train on, a text is empty, two texts have one name, or a file is there
            already.
        WriteError: the folder cannot be written.
        OSError: a text cannot be read.
    """
    if not (val >= 0 and test >= 0 and val + test < 1):
        raise TextError(
            f"shares of {val} for val and {test} for test leave nothing to train on; choose two whose sum is below 1."
        )
    parts: dict[Path, bytes] = {}
    sizes = {"train": 0, "val": 0, "test": 0}
    for path in texts:
        whole = path.read_bytes()
        if not whole:
            raise TextError(
                f"{path} is empty, so there is nothing to split; leave it out, or name another text."
            )
        ends = int(len(whole) * (1 - val - test)), int(len(whole) * (1 - test)), len(whole)
        for split, first, end in zip(sizes, (0, *ends), ends, strict=False):
            place = out / split / f"{path.stem}.txt"
            if first == end:
                continue
            if place in parts or place.exists():
                raise TextError(
                    f"{place} would be written twice or is there already, so {path} was not split; give each text "
                    "another name, and name an empty folder."
                )
            parts[place] = whole[first:end]
            sizes[split] += end - first
    for split in sizes:
        with writing(out):
            (out / split).mkdir(parents=True, exist_ok=True)
    write_together(parts)
    return sizes

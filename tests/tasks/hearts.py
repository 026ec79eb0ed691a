"""Recordings of generated hearts, as the task `ecg` reads them; for tests."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from linnet.audio.files import write_audio
from linnet.tasks.ecg.beats import RATE_HZ
from linnet.tasks.ecg.records import MILLIVOLTS


def write_hearts(root: Path, beats: int = 50) -> Path:
    """A folder with two hearts in `train` and one in `val`; every fifth beat is early, every seventh wide."""
    rows, peaks = [], []
    for number, split in enumerate(("train", "train", "val")):
        rng, name = np.random.default_rng(number), f"h{number}"
        symbols = ["V" if i % 7 == 6 else "S" if i % 5 == 4 else "N" for i in range(beats)]
        symbols[3] = "Q"
        places = np.cumsum([70 if each == "S" else 100 for each in symbols])
        wave = rng.normal(0, 0.01, places[-1] + 60)
        for place, symbol in zip(places, symbols, strict=True):
            width = 6 if symbol == "V" else 2
            wave += np.exp(-(((np.arange(wave.size) - place) / width) ** 2))
        path = root / f"records/{name}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, (wave / MILLIVOLTS).astype(np.float32)[:, None], RATE_HZ)
        rows.append((name, f"records/{name}.flac", split))
        peaks += [(name, place, symbol) for place, symbol in zip(places, symbols, strict=True)]
    write_list(root / "records.csv", ("record", "path", "split"), rows)
    write_list(root / "beats.csv", ("record", "sample", "aami"), peaks)
    return root


def write_list(path: Path, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])

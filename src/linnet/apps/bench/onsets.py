"""`linnet bench onsets`: what of speech is kept where it begins. The measuring itself is audio/onsets.py's business."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from rich.table import Table
from tyro.conf import arg

from linnet.apps.desk.console import finite, stdout
from linnet.apps.desk.contenders import names_apart, refuse_same_names
from linnet.apps.desk.models import choose, default_name
from linnet.apps.desk.pairs import Pair, pair_folders, refuse_mismatch
from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import audio_info, read_audio
from linnet.audio.onsets import FRICATIVE_HZ, Kept, kept

HALF_DB = 10 * float(np.log10(0.5))

Clean = Callable[[Pair], Any]
"""A pair's recording as a contender cleans it, float32 [samples, channels]."""


@dataclass(frozen=True)
class Onsets:
    """Measure how much of speech is kept at the beginning of phrases and of recordings.

    Initial fricatives (s, sh, f after a pause) lie where noise does, and a model that has only begun to listen may take
    speech for noise. 0 dB keeps all of it, -3 dB half of its power. Other denoisers stand beside by what they cleaned.
    """

    noisy: Annotated[Path, arg(metavar="DIR")]
    """The noisy recordings."""

    clean: Annotated[Path, arg(metavar="DIR")]
    """Their clean references, paired as in `linnet evaluate`."""

    model: tuple[str, ...] = ()
    """Models that ship with Linnet, or model files; the default model where none is named."""

    cleaned: tuple[str, ...] = ()
    """NAME=DIR: recordings that another denoiser has cleaned, each called as its noisy one and aligned with it."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: the folders do not pair, or no recording has the onsets that are measured.
        """
        pairs = pair_folders(self.noisy, self.clean)
        rows = [entry(name, pairs, cleans) for name, cleans in self._contenders(pairs).items()]
        if self.json:
            stdout.print_json(json.dumps(finite(rows)))
        else:
            stdout.print(table(rows))

    def _contenders(self, pairs: list[Pair]) -> dict[str, Clean]:
        found: dict[str, Clean] = {"noisy": partial(_cleaned_before, files={})}
        models = self.model or (default_name(),)
        called = names_apart(models)
        refuse_same_names([*found, *called, *(text.partition("=")[0] for text in self.cleaned)])
        for word, name in zip(models, called, strict=True):
            found[name] = partial(_denoised, denoiser=choose(word).denoiser)
        for text in self.cleaned:
            name, equals, folder = text.partition("=")
            if not equals or not name or not Path(folder).is_dir():
                raise Refusal(
                    f"--cleaned {text} names no folder; give NAME=DIR, as in rnnoise=cleaned/rnnoise."
                )
            files = {
                pair.noisy: other.noisy for pair, other in zip(pairs, _same(pairs, Path(folder)), strict=True)
            }
            found[name] = partial(_cleaned_before, files=files)
        return found


def _cleaned_before(pair: Pair, files: dict[Path, Path]) -> Any:
    """What stands in the file for this recording, or the recording itself."""
    return read_audio(files.get(pair.noisy, pair.noisy))[0]


def _denoised(pair: Pair, denoiser: Any) -> Any:
    noisy, rate_hz = read_audio(pair.noisy)
    return denoiser(noisy, sample_rate_hz=rate_hz)


def _same(pairs: list[Pair], folder: Path) -> list[Pair]:
    """The cleaned recording of every pair, as pairs with the same references."""
    found = {pair.clean: pair for pair in pair_folders(folder, _common(pairs))}
    missing = [pair.name for pair in pairs if pair.clean not in found]
    if missing:
        raise Refusal(
            f"{folder} lacks {missing[0]}, which is to be compared; clean all of the noisy recordings."
        )
    return [found[pair.clean] for pair in pairs]


def _common(pairs: list[Pair]) -> Path:
    """The folder of the references."""
    first = pairs[0]
    return first.clean.parents[len(Path(first.name).parts) - 1]


def entry(name: str, pairs: list[Pair], cleans: Clean) -> dict[str, Any]:
    """What one contender keeps, over all recordings and channels."""
    results: list[Kept] = []
    for pair in pairs:
        info = audio_info(pair.clean)
        refuse_mismatch(pair.noisy, audio_info(pair.noisy), pair.clean, info)
        reference, heard = read_audio(pair.clean)[0], cleans(pair)
        if heard.shape != reference.shape:
            raise Refusal(
                f"{pair.name} as {name} cleaned it has shape {heard.shape}, its reference {reference.shape}, so they "
                "cannot be compared; clean it anew without changing its length or channels."
            )
        results += [kept(a, b, info.sample_rate_hz) for a, b in zip(reference.T, heard.T, strict=True)]
    fricatives = [value for result in results for value in result.fricatives_db]
    starts = [result.start_db for result in results if result.start_db is not None]
    return {"name": name, "fricatives": summary(fricatives), "starts": summary(starts)}


def summary(values_db: list[float]) -> dict[str, Any]:
    """Count, median and worst of figures in dB, and how many lose more than half."""
    return {
        "count": len(values_db),
        "lost_more_than_half": sum(value < HALF_DB for value in values_db),
        "median_db": float(np.median(values_db)) if values_db else None,
        "worst_db": min(values_db, default=None),
        "all_db": values_db,
    }


def table(rows: list[dict[str, Any]]) -> Table:
    """One line for each contender."""
    heads = (f"fricatives > {FRICATIVE_HZ / 1000:g} kHz", "median, dB", "worst, dB")
    grid = Table("", *heads, "starts", "median, dB", "worst, dB", box=None, pad_edge=False)
    for row in rows:
        cells = [cell for part in ("fricatives", "starts") for cell in _cells(row[part])]
        grid.add_row(row["name"], *cells)
    grid.caption = "lost more than half of all; kept, in dB"
    return grid


def _cells(part: dict[str, Any]) -> list[str]:
    if not part["count"]:
        return ["none", "-", "-"]
    lost = f"{part['lost_more_than_half']} of {part['count']}"
    return [lost, f"{part['median_db']:.1f}", f"{part['worst_db']:.1f}"]

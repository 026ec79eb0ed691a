"""Which denoisers a comparison means: models of ours, commands of the user's, packages that are installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.apps.desk.models import SUFFIX, choose, model_path
from linnet.apps.desk.refusal import Refusal
from linnet.audio.resample import resample
from linnet.bench.cleaners import Cleaner, CommandCleaner, Facts, OwnModel, Untouched, command_cleaner
from linnet.bench.guests import GuestFailed
from linnet.bench.packaged import packaged_cleaners
from linnet.ir import packed_sizes, read_program
from linnet.life.following import account_of_clip, total
from linnet.output.quoting import one_line
from linnet.runtime import pretrained_names

Heard = Sequence[tuple[NDArray[np.float32], int]]
"""Noisy recordings [samples] and their rates."""

OWN_HELP = "Models that ship with Linnet, or model files; all that ship where none is named."
PEER_HELP = (
    "NAME=COMMAND, another denoiser: a command with {in} and {out}, which are WAV files. Its delay is measured, or "
    "given as NAME@MS=COMMAND. May be repeated."
)


def own_models(names: Sequence[str], heard: Heard) -> list[OwnModel]:
    """Load models; their effective products are counted on some recordings.

    Raises:
        Refusal: there is no such model.
    """
    found = []
    words = names or pretrained_names()
    for name, called in zip(words, names_apart(words), strict=True):
        chosen, program = choose(name), read_program(model_path(name))
        rate_hz = chosen.denoiser.sample_rate_hz
        clips = [clip if hz == rate_hz else resample(clip, hz, rate_hz) for clip, hz in heard]
        account = total(account_of_clip(program, chosen.denoiser.model, clip) for clip in clips)
        frames_per_s = rate_hz / int(chosen.denoiser.model.info.hop)
        facts = Facts(
            dense_macs_per_s=packed_sizes(program).total.dense_macs * frames_per_s,
            effective_macs_per_s=sum(account.macs) / account.frames * frames_per_s,
            macs_from="counted in the program",
            delay_ms=chosen.denoiser.algorithmic_latency_ms,
            delay_from="the window",
        )
        found.append(OwnModel(called, chosen.denoiser, facts))
    return found


def names_apart(models: Sequence[str]) -> list[str]:
    """What tables call these models: the name of the file, or its path where two files have the same name."""
    stems = [Path(word).stem if Path(word).suffix == SUFFIX else word for word in models]
    return [word if stems.count(stem) > 1 else stem for word, stem in zip(models, stems, strict=True)]


def refuse_same_names(names: Sequence[str]) -> None:
    """Refuse contenders that a table could not tell apart.

    Raises:
        Refusal: two have the same name.
    """
    for name in names:
        if list(names).count(name) > 1:
            raise Refusal(
                f"two contenders are called {one_line(name)}, so their figures could not be told apart; name each "
                "model once, and give others a name of their own."
            )


def contenders(
    models: Sequence[str], commands: Sequence[str], heard: Heard, *, packaged: bool
) -> tuple[list[Cleaner], list[str]]:
    """All that is compared: the noisy recordings, ours, and others; and a line about each that is not installed.

    Raises:
        Refusal: one cannot be had, or two have the same name.
    """
    named = [text.partition("=")[0].partition("@")[0] for text in commands]
    refuse_same_names([Untouched().name, *names_apart(models or pretrained_names()), *named])
    peers, missing = others(commands, heard, packaged=packaged)
    found: list[Cleaner] = [Untouched(), *own_models(models, heard), *peers]
    refuse_same_names([cleaner.name for cleaner in found])
    return found, missing


def others(
    commands: Sequence[str], heard: Heard, *, packaged: bool
) -> tuple[list[CommandCleaner], list[str]]:
    """Find other denoisers and the delay of their output; and say which packages are not installed.

    Raises:
        Refusal: a command has not the form NAME=COMMAND, or does not clean.
    """
    try:
        found, missing = packaged_cleaners() if packaged else ([], [])
        found += [command_cleaner(text) for text in commands]
        for cleaner in found:
            cleaner.find_lag(heard)
    except (ValueError, GuestFailed) as error:
        raise Refusal(str(error)) from error
    return found, missing

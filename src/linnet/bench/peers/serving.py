"""What all guest programs do: build once, answer for a few frames, then time as many calls as they are told to.

One JSON object per line on the pipe. First `ready` (or `missing`, or `failed`), then for {"calls": n} or
{"cold": bytes} one {"seconds": s}. Whatever a guest prints goes to stderr. The end of the pipe ends the program.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from linnet.bench.caches import evict
from linnet.bench.network import Network, load

Frames = NDArray[np.float32]


@dataclass(frozen=True)
class Peer:
    """A network in a guest's hands, at rest."""

    step: Callable[[int], object]
    """Makes one call: runs frame number `index` through, and waits until it is done."""

    answer: Callable[[], NDArray[Any]]
    """The gains of the last call, [bins] in any shape."""

    versions: dict[str, str]
    """Of every library that does the work."""

    keeps: object = None
    """Memory that a guest uses but does not own."""


Build = Callable[[Network, Frames, str], Peer]
"""Network in float32, frames [frames, bins], name of the variant."""


def serve(module: str, model: Path, variant: str) -> None:
    """Be a guest program: build the peer of that module of peers/ and answer until the pipe ends."""
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        build: Build = import_module(f"linnet.bench.peers.{module}").build
        network, frames = load(model)
        peer = build(network, frames, variant)
        answers = []
        for index in range(len(frames)):
            peer.step(index)
            answers.append(np.array(peer.answer(), np.float64).ravel().tolist())
    except ModuleNotFoundError as error:
        _say(pipe, missing=error.name or str(error))
    except Exception as error:
        traceback.print_exc()
        _say(pipe, failed=f"{type(error).__name__}: {error}".splitlines()[0])
    else:
        _say(pipe, ready=True, versions=peer.versions, answers=answers)
        _answer_requests(pipe, peer, len(frames))


def _answer_requests(pipe: TextIO, peer: Peer, frames: int) -> None:
    gc.collect()
    gc.disable()
    for line in sys.stdin:
        asked = json.loads(line)
        if "cold" in asked:
            evict(asked["cold"])
        _say(pipe, seconds=timed(peer.step, asked.get("calls", 1), frames))


def timed(step: Callable[[int], object], calls: int, frames: int) -> float:
    """Seconds of `calls` calls, over the frames in turn."""
    start = perf_counter()
    for index in range(calls):
        step(index % frames)
    return perf_counter() - start


def _say(pipe: TextIO, **what: Any) -> None:
    pipe.write(json.dumps(what) + "\n")
    pipe.flush()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3])

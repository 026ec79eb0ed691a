"""`linnet bench`: what can be measured on this machine, a command each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import subcommand

from linnet.apps.bench.beats import Beats
from linnet.apps.bench.energy import Energy
from linnet.apps.bench.engine import Engine
from linnet.apps.bench.kernels import Kernels
from linnet.apps.bench.kinds import Kinds
from linnet.apps.bench.listen import Listen
from linnet.apps.bench.onsets import Onsets
from linnet.apps.bench.quality import Quality
from linnet.apps.bench.streams import Streams
from linnet.apps.bench.train import Train
from linnet.apps.bench.words import Words


@dataclass(frozen=True)
class Bench:
    """Measure on this machine."""

    action: (
        Annotated[Engine, subcommand("engine")]
        | Annotated[Kernels, subcommand("kernels")]
        | Annotated[Streams, subcommand("streams")]
        | Annotated[Energy, subcommand("energy")]
        | Annotated[Train, subcommand("train")]
        | Annotated[Onsets, subcommand("onsets")]
        | Annotated[Quality, subcommand("quality")]
        | Annotated[Kinds, subcommand("kinds")]
        | Annotated[Listen, subcommand("listen")]
        | Annotated[Words, subcommand("words")]
        | Annotated[Beats, subcommand("beats")]
    )

    def run(self) -> None:
        """Do what was chosen."""
        self.action.run()

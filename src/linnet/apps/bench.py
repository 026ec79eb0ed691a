"""`linnet bench`: what can be measured on this machine, a command each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import subcommand

from linnet.apps.bench_energy import Energy
from linnet.apps.bench_engine import Engine


@dataclass(frozen=True)
class Bench:
    """Measure on this machine."""

    action: Annotated[Engine, subcommand("engine")] | Annotated[Energy, subcommand("energy")]

    def run(self) -> None:
        """Do what was chosen."""
        self.action.run()

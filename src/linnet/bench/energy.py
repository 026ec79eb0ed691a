"""Joules of one frame from RAPL, the energy counters of the processor, where Linux shows them.

They count the whole processor package, so the frames should be all that runs; what it draws while idle is measured
beside, not taken off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
MICRO = 1e-6


class EnergyRefused(RuntimeError):
    """This machine shows no energy counter."""


@dataclass(frozen=True)
class Package:
    """The counter of one processor package: microjoules that begin anew after `range_uj`."""

    name: str
    counter: Path
    range_uj: int

    def read_uj(self) -> int:
        """Where the counter stands.

        Raises:
            EnergyRefused: it may not be read.
        """
        try:
            return int(self.counter.read_text("ascii"))
        except PermissionError as error:
            raise EnergyRefused(
                f"{self.counter} may not be read by this user, so no joules can be measured; run as root, or allow "
                f"reading it: sudo chmod o+r {self.counter}"
            ) from error


def packages(powercap: Path = POWERCAP) -> list[Package]:
    """The counters of whole packages; those of their parts (cores, memory) are left out.

    Raises:
        EnergyRefused: there is none.
    """
    found = []
    for folder in sorted(powercap.glob("*-rapl:*")):
        name = folder / "name"
        if name.is_file() and name.read_text("ascii").startswith("package"):
            limit = int((folder / "max_energy_range_uj").read_text("ascii"))
            found.append(Package(name.read_text("ascii").strip(), folder / "energy_uj", limit))
    if not found:
        raise EnergyRefused(
            f"{powercap} shows no energy counter of a processor package, as on virtual machines and on systems other "
            "than Linux, so no joules can be measured; measure on a machine that has RAPL."
        )
    return found


def joules(work: Callable[[], None], counters: list[Package]) -> float:
    """What all packages took while `work` ran; it must take less than the counters' range, minutes at least.

    Raises:
        EnergyRefused: a counter may not be read.
    """
    before = [counter.read_uj() for counter in counters]
    work()
    after = [counter.read_uj() for counter in counters]
    spent = zip(before, after, counters, strict=True)
    return MICRO * sum((last - first) % (counter.range_uj + 1) for first, last, counter in spent)

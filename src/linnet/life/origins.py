"""Where a model comes from: the device that trained it. What it learned from, its task says."""

from pathlib import Path

from linnet.train.journal import read_journal


def trained_on(log: Path) -> str:
    """The device that a run's journal names last; this machine's may be another."""
    devices = [entry["device"] for entry in read_journal(log) if "device" in entry]
    return str(devices[-1]) if devices else "not recorded"

"""What `linnet study run` shows: a table that lives while somebody watches, else a line for each event."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rich.live import Live
from rich.table import Table

from linnet.apps.desk.console import Terminal, duration_text

REFRESHES_PER_SECOND = 2


class StudyProgress:
    """Hears what happens to trials and shows it, until the `with` statement ends."""

    def __init__(self, trials: int, console: Terminal) -> None:
        """Begin with so many trials to do.

        A trial in this process turns sys.stderr into its own log, so a terminal is held to where it is now.
        """
        self.trials, self.done = trials, 0
        self.failed: list[str] = []
        self.best: tuple[float, str] | None = None
        self.running: dict[str, tuple[str, str, float]] = {}  # by key: name, where, since
        self._began = time.monotonic()
        self._console = console
        self._live: Live | None = None
        if console.is_terminal:
            own = Terminal(file=sys.stderr, markup=False, emoji=False)
            self._console = own
            self._live = Live(
                get_renderable=self.table,
                console=own,
                refresh_per_second=REFRESHES_PER_SECOND,
                redirect_stdout=False,
                redirect_stderr=False,
            )

    def __enter__(self) -> StudyProgress:
        """Begin to show."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the table as it is."""
        if self._live:
            self._live.stop()

    def hear(self, event: Any) -> None:
        """Take note of an event of study/driver.py and say it."""
        name = f"{event.trial.key} {described(event.trial.settings)}"
        if event.kind == "begun":
            self.running[event.trial.key] = (name, event.where, time.monotonic())
            self._say(f"begun  {name}" + (f" on {event.where}" if event.where else ""))
            return
        self.running.pop(event.trial.key, None)
        if event.kind == "lost":
            self._say(f"lost   {name}: {event.reason}", always=True)
            return
        self.done += 1
        if event.kind == "failed":
            self.failed.append(event.reason)
            self._say(f"failed {name}: {event.reason}", always=True)
            return
        if event.kind == "stopped":
            self._say(f"stopped {name}: {event.reason}", always=True)
            return
        score = event.result["scores"]["val"]["integer_db"]
        self.best = max(self.best or (score, name), (score, name))
        self._say(
            f"done   {name}: {score:.2f} dB in {duration_text(event.seconds)}; "
            f"{self.done} of {self.trials}, about {duration_text(self.seconds_left())} left"
        )

    def _say(self, line: str, *, always: bool = False) -> None:
        if self._live is None or always:
            self._console.print(line, soft_wrap=True)

    def seconds_left(self) -> float:
        """How long it takes if the trials to come take as long, with as many side by side, as those that ended."""
        if not self.done:
            return float("nan")
        return (self.trials - self.done) * (time.monotonic() - self._began) / self.done

    def table(self) -> Table:
        """What is known now: how many trials run, wait and are done, the best of them, and every one that runs."""
        now = time.monotonic()
        waiting = self.trials - self.done - len(self.running)
        table = Table(box=None, header_style="bold", title_justify="left")
        for heading in ("running", "waiting", "done", "failed", "left", "best on val"):
            table.add_column(heading, justify="left" if heading == "best on val" else "right")
        best = f"{self.best[0]:.2f} dB, {self.best[1]}" if self.best else "none yet"
        left = f"about {duration_text(self.seconds_left())}" if self.done else "not known yet"
        counts = (len(self.running), waiting, self.done - len(self.failed), len(self.failed))
        table.add_row(*map(str, counts), left, best)
        for name, where, since in self.running.values():
            place = f" on {where}" if where else ""
            table.add_row("", "", "", "", duration_text(now - since), f"runs: {name}{place}")
        return table


def described(settings: dict[str, Any]) -> str:
    """The values of the axes in one line."""
    return " ".join(f"{key.split('.')[-1]}={value}" for key, value in settings.items())

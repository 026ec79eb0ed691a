"""Which trials are hopeless before their end, so that a study may spend its hours on others. An option, off by default.

The rule is successive halving without waiting (ASHA; Li et al. 2020, arXiv:1810.05934): at a rung, a share of its
updates, a trial goes on if its validation score is among the best of those that have come so far. Here it is compared
only with trials that cost no more and differ by more than their seed. ASHA of Ray Tune compares all trials by score
alone, so only the widest models would be left, and no front; it also owns the loop of training, and a study must run
without Ray. What others have scored is read from their logs, in the folder of the study.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from linnet.life.parameters import parameter_count
from linnet.study.ledger import Ledger
from linnet.study.points import SEED
from linnet.study.settings import Stopping, StudyError
from linnet.study.space import Trial
from linnet.train.journal import read_journal


class Hopeless(Exception):
    """A trial that is stopped at a rung; says why."""


@dataclass(frozen=True)
class Contender:
    """A trial as the rule sees it: updates of its rungs, how many weights stay, its settings without the seed."""

    key: str
    rungs: tuple[int, ...]
    cost: float
    settings: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Rule:
    """Who is compared with whom, and which share goes on."""

    keep: float
    contenders: dict[str, Contender]

    def watch(self, key: str, ledger: Ledger, measure: str) -> Callable[[int, dict[str, Any]], None]:
        """What is to hear the entries of a trial's log: it raises Hopeless at a rung that the trial does not pass."""
        own = self.contenders[key]

        def heard(update: int, entry: dict[str, Any]) -> None:
            if measure in entry and update in own.rungs:
                rung = own.rungs.index(update)
                self.require_hope(entry[measure], self.others(own, rung, ledger, measure), update)

        return heard

    def others(self, own: Contender, rung: int, ledger: Ledger, measure: str) -> list[float]:
        """The scores at a rung of trials that cost no more than one, and are no seeds of it."""
        found = []
        for other in self.contenders.values():
            if other.cost <= own.cost and other.settings != own.settings:
                journal = read_journal(ledger.place(other.key) / "run" / "log.jsonl")
                found += [e[measure] for e in journal if e["update"] == other.rungs[rung] and measure in e]
        return found

    def require_hope(self, score: float, others: Sequence[float], update: int) -> None:
        """Refuse to go on with a score that is not among the best of those at the rung.

        Raises:
            Hopeless: it is not.
        """
        better = sum(other > score for other in others)
        if better >= math.ceil(self.keep * (len(others) + 1)):
            raise Hopeless(
                f"{score:.2f} dB after {update} updates, and {better} of {len(others)} that cost no more had more"
            )


def rule_of(stopping: Stopping, trials: Sequence[Trial]) -> Rule | None:
    """The rule of a study; None where it stops nothing.

    Raises:
        StudyError: a trial is not validated before its end.
    """
    if not stopping.rungs:
        return None
    return Rule(stopping.keep, {trial.key: _contender(trial, stopping) for trial in trials})


def _contender(trial: Trial, stopping: Stopping) -> Contender:
    training = trial.recipe.training
    every = training.validate_every
    rungs = tuple(math.ceil(share * training.updates / every) * every for share in stopping.rungs)
    if rungs[-1] >= training.updates:
        raise StudyError(
            f"[stopping] looks at {stopping.rungs[-1]:g} of {training.updates} updates, and the recipe validates every "
            f"{every}, so there is no score before the end; lower training.validate_every, or remove [stopping]."
        )
    settings = tuple((key, value) for key, value in trial.settings.items() if key != SEED)
    cost = parameter_count(trial.recipe) * trial.recipe.sparsity.density
    return Contender(trial.key, rungs, cost, settings)

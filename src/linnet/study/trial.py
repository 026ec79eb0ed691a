"""One trial: the whole life of a model, from its recipe to its result. Stopped at any point, it goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import jax
from jax.experimental.compilation_cache import compilation_cache

from linnet.bench.contenders import EngineContender
from linnet.bench.machine import machine
from linnet.bench.timing import take_turns
from linnet.life.measured import Example, measure_model
from linnet.life.twin import score_schemes
from linnet.life.whole import make_model
from linnet.output.atomic import write_text
from linnet.study.ledger import Ledger
from linnet.study.settings import Measures
from linnet.study.space import Trial
from linnet.study.stopping import Rule
from linnet.train.journal import heard_by

STEP_ROUNDS = 15
LEAST_SECONDS_TO_KEEP = 0.2  # what XLA compiled faster is not worth a file


def do_trial(
    trial: Trial, data: str | Path, ledger: Ledger, measures: Measures, rule: Rule | None = None
) -> dict[str, Any]:
    """Train, deploy and measure what is not yet; write the result into the ledger and return it.

    What training says goes into the trial's own log.

    Raises:
        Hopeless: the rule ends it.
        what training, lowering and scoring raise; what was reached stays.
    """
    place, began = ledger.place(trial.key), time.monotonic()
    place.mkdir(parents=True, exist_ok=True)
    recipe_path = place / "recipe.toml"
    if not recipe_path.exists():
        write_text(recipe_path, trial.text)
    watched = (
        heard_by(rule.watch(trial.key, ledger, trial.recipe.task.measure.key)) if rule else nullcontext()
    )
    with _spoken_to(place / "trial.log"), watched:
        made = make_model(recipe_path, Path(data), place)
        measured = measure_model(made.model, trial.recipe, data, perceptual=measures.perceptual)
        schemes = score_schemes(made.run, Path(data), measures.schemes) if measures.schemes else {}
    result = {
        "key": trial.key,
        "settings": trial.settings,
        "recipe": trial.text,
        "measures": {"perceptual": measures.perceptual, "schemes": list(measures.schemes)},
        "step_us": None if measured.example is None else step_us(made.model, measured.example),
        "twins": schemes,
        "machine": machine(),
        "life_seconds": round(time.monotonic() - began, 2),
        **measured.values,
    }
    ledger.write_result(trial.key, result)
    return result


def step_us(model: Path, example: Example) -> dict[str, float]:
    """Microseconds of one step of the engine here, on one thread: the median and the best of the rounds."""
    contender = EngineContender(model.read_bytes(), example.codes, example.sound)
    times = take_turns({"step": contender.step_in_c}, rounds=STEP_ROUNDS)["step"]
    return {"median": times.median_us, "minimum": times.minimum_us}


@contextmanager
def compiled_kept(folder: Path) -> Iterator[None]:
    """Keep what XLA compiles in a folder: trials that differ by their seed alone are compiled once.

    JAX looks at its settings once, at the first compilation, and then keeps the cache it found; so it is made to look
    again on the way in and on the way out. Relative folders are resolved here, for the caller may go elsewhere.
    """
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: getattr(jax.config, name) for name in names}
    jax.config.update(names[0], str(folder.resolve()))
    jax.config.update(names[1], LEAST_SECONDS_TO_KEEP)
    compilation_cache.reset_cache()
    try:
        yield
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()


@contextmanager
def _spoken_to(log: Path) -> Iterator[None]:
    with open(log, "a", encoding="utf-8") as file, redirect_stderr(file), redirect_stdout(file):
        yield

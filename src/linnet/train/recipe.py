"""A recipe: everything that decides what a training run will give, as typed values read from one TOML file.

Unknown keys and values of the wrong type are refused by name. Paths are no part of a recipe: the same recipe
trains on any data.
"""

import dataclasses
import tomllib
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from linnet.output.quoting import file_name_fault
from linnet.tasks import registry
from linnet.tasks.contract import Task
from linnet.train.imposed import (
    DistillationSettings,
    PenaltySettings,
    PruningSettings,
    QuantizationSettings,
    RelufySettings,
    reached,
)
from linnet.train.model import ModelSettings

LONGEST_NAME_BYTES = 63
"""Of the name of a recipe and its model: what the engine keeps of it (linnet_info)."""


class RecipeError(ValueError):
    """A recipe that cannot be trained; the message names the key."""


@dataclass(frozen=True)
class OptimizerSettings:
    """Adam for the state space, AdamW for the rest, a linear warm-up, then a cosine down to `final_fraction`.

    With `matrix_learning_rate` > 0 all matrices are moved by Muon (orthogonalised momentum) at that rate instead.
    """

    learning_rate: float = 4e-3
    ssm_learning_rate: float = 1e-3
    matrix_learning_rate: float = 0.0
    weight_decay: float = 0.04
    warmup_updates: int = 200
    final_fraction: float = 1e-3
    clip_norm: float = 5.0

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if not (value >= 0 and isfinite(value)):
                raise ValueError(f"{each.name}={value} cannot be followed; give a finite number, 0 or more.")


@dataclass(frozen=True)
class TrainingSettings:
    """How long, and how often to look."""

    updates: int = 1000
    seed: int = 0
    norm_momentum: float = 0.01
    validate_every: int = 500
    checkpoint_every: int = 250
    validation_clips: int = 96
    validation_seed: int = 7
    other_front_end: bool = False
    """Whether a model file that training begins with may have heard another front end: its weights then learn anew
    what they hear."""

    def __post_init__(self) -> None:
        for name in ("updates", "validate_every", "checkpoint_every", "validation_clips"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name}={getattr(self, name)} would leave no trained model; give 1 or more."
                )
        if not 0 < self.norm_momentum <= 1:
            raise ValueError(
                f"norm_momentum={self.norm_momentum} is no share of a new value; choose more than 0, up to 1."
            )
        if min(self.seed, self.validation_seed) < 0:
            raise ValueError(
                f"seed={self.seed} and validation_seed={self.validation_seed} seed no generator; give 0 or more."
            )


@dataclass(frozen=True)
class ComputationSettings:
    """How an update is worked out: time, memory and rounding, not what is learned from what."""

    products: Literal["float32", "bfloat16"] = "float32"
    """Type in which matrix products are multiplied. Sums, states and weights stay float32 either way; derivatives of
    matrices come rounded to this type."""
    recurrence: Literal["quickest", "compiled", "sequential", "chunked", "associative"] = "quickest"
    """Form of the recurrence (nn/scan.py); quickest chooses by device and length."""
    chunk: int = 64
    """Frames of a chunk where the recurrence is chunked."""
    parts: int = 1
    """A batch is worked on in this many parts, one after the other, to need less memory; each normalises by itself."""

    def __post_init__(self) -> None:
        for name in ("parts", "chunk"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} cuts nothing; give 1 or more.")


@dataclass(frozen=True)
class Recipe:
    """What to train, for which task, how; see each table's own class."""

    name: str
    licence: str = "not stated"
    """Of the trained model, for its card: yours to choose, with an eye on the recordings it learned from."""
    task: Task = field(default_factory=registry.kind_of(registry.DEFAULT))
    """In TOML its name; the fields of its dataclass are tables beside those below."""
    model: ModelSettings = field(default_factory=ModelSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    relufication: RelufySettings = field(default_factory=RelufySettings)
    sparsity: PruningSettings = field(default_factory=PruningSettings)
    quantization: QuantizationSettings = field(default_factory=QuantizationSettings)
    penalty: PenaltySettings = field(default_factory=PenaltySettings)
    distillation: DistillationSettings = field(default_factory=DistillationSettings)
    computation: ComputationSettings = field(default_factory=ComputationSettings)

    def __post_init__(self) -> None:
        self.model.bands_of(self.task)
        if self.model.bands and self.sparsity.score == "effect":
            raise ValueError(
                f"score='effect' needs the size of what each weight reads, and bands={self.model.bands} share weights; "
                "choose score='magnitude', or bands=0."
            )
        fault = file_name_fault(self.name, longest_bytes=LONGEST_NAME_BYTES)
        if fault is not None:
            raise ValueError(
                f"name={self.name!r} cannot name a model file, for {fault}; choose another name."
            )
        for table, first in self.first_updates().items():
            if first > self.training.updates:
                raise ValueError(
                    f"{table} would act in full from update {first} on, and the run has {self.training.updates}; "
                    "give it an earlier start or end, or masks more often (every), or more updates."
                )

    def first_updates(self) -> dict[str, int]:
        """By table, the first update, from 1, that is made under all that the table will ever impose."""
        updates = self.training.updates
        done = {"relufication": reached(max((0.0, *self.relufication.moments())), updates)}
        if self.sparsity.density < 1:
            done["sparsity"] = self.sparsity.last_choice(updates)
        if self.quantization.scheme != "none":
            done["quantization"] = reached(self.quantization.start, updates)
        return {table: moves + 1 for table, moves in done.items()}


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file; RecipeError says which key of which table is wrong."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{path} cannot be read as a recipe ({error}); name a TOML file, e.g. one of recipes/."
        ) from error
    return parse_recipe(text, str(path), own_tasks=True)


def parse_recipe(text: str, source: str = "recipe", *, own_tasks: bool = False) -> Recipe:
    """The recipe that a TOML text describes; `source` is named in errors.

    With `own_tasks` its task may be a class of a module, which is imported: code runs. A text that came with a model
    file is never read so.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{source} is not TOML ({error}); correct that line.") from error
    kind = _kind_of_task(table.pop("task", registry.DEFAULT), source, own_tasks)
    own = typing.get_type_hints(kind)
    _refuse_unknown(table, [*typing.get_type_hints(Recipe), *own], source)
    task = _build(kind, {key: value for key, value in table.items() if key in own}, source)
    rest = {key: value for key, value in table.items() if key not in own}
    recipe: Recipe = _build(Recipe, rest, source, task=task)
    return recipe


def _kind_of_task(name: Any, source: str, own_tasks: bool) -> type[Task]:
    """The dataclass of the task that a recipe names."""
    if not isinstance(name, str):
        raise RecipeError(f"{source}: task is {name!r}, but must be a name; write it in quotes.")
    if ":" in name and not own_tasks:
        raise RecipeError(
            f"{source}: task={name!r} is code of its author, which runs only where you name a recipe file or a run "
            "yourself; do this with linnet train or linnet quantize."
        )
    try:
        return registry.kind_of(name)
    except ValueError as error:
        raise RecipeError(f"{source}: {error}") from error


WANTED = {int: "a whole number", float: "a number", str: "a text in quotes", bool: "true or false"}
"""What a person writes for a value of a type."""


def _refuse_unknown(table: dict[str, Any], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise RecipeError(f"{where}: unknown key {unknown[0]!r}; known keys are {', '.join(known)}.")


def _build(kind: type, table: dict[str, Any], where: str, **given: Any) -> Any:
    """The dataclass `kind` filled from a TOML table and from what is given, refusing what does not belong."""
    hints = typing.get_type_hints(kind)
    _refuse_unknown(table, hints, where)
    missing = [
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING
        and f.default_factory is dataclasses.MISSING
        and f.name not in table
    ]
    if missing:
        raise RecipeError(f"{where}: the key {missing[0]!r} is missing; add it.")
    values = {key: _value(hints[key], value, f"{where}: {key}") for key, value in table.items()}
    try:
        return kind(**values, **given)
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from error


def _value(hint: Any, value: Any, where: str) -> Any:
    """`value` as the type that `hint` asks for, or a RecipeError."""
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise RecipeError(
                f"{where} is {value!r}, not a table; write [{where.split()[-1]}] and its keys below."
            )
        return _build(typing.cast(type, hint), value, where)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        if value not in arguments:
            raise RecipeError(f"{where} is {value!r}; choose one of {', '.join(map(repr, arguments))}.")
        return value
    if origin is tuple:
        return _tuple(arguments, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise RecipeError(f"{where} is {value!r}, but must be {WANTED.get(hint, hint.__name__)}; correct it.")
    return value


def _tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise RecipeError(f"{where} is {value!r}, not a list; write it in square brackets.")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        arguments = (arguments[0],) * len(value)
    if len(arguments) != len(value):
        raise RecipeError(f"{where} has {len(value)} entries; give {len(arguments)}.")
    return tuple(_value(hint, each, where) for hint, each in zip(arguments, value, strict=True))

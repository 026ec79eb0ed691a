"""`linnet bench beats`: how well models tell heartbeats apart. bench/beats.py measures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import arg

from linnet.apps.desk.console import finite, stdout
from linnet.apps.desk.contenders import names_apart
from linnet.apps.desk.refusal import Refusal, import_from_extra, require_recordings
from linnet.bench.beats import Network, beat_us, by_engine, judged
from linnet.bench.machine import machine
from linnet.ir import packed_sizes, read_program
from linnet.life.accounts import stored_accounting
from linnet.output.quoting import markdown_row
from linnet.runtime import Model
from linnet.tasks.ecg.beats import FEATURES
from linnet.tasks.ecg.records import CLASSES, Record, read_records


@dataclass(frozen=True)
class Beats:
    """Measure how well models tell heartbeats apart.

    Every recording of a split is one stream, every beat is decided 0.384 s after its R peak, whose place is given.
    Prints accuracy, sensitivity and positive predictive value of S and V, macro F1, and who was taken for what.
    """

    data: Annotated[Path, arg(metavar="DIR")]
    """A folder as for training: records.csv, beats.csv and recordings."""

    model: Annotated[tuple[Path, ...], arg(metavar="PATH...")] = ()
    """Model files of the task ecg: their integers, in the engine."""

    trained: Annotated[tuple[Path, ...], arg(name="run", metavar="RUN...")] = ()
    """Folders of runs of linnet train: their floats. Needs the extra [train]."""

    split: str = "test"
    """Which recordings."""

    json: bool = False
    """Print everything as JSON, by recording, too."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: nothing came to be measured, or a model is of another task.
            AudioError: a list, a recording or the split is missing.
            ModelError, TrainingError: a model cannot be read.
        """
        if not self.model and not self.trained:
            raise Refusal("neither a model nor a run came, so nothing is measured; give --model or --run.")
        require_recordings(self.data, so="there are no heartbeats")
        runs = {f"{run.name}, float": _of_run(run) for run in self.trained}
        models = {name: _model(path) for name, path in zip(self._names(), self.model, strict=True)}
        records = read_records(self.data, self.split)
        rows = [{"model": name} | judged(network, records) for name, network in runs.items()]
        for (name, model), path in zip(models.items(), self.model, strict=True):
            rows.append({"model": name} | judged(by_engine(model), records) | _cost(path, model, records))
        facts = {"machine": machine(), "split": self.split, "records": len(records), "models": rows}
        if self.json:
            print(json.dumps(finite(facts), indent=2))
        else:
            stdout.print(markdown(rows), markup=False, highlight=False, soft_wrap=True)

    def _names(self) -> list[str]:
        return names_apart([str(path) for path in self.model])


def _model(path: Path) -> Model:
    model = Model(path)
    if (model.info.input_width, model.info.output_width) != (FEATURES, len(CLASSES)):
        raise Refusal(
            f"{path} takes {model.info.input_width} values and gives {model.info.output_width}, and a model of "
            f"heartbeats takes {FEATURES} and gives {len(CLASSES)}; name a model of the task ecg."
        )
    return model


def _of_run(run: Path) -> Network:
    floats = import_from_extra("linnet.life.floats", extra="train", why="a run needs JAX")
    task, network = floats.float_network(run)
    if task.name != "ecg":
        raise Refusal(f"{run} is a run of the task {task.name}, not of ecg; name one of ecg.")
    found: Network = network
    return found


def _cost(path: Path, model: Model, records: Sequence[Record]) -> dict[str, Any]:
    program = read_program(path)
    size, account = packed_sizes(program).total, stored_accounting(program)
    return {
        "weights": size.weights,
        "nonzero_weights": size.nonzeros,
        "file_bytes": path.stat().st_size,
        "macs_per_beat": None if account is None else account["effective_macs_per_frame"],
        "synops_per_beat": None if account is None else account["ndns"]["synops_per_frame"],
        "beat_us": beat_us(model, records[0]),
    }


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return a line for each model, and for each who was taken for what."""
    heads = ("model", "accuracy", "S: Se / +P", "V: Se / +P", "macro F1 of N, S, V", "of N, S, V, F")
    costs = ("weights not 0", "file", "multiplications of a beat", "time of a beat")
    lines = [markdown_row((*heads, *costs)), markdown_row(["---"] * 10)]
    for row in rows:
        both = (
            f"{_percent(row['sensitivity'][each])} / {_percent(row['predictive_value'][each])}"
            for each in "SV"
        )
        f1 = (_percent(row["macro_f1"]), _percent(row["macro_f1_of_all"]))
        lines.append(markdown_row((row["model"], _percent(row["accuracy"]), *both, *f1, *_cost_cells(row))))
    for row in rows:
        lines += ["", markdown_row((f"{row['model']}: beats of", *(f"told {each}" for each in CLASSES)))]
        lines.append(markdown_row(["---"] * (1 + len(CLASSES))))
        lines += [
            markdown_row((name, *map(str, each))) for name, each in zip(CLASSES, row["counts"], strict=True)
        ]
    return "\n".join(lines)


def _cost_cells(row: dict[str, Any]) -> tuple[str, ...]:
    if "weights" not in row:
        return ("-",) * 4
    macs = row["macs_per_beat"]
    return (
        f"{row['nonzero_weights']} of {row['weights']}",
        f"{row['file_bytes'] / 1000:.1f} kB",
        "-" if macs is None else f"{macs:.0f}",
        f"{row['beat_us']:.1f} µs",
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"

"""`linnet bench words`: how well models hear keywords, in utterances and in streams. bench/words.py measures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import arg

from linnet.apps.desk.console import finite, stdout
from linnet.apps.desk.contenders import names_apart
from linnet.apps.desk.models import model_path
from linnet.apps.desk.refusal import Refusal
from linnet.audio.sources import Sources
from linnet.bench.machine import machine
from linnet.bench.words import (
    Accuracy,
    Conditions,
    Point,
    accuracy,
    follow,
    frame_us,
    other_stream,
    point,
    spoken_stream,
)
from linnet.ir import packed_sizes, read_program
from linnet.life.accounts import stored_accounting
from linnet.output.quoting import markdown_row
from linnet.runtime import Recognizer
from linnet.tasks.keywords.utterances import BACKGROUND, read_utterances

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Words:
    """Measure how well models hear keywords.

    Accuracy of whole utterances, float by the card and integers by the engine. In streams, which threshold misses how
    many words, tells how many others, gives how many false alarms in an hour without a keyword, and how late a word is
    told. Bytes, multiplications and time.
    """

    data: Annotated[Path, arg(metavar="DIR")]
    """A folder as for training: clips.csv, and background/ with speech and noise."""

    model: Annotated[tuple[str, ...], arg(metavar="PATH...")]
    """Model files of the task keywords, all of the same words."""

    split: str = "test"
    """Which part is heard."""

    hours: float = 1.0
    """Length of the stream without a keyword."""

    seed: int = 0
    """Another one gives other streams."""

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: there is no background, or the models have different words or rates.
            AudioError: a recording or the split is missing.
            ModelError: a model is no recognizer.
        """
        if not 0 < self.hours <= 100:
            raise Refusal(f"--hours {self.hours} gives no rate of false alarms; give more than 0, up to 100.")
        named = dict(zip(names_apart(self.model), map(model_path, self.model), strict=True))
        recognizers = {name: Recognizer(path) for name, path in named.items()}
        first = _alike(recognizers)
        sources, conditions = self._background(first.sample_rate_hz), Conditions()
        utterances = read_utterances(self.data, self.split, first.words, first.sample_rate_hz)
        stream = spoken_stream(utterances, sources, conditions, seed=self.seed)
        other = other_stream(sources, self.hours, conditions, seed=self.seed)
        rows = []
        for name, recognizer in recognizers.items():
            program = read_program(named[name])
            seconds = _clip_seconds(recognizer)
            found = accuracy(recognizer, utterances, seconds=seconds)
            followed = follow(recognizer, stream, other)
            points = [point(recognizer, followed, stream, each) for each in THRESHOLDS]
            rows.append(
                entry(name, program, self.split, found, points)
                | {"frame_us": frame_us(recognizer, stream.sound[: 1 << 19])}
            )
        facts = {
            "machine": machine(),
            "split": self.split,
            "words": len(stream.words),
            "spoken_seconds": stream.sound.size / first.sample_rate_hz,
            "other_hours": other.size / first.sample_rate_hz / 3600,
            "models": rows,
        }
        if self.json:
            print(json.dumps(finite(facts), indent=2))
        else:
            stdout.print(markdown(facts), markup=False, highlight=False, soft_wrap=True)

    def _background(self, rate_hz: int) -> Sources:
        folder = self.data / BACKGROUND
        if not folder.is_dir():
            raise Refusal(
                f"{self.data} has no {BACKGROUND}/, so there is nothing that might be taken for a keyword; put speech "
                "and noise there."
            )
        return Sources.from_folder(folder, self.split, sample_rate_hz=rate_hz)


def _alike(recognizers: dict[str, Recognizer]) -> Recognizer:
    """The first of them, if all hear the same words at one rate."""
    kinds = {(each.words, each.sample_rate_hz) for each in recognizers.values()}
    if len(kinds) > 1:
        raise Refusal(
            f"{', '.join(recognizers)} have different words or sample rates, so no stream suits all; measure them one "
            "by one."
        )
    return next(iter(recognizers.values()))


def _clip_seconds(recognizer: Recognizer) -> float:
    """How long the clips of its recipe are: an utterance is scored in the middle of as much."""
    return float(recognizer.model.recipe().get("clips", {}).get("seconds", 1.25))


def entry(name: str, program: Any, split: str, found: Accuracy, points: Sequence[Point]) -> dict[str, Any]:
    """Return what is known of a model, as JSON values; by floats only where the card scored the same utterances."""
    size, account = packed_sizes(program).total, stored_accounting(program)
    front_end = program.metadata.front_end
    by_float = program.metadata.card.get("scores", {}).get(
        split, {}
    )  # of as many utterances, or it is no comparison
    per_second = front_end.sample_rate_hz / front_end.hop
    return {
        "model": name,
        "accuracy": found.share,
        "interval": found.interval,
        "utterances": found.utterances,
        "by_speaker": found.by_speaker,
        "float_accuracy": by_float.get("float_accuracy")
        if by_float.get("clips") == found.utterances
        else None,
        "weights": size.weights,
        "nonzero_weights": size.nonzeros,
        "weight_bytes": size.stored_bytes,
        "macs_per_second": None if account is None else account["effective_macs_per_frame"] * per_second,
        "points": [each._asdict() for each in points],
    }


def markdown(facts: dict[str, Any]) -> str:
    """Return two tables: a line for each model, and a line for each threshold of each model."""
    lines = [
        markdown_row(
            ("model", "weights not 0", "float", "integers", "95 %", "worst speaker", "MACs/s", "frame")
        ),
        markdown_row(["---"] * 8),
    ]
    for row in facts["models"]:
        by_float = row["float_accuracy"]
        low, high = row["interval"]
        macs = row["macs_per_second"]
        cells = (
            row["model"],
            f"{row['nonzero_weights'] / 1000:.1f} k of {row['weights'] / 1000:.1f} k",
            "-" if by_float is None else f"{100 * by_float:.1f} %",
            f"{100 * row['accuracy']:.2f} %",
            f"{100 * low:.1f} to {100 * high:.1f} %",
            f"{100 * min(row['by_speaker'].values()):.1f} %",
            "-" if macs is None else f"{macs / 1e6:.2f} M",
            f"{row['frame_us']:.1f} µs",
        )
        lines.append(markdown_row(cells))
    heads = (
        "model",
        "threshold",
        "missed",
        "wrong word",
        "false alarms per hour",
        "latency",
        "9 in 10 within",
    )
    lines += ["", markdown_row(heads), markdown_row(["---"] * 7)]
    for row in facts["models"]:
        for each in row["points"]:
            lines.append(markdown_row((row["model"], *_point_cells(each))))
    lines += [
        "",
        f"{facts['words']} utterances in {facts['spoken_seconds'] / 60:.0f} minutes; {facts['other_hours']:.2f} hours "
        "without a keyword. Latency is from the end of the word's sound to its telling.",
    ]
    return "\n".join(lines)


def _point_cells(each: dict[str, float]) -> tuple[str, ...]:
    return (
        f"{each['threshold']:g}",
        f"{100 * each['miss_rate']:.1f} %",
        f"{100 * each['wrong_rate']:.1f} %",
        f"{each['false_alarms_per_hour']:.1f}",
        f"{1000 * each['median_latency']:.0f} ms",
        f"{1000 * each['late_latency']:.0f} ms",
    )

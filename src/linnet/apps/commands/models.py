"""`linnet models`: the models that ship, and when to take which."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from linnet.apps.desk.console import bytes_text, finite, stdout
from linnet.apps.desk.refusal import Refusal
from linnet.apps.desk.shipped import (
    Shipped,
    ShippedRecognizer,
    ShippedTextModel,
    shipped_models,
    shipped_recognizers,
    shipped_text_models,
)


@dataclass(frozen=True)
class Models:
    """List the models that ship: size, load, scores, and when to take which.

    The scores are those of the model's card: mean SI-SNR of mixtures whose speakers and noise no model has heard, the
    share of keywords, said by other speakers, that are told right, and the bits of a byte of text that was not read.
    The load is measured here: the share of one core that one channel takes. So is the speed at which text is read.
    """

    json: bool = False
    """Print everything as JSON."""

    def run(self) -> None:
        """Measure and print.

        Raises:
            Refusal: no model ships with this installation.
        """
        models = shipped_models()
        if not models:
            raise Refusal(
                "no model ships with this installation, so there is none to list; install it again."
            )
        recognizers, texts = shipped_recognizers(), shipped_text_models()
        if self.json:
            every: list[Shipped | ShippedRecognizer | ShippedTextModel] = [*models, *recognizers, *texts]
            listed = [model.as_json() for model in every]
            print(json.dumps(finite(listed), indent=2))
            return
        print_models(models)
        if recognizers:
            print_recognizers(recognizers)
        if texts:
            print_text_models(texts)


def print_models(models: Sequence[Shipped]) -> None:
    """Print a table, then a line for each model."""
    columns = ("model", "file", "weights not 0", "latency", "SI-SNR, noisy → cleaned", "load here")
    figures = [
        (f"{model.algorithmic_latency_ms:g} ms", scores_text(model), load_text(model)) for model in models
    ]
    print_table(columns, models, figures, "Take")


def print_recognizers(models: Sequence[ShippedRecognizer]) -> None:
    """Print the same of the models that hear keywords."""
    columns = ("keywords", "file", "weights not 0", "words", "accuracy", "load here")
    shares = ["-" if model.accuracy is None else f"{100 * model.accuracy:.1f} %" for model in models]
    figures = [
        (str(model.words), share, load_text(model)) for model, share in zip(models, shares, strict=True)
    ]
    stdout.print()
    print_table(columns, models, figures, "Listen with")


def print_text_models(models: Sequence[ShippedTextModel]) -> None:
    """Print the same of the models that read text."""
    columns = ("text", "file", "weights not 0", "symbols", "bits a byte", "speed here")
    bits = ["-" if model.bits is None else f"{model.bits:.2f}" for model in models]
    figures = [
        (str(model.symbols), each, f"{model.bytes_per_second / 1000:.0f} kB/s")
        for model, each in zip(models, bits, strict=True)
    ]
    stdout.print()
    print_table(columns, models, figures, "Read with")


def print_table(
    columns: Sequence[str],
    models: Sequence[Shipped | ShippedRecognizer | ShippedTextModel],
    figures: Sequence[tuple[str, ...]],
    advised: str,
) -> None:
    """Print what all models have before the figures of each; then behind `advised` when to take which."""
    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for model, own in zip(models, figures, strict=True):
        table.add_row(
            model.name,
            bytes_text(model.file_bytes),
            f"{model.nonzero_weights / 1000:.0f} k",
            *own,
        )
    stdout.print(table, highlight=False)
    stdout.print(f"\n{advised}", highlight=False)
    for model in models:
        default = " (default)" if model.is_default else ""
        stdout.print(f"  {model.name}{default} when {model.take_when}", highlight=False, soft_wrap=True)


def load_text(model: Shipped | ShippedRecognizer) -> str:
    """Return the share of a core."""
    return f"{100 * model.load:.2f} %"


def scores_text(model: Shipped) -> str:
    """Return SI-SNR before and after; a dash where the card does not say."""
    if model.noisy_db is None or model.cleaned_db is None:
        return "-"
    return f"{model.noisy_db:.2f} → {model.cleaned_db:.2f} dB"

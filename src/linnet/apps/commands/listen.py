"""`linnet listen`: the keywords in recordings. How a word is decided upon is the business of runtime/recognizer.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.console import stdout
from linnet.apps.desk.models import model_path
from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import AudioReader
from linnet.life.recordings import require_speech_rate
from linnet.life.scale import full_scale_of_file
from linnet.output.quoting import one_line
from linnet.runtime import Detection, Recognizer
from linnet.runtime.samples import clean_samples


@dataclass(frozen=True)
class Listen:
    """Print the keywords in recordings: for each one that is heard its time, its likelihood and the word.

    The model is of the task `keywords`, as `linnet compile` makes it from a recipe of that task. All channels of a
    recording are heard as their mean.
    """

    recordings: Annotated[tuple[Path, ...], arg(metavar="IN..."), Positional]

    model: Annotated[str, arg(metavar="PATH")]
    """A model file of the task keywords."""

    threshold: Annotated[float | None, arg(help_behavior_hint="(default: that of the model's recipe)")] = None
    """From which mean of its output on a word is told, between 0 and 1: lower misses less, and errs more often."""

    def run(self) -> None:
        """Listen to every recording.

        Raises:
            Refusal: no recording came, or the threshold is none.
            AudioError, RecordingError: a recording cannot be heard.
            ModelError: the model is no recognizer.
        """
        if not self.recordings:
            raise Refusal("no recording came, so there is nothing to hear; name one or more.")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise Refusal(
                f"--threshold {self.threshold} tells everything or nothing; give a number between 0 and 1."
            )
        recognizer = Recognizer(model_path(self.model), threshold=self.threshold)
        for path in self.recordings:
            for word, seconds, likelihood in heard_in(path, recognizer):
                line = f"{one_line(str(path))}  {seconds:8.2f} s  {likelihood:.2f}  {one_line(word)}"
                stdout.print(line, markup=False, highlight=False, soft_wrap=True)


def heard_in(path: Path, recognizer: Recognizer) -> list[Detection]:
    """The words in a recording of any rate from 8 kHz, the mean of its channels, read block by block."""
    found: list[Detection] = []
    with AudioReader(path) as reader:
        require_speech_rate(path, reader.info)
        full_scale = full_scale_of_file(reader)
        stream = recognizer.stream(sample_rate_hz=reader.info.sample_rate_hz)
        for block in reader.blocks():
            found += stream.push(clean_samples(block, full_scale=full_scale).mean(axis=1))
    return found + stream.flush()

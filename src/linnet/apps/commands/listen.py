"""`linnet listen`: the keywords in recordings, or of a microphone. When one is told, runtime/recognizer.py decides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.console import stderr, stdout
from linnet.apps.desk.models import model_path
from linnet.apps.desk.passing import lost_text
from linnet.apps.desk.portaudio import portaudio
from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import AudioReader
from linnet.life.recordings import require_speech_rate
from linnet.life.scale import full_scale_of_file
from linnet.live.hearing import Hearing
from linnet.output.quoting import one_line
from linnet.runtime import Detection, Recognizer
from linnet.runtime.pretrained import DEFAULT_RECOGNIZER
from linnet.runtime.samples import clean_samples

BLOCK_SECONDS = 0.032  # of a microphone
STALLED_SECONDS = 5.0  # without a block: the device or the sound server has gone


@dataclass(frozen=True)
class Listen:
    """Print the keywords in recordings, or as a microphone hears them: of each its time, its likelihood and the word.

    The model that ships hears 40 Arabic commands and digits and names them in English; `linnet compile` makes others
    from a recipe of the task `keywords`. All channels of a recording are heard as their mean.
    """

    recordings: Annotated[
        tuple[Path, ...], arg(metavar="IN...", help_behavior_hint="(required, or --microphone)"), Positional
    ] = ()

    model: Annotated[str, arg(metavar="NAME|PATH")] = DEFAULT_RECOGNIZER
    """A model that ships, or a model file of the task keywords."""

    threshold: Annotated[float | None, arg(help_behavior_hint="(default: that of the model's recipe)")] = None
    """From which mean of its output on a word is told, between 0 and 1: lower misses less, and errs more often."""

    microphone: bool = False
    """Listen to the microphone instead, until Ctrl-C. Needs the extra [live]; linnet live --devices lists devices."""

    input: Annotated[str | None, arg(metavar="DEVICE", help_behavior_hint="(default: the system's)")] = None
    """Number, name or part of the name of the microphone."""

    seconds: Annotated[float | None, arg(help_behavior_hint="(default: until Ctrl-C)")] = None
    """End the microphone after so long."""

    def run(self) -> None:
        """Listen to every recording, or to the microphone.

        Raises:
            Refusal: no recording came, or the threshold is none.
            AudioError, RecordingError: a recording cannot be heard.
            DeviceError: the microphone cannot be used.
            ModelError: the model is no recognizer.
        """
        self._refuse()
        recognizer = Recognizer(model_path(self.model), threshold=self.threshold)
        if self.microphone:
            self._hear_microphone(recognizer)
            return
        for path in self.recordings:
            for word, seconds, likelihood in heard_in(path, recognizer):
                line = f"{one_line(str(path))}  {seconds:8.2f} s  {likelihood:.2f}  {one_line(word)}"
                stdout.print(line, markup=False, highlight=False, soft_wrap=True)

    def _refuse(self) -> None:
        if not self.microphone and not self.recordings:
            raise Refusal(
                "no recording came, so there is nothing to hear; name one or more, or give --microphone."
            )
        if self.microphone and self.recordings:
            raise Refusal("recordings and --microphone came, and only one is heard at a time; leave out one.")
        if not self.microphone and (self.input is not None or self.seconds is not None):
            raise Refusal("--input or --seconds came, which are of a microphone only; add --microphone.")
        if self.seconds is not None and not self.seconds > 0:
            raise Refusal(f"--seconds {self.seconds} hears nothing; give more than 0.")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise Refusal(
                f"--threshold {self.threshold} tells everything or nothing; give a number between 0 and 1."
            )

    def _hear_microphone(self, recognizer: Recognizer) -> None:
        audio = portaudio()
        source = audio.find_device(self.input, "input", audio.devices())
        rate_hz = source.sample_rate_hz
        settings, hearing = audio.Settings(rate_hz, round(BLOCK_SECONDS * rate_hz)), Hearing(rate_hz)
        stream = recognizer.stream(sample_rate_hz=rate_hz)
        with audio.open_input(source, settings, hearing) as device:
            stderr.print(f"listening to {one_line(source.name)}; Ctrl-C ends", markup=False, highlight=False)
            try:
                for block in hearing.blocks(
                    seconds=self.seconds or float("inf"),
                    stalled_seconds=STALLED_SECONDS,
                    is_active=lambda: device.active,
                ):
                    tell(stream.push(clean_samples(block)))
            except KeyboardInterrupt:  # the usual end
                pass
            except TimeoutError:
                raise Refusal(
                    f"{source.name} stopped, perhaps unplugged, so nothing is heard any more; connect it and "
                    "start again."
                ) from None
        tell(stream.flush())
        if hearing.overflows:
            stderr.print(f"{hearing.overflows} times sound was lost: this machine is too busy.", markup=False)
        elif hearing.lost.is_certain:
            stderr.print(lost_text(hearing.lost), markup=False)


def tell(words: list[Detection]) -> None:
    """Print words of a microphone at once, also into a pipe."""
    for word, seconds, likelihood in words:
        stdout.print(
            f"{seconds:8.2f} s  {likelihood:.2f}  {one_line(word)}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if words:
        stdout.file.flush()


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

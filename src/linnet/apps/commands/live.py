"""`linnet live`: from the microphone to a speaker or a virtual device, cleaned on the way."""

from __future__ import annotations

import gc
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from tyro.conf import arg

from linnet.apps.desk.keys import single_keys
from linnet.apps.desk.models import MODEL_HELP, choose
from linnet.apps.desk.outputs import refuse_unwritable
from linnet.apps.desk.passing import Panel, print_devices, print_summary
from linnet.apps.desk.portaudio import portaudio
from linnet.apps.desk.refusal import Refusal
from linnet.live.blocks import BlockDenoiser, Controls
from linnet.live.loopback import Loopback
from linnet.live.passing import Passing
from linnet.live.recorder import Recorder
from linnet.live.urgency import urgent

STALLED_SECONDS = 5.0  # without a block: the device or the sound server has gone
LOOK_SECONDS = 0.2  # from one look at keys and meters to the next


@dataclass(frozen=True)
class Live:
    """Clean the microphone in real time, into a speaker or a virtual device.

    Keys while it runs: b bypass, + and - strength, q or Ctrl-C ends. Needs PortAudio, through PipeWire,
    PulseAudio, JACK or ALSA.
    """

    devices: bool = False
    """List the devices, and end."""

    input: Annotated[str | None, arg(metavar="DEVICE", help_behavior_hint="(default: the system's)")] = None
    """Number, name or part of the name of the microphone."""

    output: Annotated[str | None, arg(metavar="DEVICE", help_behavior_hint="(default: the system's)")] = None
    """The same of where it is played."""

    sample_rate_hz: Annotated[
        int | None, arg(metavar="HZ", help_behavior_hint="(default: the microphone's)")
    ] = None
    """Sample rate of both devices, from 8000."""

    block_ms: float = 10.0
    """Length of the blocks that the devices exchange."""

    model: Annotated[
        str | None,
        arg(help=MODEL_HELP, metavar="NAME|PATH", help_behavior_hint="(default: the one that ships)"),
    ] = None

    strength: float = 100.0
    """Percent of cleaned sound, the rest is the input of the same time: 100 is all wet, 0 all dry."""

    max_attenuation_db: Annotated[
        float | None, arg(metavar="DB", help_behavior_hint="(default: no limit)")
    ] = None
    """Turn no frequency down by more than this."""

    bypass: bool = False
    """Begin with the input unchanged; the key b switches."""

    record_before: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Also write what comes in, as WAV or FLAC."""

    record_after: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Also write what goes out."""

    seconds: Annotated[float | None, arg(help_behavior_hint="(default: until q or Ctrl-C)")] = None
    """End after so long."""

    measure_latency: bool = False
    """Instead of cleaning, play a burst of noise, and measure when the microphone hears it."""

    overwrite: bool = False
    """Replace recordings that exist."""

    def run(self) -> None:
        """Pass sound until the end.

        Raises:
            DeviceError: a device cannot be used.
            Refusal: an option is out of range, or PortAudio is missing.
        """
        self._refuse_ranges()
        audio = portaudio()
        found = audio.devices()
        if self.devices:
            print_devices(found)
            return
        source = audio.find_device(self.input, "input", found)
        target = audio.find_device(self.output, "output", found)
        rate_hz = self.sample_rate_hz or source.sample_rate_hz
        settings = audio.Settings(rate_hz, max(1, round(self.block_ms * rate_hz / 1000)))
        if self.measure_latency:
            self._measure(audio, source, target, settings)
        else:
            self._pass(audio, source, target, settings)

    def _refuse_ranges(self) -> None:
        limit_db = self.max_attenuation_db
        for what, value, is_good, remedy in (
            ("--strength", self.strength, 0 <= self.strength <= 100, "0 to 100 percent"),
            ("--block-ms", self.block_ms, 1 <= self.block_ms <= 1000, "1 to 1000 ms"),
            ("--sample-rate-hz", self.sample_rate_hz, (self.sample_rate_hz or 8000) >= 8000, "8000 or more"),
            ("--max-attenuation-db", limit_db, limit_db is None or limit_db >= 0, "0 dB or more"),
            ("--seconds", self.seconds, self.seconds is None or self.seconds > 0, "more than 0"),
        ):
            if not is_good:
                raise Refusal(f"{what} {value:g} is out of range; give {remedy}.")
        for path in (self.record_before, self.record_after):
            if path is not None:
                refuse_unwritable(path)
                if path.exists() and not self.overwrite:
                    raise Refusal(
                        f"{path} exists already and was left as it is; add --overwrite, or name another."
                    )
        before, after = self.record_before, self.record_after
        if before is not None and after is not None and before.resolve() == after.resolve():
            raise Refusal(
                f"--record-before and --record-after both name {before}, so one would replace the other; "
                "name two files."
            )

    def _pass(self, audio: ModuleType, source: Any, target: Any, settings: Any) -> None:
        chosen = choose(self.model, max_attenuation_db=self.max_attenuation_db)
        controls = Controls(self.strength / 100, self.bypass)
        denoiser = BlockDenoiser(chosen.denoiser, settings.sample_rate_hz, controls)
        records = self.record_before is not None or self.record_after is not None
        recorder = (
            Recorder(self.record_before, self.record_after, settings.sample_rate_hz) if records else None
        )
        with urgent() as is_urgent, recorder or nullcontext():
            passing = Passing(denoiser, settings.sample_rate_hz, recorder.take if recorder else None)
            panel = Panel(source, target, settings, denoiser.latency_samples)
            with undisturbed(), audio.open_stream(source, target, settings, passing) as stream:
                panel.begin(chosen.name, stream.latency, is_urgent)
                try:
                    is_alive = self._watch(stream, passing, controls, panel, recorder)
                except KeyboardInterrupt:  # the usual end
                    is_alive = True
                finally:
                    panel.end()
        # Only now, so that recordings are kept whatever ended them.
        recordings = [p for p in (self.record_before, self.record_after) if p]
        print_summary(passing.counts, passing.lost, settings, recordings)
        if passing.error is not None:
            raise passing.error
        if not is_alive:
            raise Refusal(
                f"{source.name} or {target.name} stopped, perhaps unplugged, so nothing passes any more; "
                "connect it and start again."
            )

    def _watch(
        self, stream: Any, passing: Passing, controls: Controls, panel: Panel, recorder: Recorder | None
    ) -> bool:
        """Show meters and obey keys until the end; return whether the devices still run."""
        ends = time.monotonic() + self.seconds if self.seconds is not None else float("inf")
        blocks, moved = 0, time.monotonic()
        with single_keys() as keys:
            while passing.error is None and (left := ends - time.monotonic()) > 0:
                if recorder is not None and recorder.error is not None:
                    break  # it is raised where the recorder closes
                if passing.counts.blocks != blocks:
                    blocks, moved = passing.counts.blocks, time.monotonic()
                if not stream.active or time.monotonic() - moved > STALLED_SECONDS:
                    return False
                key = keys.next(min(LOOK_SECONDS, left))
                if key == "q":
                    break
                obey(key, controls)
                panel.show(passing.counts, controls)
        return True

    def _measure(self, audio: ModuleType, source: Any, target: Any, settings: Any) -> None:
        chosen = choose(self.model)
        loopback = Loopback(settings.sample_rate_hz)
        ends = time.monotonic() + loopback.seconds + STALLED_SECONDS
        with audio.open_stream(source, target, settings, loopback) as stream:
            while not loopback.is_done:
                if not stream.active or time.monotonic() > ends:
                    raise Refusal("the device stopped, so nothing was measured; start again.")
                time.sleep(LOOK_SECONDS)
        seconds = loopback.round_trip_seconds()
        if seconds is None:
            raise Refusal(
                "the burst was not heard, so there is no latency to tell; bring microphone and speaker together, "
                "turn the volume up, or connect them: linnet live --devices."
            )
        denoiser = BlockDenoiser(chosen.denoiser, settings.sample_rate_hz, Controls())
        added = denoiser.latency_samples / settings.sample_rate_hz
        print(f"devices, out and in again:  {1000 * seconds:6.1f} ms, measured")
        print(f"denoiser:                   {1000 * added:6.1f} ms, {denoiser.latency_samples} samples")
        print(f"microphone to speaker:      {1000 * (seconds + added):6.1f} ms")


def obey(key: str, controls: Controls) -> None:
    """Do what a key says."""
    if key == "b":
        controls.is_bypassed = not controls.is_bypassed
    elif key in ("+", "="):
        controls.strength = min(1.0, round(controls.strength + 0.1, 2))
    elif key == "-":
        controls.strength = max(0.0, round(controls.strength - 0.1, 2))


class undisturbed:
    """While sound passes: no collection of garbage, and threads change places quickly."""

    def __enter__(self) -> None:
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(0.0005)
        gc.collect()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()
        sys.setswitchinterval(self._interval)

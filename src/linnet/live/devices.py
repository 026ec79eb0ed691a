"""The door to PortAudio: which devices there are, which one is meant, a stream between two, and clear refusals."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import sounddevice

BUSY, NO_DEVICE, BAD_CHANNELS, BAD_RATE = -9985, -9996, -9998, -9997
"""PaErrorCode: paDeviceUnavailable, paInvalidDevice, paInvalidChannelCount, paInvalidSampleRate."""

CLOSING_SECONDS = 3.0
"""What a device may take to stop."""


class DeviceError(ValueError):
    """A sound device cannot be used: what came, why not, what to do."""


class Device(NamedTuple):
    """A device of one audio system. Channels that it has for input and output; 0 for none."""

    number: int
    name: str
    system: str
    inputs: int
    outputs: int
    sample_rate_hz: int
    is_default_input: bool = False
    is_default_output: bool = False

    def channels(self, side: str) -> int:
        """Channels of "input" or "output"."""
        return self.inputs if side == "input" else self.outputs


@dataclass(frozen=True)
class Settings:
    """How a stream is opened."""

    sample_rate_hz: int
    block_samples: int


def devices() -> list[Device]:
    """Every device, of every audio system that PortAudio knows here."""
    systems = [str(system["name"]) for system in sounddevice.query_hostapis()]
    default_in, default_out = (int(index) for index in sounddevice.default.device)
    return [
        Device(
            index,
            str(entry["name"]),
            systems[int(entry["hostapi"])],
            int(entry["max_input_channels"]),
            int(entry["max_output_channels"]),
            round(float(entry["default_samplerate"])),
            index == default_in,
            index == default_out,
        )
        for index, entry in enumerate(sounddevice.query_devices())
    ]


def find_device(wanted: str | None, side: str, found: list[Device]) -> Device:
    """The device that `wanted` means for "input" or "output": its number, its name, or a part of it; None: the default.

    Raises:
        DeviceError: there is none, it has no such side, or several have that name.
    """
    able = [device for device in found if device.channels(side)]
    if not able:
        raise DeviceError(
            f"This machine offers no {side} device to PortAudio, so there is nothing to {_verb(side)}; start PipeWire, "
            "PulseAudio or JACK, or connect a sound card, and look again with linnet live --devices."
        )
    if wanted is None:
        return _default(side, able)
    if wanted.isdecimal():
        matches = [device for device in able if device.number == int(wanted)]
    else:
        matches = [device for device in able if device.name == wanted]
        matches = matches or [device for device in able if wanted.lower() in device.name.lower()]
    if len(matches) == 1:
        return matches[0]
    names = ", ".join(f"{device.number} ({device.name}, {device.system})" for device in matches or able)
    why = "means several devices" if matches else f"is no {side} device here"
    raise DeviceError(f"{wanted!r} {why}, so none was opened; name one by its number: {names}.")


def _default(side: str, able: list[Device]) -> Device:
    for device in able:
        if device.is_default_input if side == "input" else device.is_default_output:
            return device
    return able[0]


def _verb(side: str) -> str:
    return "listen to" if side == "input" else "play to"


@contextmanager
def open_stream(
    source: Device, target: Device, settings: Settings, callback: Callable[..., None]
) -> Iterator[Any]:
    """A running stream, one channel in and out; it stops where the statement ends. `latency` is (in, out), seconds.

    Raises:
        DeviceError: a device is busy or gone, or refuses the rate.
    """
    with _running(
        sounddevice.Stream, (source.number, target.number), settings, callback, source, target
    ) as stream:
        yield stream


@contextmanager
def open_input(source: Device, settings: Settings, callback: Callable[..., None]) -> Iterator[Any]:
    """A running stream of one channel in, for a program that only listens; it stops where the statement ends.

    Raises:
        DeviceError: as for `open_stream`.
    """
    with _running(sounddevice.InputStream, source.number, settings, callback, source, source) as stream:
        yield stream


@contextmanager
def _running(
    kind: Any, device: Any, settings: Settings, callback: Callable[..., None], source: Device, target: Device
) -> Iterator[Any]:
    try:
        stream = kind(
            samplerate=settings.sample_rate_hz,
            blocksize=settings.block_samples,
            device=device,
            channels=1,
            dtype="float32",
            callback=callback,
        )
    except sounddevice.PortAudioError as error:
        raise refused(error, source, target, settings) from error
    try:
        stream.start()
        yield stream
    except sounddevice.PortAudioError as error:
        raise refused(error, source, target, settings) from error
    finally:
        _close(stream)


def _close(stream: Any) -> None:
    """Stop and close; where the sound server has died, PortAudio never returns from that, and is left behind."""

    def close() -> None:
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)

    thread = threading.Thread(target=close, name="closing", daemon=True)
    thread.start()
    thread.join(CLOSING_SECONDS)
    if thread.is_alive():
        atexit.unregister(sounddevice._exit_handler)  # it would wait for the same


def refused(error: Exception, source: Device, target: Device, settings: Settings) -> DeviceError:
    """What to say of an error of PortAudio when a stream was to be opened."""
    code = error.args[1] if len(error.args) > 1 else None
    pair = source.name if source.name == target.name else f"{source.name} and {target.name}"
    if code == BAD_RATE:
        rates = " or ".join(str(rate) for rate in sorted({source.sample_rate_hz, target.sample_rate_hz}))
        return DeviceError(
            f"{pair}: the rate of {settings.sample_rate_hz} Hz was refused, since the device does not run at it; give "
            f"--sample-rate-hz {rates}."
        )
    if code == BUSY:
        return DeviceError(
            f"{pair}: busy, another program holds the device; close that program, or choose a device of PipeWire, "
            "PulseAudio or JACK, which several programs can share: linnet live --devices."
        )
    if source.system != target.system:
        return DeviceError(
            f"{source.name} belongs to {source.system} and {target.name} to {target.system}, and one stream cannot "
            "cross audio systems; choose both of one: linnet live --devices."
        )
    if code == NO_DEVICE:
        return DeviceError(
            f"{pair}: gone since it was listed; connect it again, and see linnet live --devices."
        )
    if code == BAD_CHANNELS:
        return DeviceError(
            f"{pair}: refused one channel, which a microphone and its cleaned sound need; choose a device of PipeWire, "
            "PulseAudio or JACK: linnet live --devices."
        )
    reason = error.args[0] if error.args else error
    return DeviceError(f"{pair}: did not open ({reason}); choose another device: linnet live --devices.")

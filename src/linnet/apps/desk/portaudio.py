"""Sound devices for commands: linnet.live.devices, or what to install where that cannot be loaded."""

from __future__ import annotations

from types import ModuleType

from linnet.apps.desk.refusal import Refusal, missing_extra


def portaudio() -> ModuleType:
    """Return linnet.live.devices.

    Raises:
        Refusal: sounddevice or PortAudio is missing.
    """
    try:
        import linnet.live.devices as audio
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "sounddevice":
            raise
        raise missing_extra("live", "sound devices need sounddevice") from error
    except OSError as error:  # what sounddevice raises where it finds no library
        raise Refusal(
            "PortAudio, the library that reaches sound devices, is not installed, so there is no microphone to listen "
            "to; on Debian and Ubuntu: sudo apt-get install libportaudio2."
        ) from error
    return audio

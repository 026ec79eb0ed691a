"""Which device is meant, and what is said where none can be used. No device is opened here."""

from __future__ import annotations

import re

import pytest

try:
    import sounddevice

    from linnet.live import devices
except (ImportError, OSError) as missing:  # the package, or the library of PortAudio
    pytest.skip(f"{missing}; pip install sounddevice, apt install libportaudio2", allow_module_level=True)

MICROPHONE = devices.Device(0, "USB microphone", "ALSA", 2, 0, 44100)
SPEAKER = devices.Device(1, "HDMI", "ALSA", 0, 8, 48000)
SERVER = devices.Device(2, "pipewire", "ALSA", 64, 64, 48000, True, True)
SECOND = devices.Device(3, "USB headset", "JACK Audio Connection Kit", 1, 2, 48000)
ALL = [MICROPHONE, SPEAKER, SERVER, SECOND]
SETTINGS = devices.Settings(48000, 480)


def error(code: int) -> Exception:
    return sounddevice.PortAudioError("Error opening Stream", code)


def test_a_device_is_found_by_number_name_part_and_default() -> None:
    assert devices.find_device("0", "input", ALL) == MICROPHONE
    assert devices.find_device("HDMI", "output", ALL) == SPEAKER
    assert devices.find_device("micro", "input", ALL) == MICROPHONE
    assert devices.find_device(None, "input", ALL) == SERVER
    assert devices.find_device(None, "output", ALL[:2]) == SPEAKER


@pytest.mark.parametrize(
    ("wanted", "side", "said"),
    [
        ("usb", "input", "means several devices.* 0 .USB microphone, ALSA., 3"),
        ("HDMI", "input", "is no input device here"),
        ("7", "output", "is no output device here.*1 .HDMI"),
    ],
)
def test_a_device_that_is_not_clear_is_refused_with_those_there_are(
    wanted: str, side: str, said: str
) -> None:
    with pytest.raises(devices.DeviceError, match=said):
        devices.find_device(wanted, side, ALL)


def test_a_machine_without_devices_is_told_what_to_start() -> None:
    with pytest.raises(devices.DeviceError, match=r"no input device.*nothing to listen to; start PipeWire"):
        devices.find_device(None, "input", [SPEAKER])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (devices.BUSY, "busy, another program holds the device; close"),
        (devices.BAD_RATE, "48000 Hz was refused, .* --sample-rate-hz 44100 or 48000"),
        (devices.NO_DEVICE, "gone since it was listed; connect"),
        (devices.BAD_CHANNELS, "refused one channel, .*; choose"),
        (-9999, "did not open .*; choose another"),
    ],
)
def test_what_portaudio_refuses_is_said_in_three_parts(code: int, said: str) -> None:
    assert re.search(said, str(devices.refused(error(code), MICROPHONE, SPEAKER, SETTINGS)))


def test_two_audio_systems_are_named() -> None:
    said = str(devices.refused(error(-9993), MICROPHONE, SECOND, SETTINGS))
    assert "cannot cross audio systems; choose both of one" in said

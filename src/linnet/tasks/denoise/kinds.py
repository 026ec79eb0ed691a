"""Fixed test sets of the kinds of sound on which denoisers fail, a few clips each. bench/kinds.py judges them.

Each is made from the same plain mixtures, so that a kind can be compared with its plain twin. Without recordings the
voice and all noise are generated; laughter is there only where recordings have it.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio.alignment import lag_of, shifted
from linnet.audio.mixing import active_level, apply_room, mix
from linnet.audio.recordings import LoadedRecording
from linnet.audio.render import cut_speech, recorded_noise
from linnet.audio.resample import resample
from linnet.audio.sources import Sources
from linnet.audio.synthetic import NoiseMaker, buzz, harmonic, hum, shaped, speech_like, tones
from linnet.audio.writing import through_mp3, write_audio
from linnet.output.atomic import write_text
from linnet.output.draft_folder import DraftFolder
from linnet.tasks.denoise.mixtures import MixtureDataset, MixtureSettings

Signal = NDArray[np.float32]

LIST = "kinds.csv"
COLUMNS = ("file_id", "kind", "figures", "low_hz", "high_hz", "twin")

PLAIN = MixtureSettings(
    snr_db=(5.0, 10.0),
    level_dbfs=(-26.0, -26.0),
    clean_probability=0.0,
    padded_probability=0.0,
    room_probability=0.0,
    babble_probability=0.0,
    speed_probability=0.0,
)
OFFSET = 0.05
QUIET_DBFS = -85.0
LOUD_PEAK = 4.0
SECOND_VOICE_DB = -3.0
VOICES = 8
VOICE_SECONDS = 12.0


@dataclass(frozen=True)
class Plain:
    """What a clip of a kind is made from: a plain mixture, float32 [samples] each, and the pools it came from."""

    noisy: Signal
    clean: Signal
    rng: np.random.Generator
    sources: Sources

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self.sources.sample_rate_hz


Pair = tuple[Signal, Signal]
"""Noisy and clean [samples]."""


@dataclass(frozen=True)
class Kind:
    """A kind of sound: how a clip of it is made (None where the recordings have none), and which figures judge it."""

    name: str
    make: Callable[[Plain], Pair | None]
    figures: tuple[str, ...]
    band_hz: tuple[float, float] = (0.0, 8000.0)
    """What lies outside is not judged."""


def low_rate(sample_rate_hz: int) -> Callable[[Plain], Pair]:
    """The plain mixture as a recording of a lower rate would have it."""

    def make(plain: Plain) -> Pair:
        low = resample(plain.noisy, plain.rate_hz, sample_rate_hz)
        return resample(low, sample_rate_hz, plain.rate_hz)[: plain.noisy.size], plain.clean

    return make


def telephone(plain: Plain) -> Pair:
    """The plain mixture without what lies outside 300 to 3400 Hz."""
    spectrum = np.fft.rfft(plain.noisy)
    hz = np.fft.rfftfreq(plain.noisy.size, 1 / plain.rate_hz)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    return np.fft.irfft(spectrum, plain.noisy.size).astype(np.float32), plain.clean


def mp3(plain: Plain) -> Pair:
    """The plain mixture as MP3 of 16 kbit/s gives it back, in time with it."""
    heard = through_mp3(plain.noisy, plain.rate_hz)
    return shifted(heard, lag_of(plain.noisy, heard, most=4096), plain.noisy.size), plain.clean


def with_offset(plain: Plain) -> Pair:
    """The plain mixture with a constant added."""
    return plain.noisy + np.float32(OFFSET), plain.clean


def quiet(plain: Plain) -> Pair:
    """The plain mixture at -85 dBFS."""
    gain = np.float32(10 ** (QUIET_DBFS / 20) / active_level(plain.noisy))
    return plain.noisy * gain, plain.clean * gain


def clipped(plain: Plain) -> Pair:
    """The plain mixture so loud that its peaks, four times full scale, are cut."""
    gain = np.float32(LOUD_PEAK / np.abs(plain.noisy).max())
    return np.clip(plain.noisy * gain, -1, 1), plain.clean * (gain / np.float32(LOUD_PEAK))


def cold_start(plain: Plain) -> Pair:
    """The plain mixture from where its speech begins."""
    frame = plain.rate_hz // 100
    whole = plain.clean[: plain.clean.size // frame * frame].reshape(-1, frame)
    powers = np.mean(whole * whole, axis=1)
    start = frame * int(np.argmax(powers > powers.max() / 100))
    return plain.noisy[start:], plain.clean[start:]


def room(plain: Plain) -> Pair:
    """Speech in a room, a recorded or a generated one; the noise is that of the plain mixture."""
    if plain.sources.rooms:
        recording = plain.sources.rooms[int(plain.rng.integers(len(plain.sources.rooms)))]
        response = recording.cut(0, recording.samples)
    else:
        time = np.arange(plain.rate_hz // 2) / plain.rate_hz
        decay = np.exp(-time * np.log(1000) / plain.rng.uniform(0.3, 0.8))
        response = (0.1 * decay * plain.rng.standard_normal(time.size)).astype(np.float32)
        response[0] = 1.0
    clean = apply_room(plain.clean, response)
    return clean + (plain.noisy - plain.clean), clean


def two_speakers(plain: Plain) -> Pair:
    """The plain mixture and a second voice, 3 dB below the first: both are speech."""
    second = cut_speech(plain.rng, plain.sources.speech, plain.clean.size, 1.0)[0]
    ratio = active_level(plain.clean) / max(active_level(second), 1e-6) * 10 ** (SECOND_VOICE_DB / 20)
    both = plain.clean + second * np.float32(ratio)
    return both + (plain.noisy - plain.clean), both


def alone(make: NoiseMaker) -> Callable[[Plain], Pair]:
    """Generated noise without speech."""

    def made(plain: Plain) -> Pair:
        noise = make(plain.rng, plain.noisy.size, plain.rate_hz)
        return noise, np.zeros_like(noise)

    return made


def beneath(make: NoiseMaker) -> Callable[[Plain], Pair]:
    """Generated noise 5 dB below the speech."""

    def made(plain: Plain) -> Pair:
        noise = make(plain.rng, plain.noisy.size, plain.rate_hz)
        mixture = mix(plain.clean, noise, snr_db=5.0, level_dbfs=-26.0)
        return mixture.noisy, mixture.clean

    return made


def recorded(word: str, instead: NoiseMaker | None) -> Callable[[Plain], Pair | None]:
    """A recorded noise of whose name `word` is part, without speech; a generated one where there is none."""

    def made(plain: Plain) -> Pair | None:
        pool = [noise for noise in plain.sources.noise if word in f"{noise.name} {noise.label}".lower()]
        if not pool:
            return None if instead is None else alone(instead)(plain)
        noise = recorded_noise(plain.rng, pool, plain.noisy.size, 1.0)[0]
        return noise, np.zeros_like(noise)

    return made


STEADY = (("steady noise", shaped), ("tones", tones), ("hum", hum), ("buzz", buzz))

KINDS = (
    Kind("plain", lambda plain: (plain.noisy, plain.clean), ("gain_db", "fricatives_db")),
    *(Kind(f"{name} alone", alone(make), ("left_db",)) for name, make in STEADY),
    *(Kind(f"{name}, speech", beneath(make), ("gain_db", "kept_db")) for name, make in STEADY),
    Kind("8 kHz", low_rate(8000), ("lost_db",), (0.0, 3600.0)),
    Kind("11 kHz", low_rate(11025), ("lost_db",), (0.0, 5000.0)),
    Kind("telephone", telephone, ("lost_db",), (350.0, 3300.0)),
    Kind("MP3, 16 kbit/s", mp3, ("lost_db",), (0.0, 5000.0)),
    Kind("DC", with_offset, ("lost_db",)),
    Kind("-85 dBFS", quiet, ("lost_db",)),
    Kind("clipped", clipped, ("lost_db", "kept_db")),
    Kind("cold start", cold_start, ("start_db", "fricatives_db", "gain_db")),
    Kind("room", room, ("gain_db", "kept_db")),
    Kind("two speakers", two_speakers, ("gain_db", "kept_db")),
    Kind("music alone", recorded("music", harmonic), ("left_db",)),
    Kind("laughter alone", recorded("laugh", None), ("left_db",)),
)


def generated_sources(seed: int, sample_rate_hz: int = 16000) -> Sources:
    """Voices without words, for use where there are no recordings.

    Raises:
        ValueError: the seed is negative.
    """
    if seed < 0:
        raise ValueError(f"seed={seed} draws no voices; give a whole number from 0.")
    voices = []
    for number in range(VOICES):
        rng = np.random.default_rng([seed, number, 2])
        voice = speech_like(rng, round(VOICE_SECONDS * sample_rate_hz), sample_rate_hz)
        codes = np.clip(np.rint(voice * 32768), -32768, 32767).astype(np.int16)
        voices.append(LoadedRecording(f"voice_{number}", f"voice_{number}", codes))
    return Sources(tuple(voices), (), (), sample_rate_hz)


def write_kinds(sources: Sources, root: Path, *, clips: int, seconds: float, seed: int) -> Iterator[str]:
    """Write `clips` of every kind into noisy/ and clean/ of `root`, and kinds.csv; yield the name of each one made.

    32-bit floats, so that what is quiet keeps its bits. The set appears whole when the iterator ends, or not at all.

    Raises:
        AudioError, WriteError: the folder cannot be written.
        ValueError: `clips` is no positive number, `seed` a negative one, or `seconds` less than 2.
    """
    if clips < 1 or seed < 0 or not seconds >= 2:
        raise ValueError(
            f"clips={clips}, seed={seed} and seconds={seconds} make no set; ask for at least one clip of 2 s, and a "
            "seed from 0."
        )
    dataset = MixtureDataset(sources, replace(PLAIN, clip_seconds=seconds), seed)
    with DraftFolder(root) as draft, io.StringIO(newline="") as listed:
        for folder in ("noisy", "clean"):
            (draft.path / folder).mkdir()
        table, file_id = csv.writer(listed), 0
        table.writerow(COLUMNS)
        for number in range(clips):
            twin = file_id
            for kind, pair in _pairs(dataset, number):
                _write_pair(draft.path, pair, file_id, sources.sample_rate_hz)
                table.writerow((file_id, kind.name, " ".join(kind.figures), *kind.band_hz, twin))
                file_id += 1
                yield kind.name
        write_text(draft.path / LIST, listed.getvalue())


def _pairs(dataset: MixtureDataset, number: int) -> Iterator[tuple[Kind, Pair]]:
    """A clip of every kind from one plain mixture; the first is that mixture."""
    clip = dataset.clip(number)
    for place, kind in enumerate(KINDS):
        rng = np.random.default_rng([dataset.seed, number, place, 3])
        pair = kind.make(Plain(clip.noisy, clip.clean, rng, dataset.sources))
        if pair is not None:
            yield kind, pair


def _write_pair(root: Path, pair: Pair, file_id: int, sample_rate_hz: int) -> None:
    for folder, sound in zip(("noisy", "clean"), pair, strict=True):
        path = root / folder / f"{folder}_fileid_{file_id}.wav"
        write_audio(path, sound, sample_rate_hz, encoding="FLOAT")

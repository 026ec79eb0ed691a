"""How good a cleaned recording is: what each figure hears, and its unit.

SI-SNR and SNR compare sample by sample with the clean reference (dB). PESQ (1.0 to 4.6) and STOI (0 to 1)
compare as an ear would; both come from guest packages. DNSMOS (1 to 5) is a network that listens without a
reference; the package speechmos carries it. Every signal is float [..., samples], time last.
"""

import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linnet.audio.resample import resample

Signal = NDArray[np.float32]

DNSMOS_RATE_HZ = 16000
DNSMOS_SAMPLES = 144160
"""What the DNSMOS network hears at once: 9.01 s at 16 kHz (its published input length)."""

DNSMOS_CURVES = {
    "signal": (-0.08397278, 1.22083953, 0.0052439),
    "background": (-0.13166888, 1.60915514, -0.39604546),
    "overall": (-0.06766283, 1.11546468, 0.04602535),
}
"""Published second-order polynomials, highest power first, from network output to opinion score, in the
order of the network's outputs (P.835 without personalisation; DNS-Challenge, arXiv:2110.01763)."""


class MissingExtraError(ImportError):
    """A metric needs a package that is not installed; the message names the command that installs it."""


class MetricError(ValueError):
    """A metric is not defined for these signals; the message says what, why, and what to do."""


class DnsmosScore(NamedTuple):
    """Mean opinion scores as DNSMOS P.835 predicts them, 1 (bad) to 5 (excellent)."""

    overall: float
    signal: float
    background: float


def si_snr(reference: ArrayLike, estimate: ArrayLike) -> NDArray[np.float64]:
    """Scale-invariant signal-to-noise ratio in dB of [..., samples] each: one figure per clip, [...].

    Both lose their mean; what of the estimate is a multiple of the reference is signal, the rest is noise
    (Le Roux et al., arXiv:1811.02508). +inf for a perfect estimate, -inf for one without any of the reference.

    Raises:
        MetricError: the shapes differ, or a reference is silent.
    """
    clean, heard = _pair(reference, estimate)
    clean = clean - clean.mean(axis=-1, keepdims=True)
    heard = heard - heard.mean(axis=-1, keepdims=True)
    energy = np.sum(clean * clean, axis=-1, keepdims=True)
    _refuse_silence(energy)
    target = np.sum(heard * clean, axis=-1, keepdims=True) / energy * clean
    return _ratio_db(np.sum(target * target, axis=-1), np.sum((heard - target) ** 2, axis=-1))


def si_snr_improvement(reference: ArrayLike, noisy: ArrayLike, estimate: ArrayLike) -> NDArray[np.float64]:
    """SI-SNR of the estimate less that of the noisy input (SI-SNRi), in dB, [...]."""
    return si_snr(reference, estimate) - si_snr(reference, noisy)


def snr(reference: ArrayLike, estimate: ArrayLike) -> NDArray[np.float64]:
    """Plain signal-to-noise ratio in dB, [...]: a wrong level counts as noise.

    Raises:
        MetricError: the shapes differ, or a reference is silent.
    """
    clean, heard = _pair(reference, estimate)
    energy = np.sum(clean * clean, axis=-1)
    _refuse_silence(energy)
    return _ratio_db(energy, np.sum((heard - clean) ** 2, axis=-1))


def pesq(reference: Signal, estimate: Signal, sample_rate_hz: int) -> float:
    """Perceptual quality after ITU-T P.862.2 (wide band, 16 kHz): 1.0 (bad) to 4.64. Both [samples].

    Other rates are resampled to 16 kHz first.

    Raises:
        MissingExtraError: the package `pesq` is not installed.
        MetricError: the shapes differ, one is silent, or PESQ hears no speech in them.
    """
    package = _guest("pesq", "PESQ")
    clean, heard = _pair(reference, estimate)
    _refuse_silence(np.sum(clean * clean))
    if not heard.any():  # the package divides by its energy
        raise MetricError("PESQ cannot score an estimate that is silent throughout; leave such clips out.")
    clean, heard = (_at_rate(part, sample_rate_hz, 16000) for part in (clean, heard))
    try:
        return float(package.pesq(16000, clean, heard, "wb"))
    except package.PesqError as error:
        raise MetricError(
            f"PESQ cannot score a clip of {clean.size / 16000:.2f} s ({_reason(error)}); "
            "score clips that hold at least a quarter second of speech."
        ) from error


def stoi(reference: Signal, estimate: Signal, sample_rate_hz: int, *, extended: bool = False) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), 0 to 1; `extended` gives ESTOI. Both [samples].

    Raises:
        MissingExtraError: the package `pystoi` is not installed.
        MetricError: the shapes differ, the reference is silent, or there is too little speech.
    """
    package = _guest("pystoi", "STOI")
    clean, heard = _pair(reference, estimate)
    _refuse_silence(np.sum(clean * clean))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # how the package says that it did not measure
        try:
            return float(package.stoi(clean, heard, sample_rate_hz, extended=extended))
        except RuntimeWarning as warning:
            raise MetricError(
                f"STOI cannot score a clip of {clean.size / sample_rate_hz:.2f} s ({_reason(warning)}); "
                "score clips that hold at least half a second of speech."
            ) from warning


class Dnsmos:
    """DNSMOS P.835 with the network file that the user points to (sig_bak_ovr.onnx of the DNS Challenge).

    The network hears stretches of 9.01 s, one second apart; a shorter clip is repeated until it fills one. The
    scores are the means over all stretches, each mapped by the published polynomials.
    """

    def __init__(self, network: str | Path) -> None:
        """Load the network.

        Raises:
            MissingExtraError: the package `onnxruntime` is not installed.
            MetricError: there is no such file, or it is not the DNSMOS network.
        """
        runtime = _guest("onnxruntime", "DNSMOS")
        path = Path(network)
        if path.is_dir():
            path = path / "sig_bak_ovr.onnx"
        if not path.is_file():
            raise MetricError(
                f"{path} is not there, so DNSMOS cannot listen; pip install speechmos, or fetch sig_bak_ovr.onnx from "
                "the folder DNSMOS/DNSMOS of github.com/microsoft/DNS-Challenge and name it or its folder."
            )
        try:
            session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own errors share no public ancestor
            raise MetricError(
                f"{path} cannot be loaded ({_reason(error)}), so DNSMOS cannot listen; "
                "fetch sig_bak_ovr.onnx again."
            ) from error
        name = session.get_inputs()[0].name
        self._listen: Callable[[Signal], Any] = lambda stretch: session.run(None, {name: stretch})[0]

    @classmethod
    def packaged(cls) -> "Dnsmos":
        """Load the network that the package speechmos carries.

        Only its file is taken: importing the package needs librosa.

        Raises:
            MissingExtraError: the package `speechmos` or `onnxruntime` is not installed.
            MetricError: the package carries no such network.
        """
        found = find_spec("speechmos")
        if found is None or not found.submodule_search_locations:
            raise MissingExtraError(
                "DNSMOS needs the package speechmos, which is not installed here; pip install speechmos"
            )
        return cls(Path(found.submodule_search_locations[0]) / "dnsmos_models")

    def __call__(self, audio: Signal, sample_rate_hz: int) -> DnsmosScore:
        """Score one clip, float [samples]; other rates are resampled to 16 kHz.

        Raises:
            MetricError: the clip is empty, or the file is not the DNSMOS P.835 network.
        """
        if np.ndim(audio) != 1 or np.size(audio) == 0:
            raise MetricError(
                f"a clip of shape {np.shape(audio)} cannot be scored; give one channel, float [samples]."
            )
        clip = _at_rate(np.asarray(audio), sample_rate_hz, DNSMOS_RATE_HZ).astype(np.float32)
        scores = np.array([self._score(stretch) for stretch in dnsmos_stretches(clip)])
        raw = dict(zip(DNSMOS_CURVES, scores.T, strict=True))
        mapped = {name: float(np.mean(np.polyval(DNSMOS_CURVES[name], raw[name]))) for name in raw}
        return DnsmosScore(**mapped)

    def _score(self, stretch: Signal) -> NDArray[np.float64]:
        raw = np.asarray(self._listen(stretch[np.newaxis]), np.float64).reshape(-1)
        if raw.size != len(DNSMOS_CURVES):
            raise MetricError(
                f"the network gave {raw.size} figures instead of {len(DNSMOS_CURVES)}, so it is not the "
                "P.835 one; use sig_bak_ovr.onnx."
            )
        return raw


def dnsmos_stretches(clip: Signal) -> list[Signal]:
    """The stretches of 9.01 s, one second apart, that DNSMOS hears of a 16 kHz clip [samples].

    A short clip is doubled until it is long enough, as in the published script.
    """
    while clip.size < DNSMOS_SAMPLES:
        clip = np.concatenate((clip, clip))
    last = int(np.floor(clip.size / DNSMOS_RATE_HZ) - DNSMOS_SAMPLES / DNSMOS_RATE_HZ)
    starts = range(0, (last + 1) * DNSMOS_RATE_HZ, DNSMOS_RATE_HZ)
    found = [clip[start : start + DNSMOS_SAMPLES] for start in starts]
    return [stretch for stretch in found if stretch.size == DNSMOS_SAMPLES]


def _pair(reference: ArrayLike, estimate: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    clean, heard = np.asarray(reference, np.float64), np.asarray(estimate, np.float64)
    if clean.shape != heard.shape or clean.ndim == 0 or clean.shape[-1] == 0:
        raise MetricError(
            f"reference has shape {clean.shape} and estimate {heard.shape}, so they cannot be compared; "
            "give both the same shape [..., samples]."
        )
    return clean, heard


def _refuse_silence(energy: ArrayLike) -> None:
    if np.any(np.asarray(energy) == 0.0):
        raise MetricError("a reference is silent, so no ratio to it is defined; leave such clips out.")


def _ratio_db(signal: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    silent = (signal == 0.0) & (noise == 0.0)
    with np.errstate(divide="ignore"):
        decibels = 10.0 * np.log10(signal / np.where(silent, 1.0, noise))
    return np.asarray(decibels)


def _at_rate(signal: NDArray[Any], from_hz: int, to_hz: int) -> NDArray[Any]:
    return signal if from_hz == to_hz else resample(signal.astype(np.float32), from_hz, to_hz)


def _guest(package: str, metric: str) -> ModuleType:
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            f"{metric} needs the package {package}, which is not installed here; pip install {package}"
        ) from error


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else type(error).__name__
    return (text.decode(errors="replace") if isinstance(text, bytes) else str(text)).splitlines()[0]

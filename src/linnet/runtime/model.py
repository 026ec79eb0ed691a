"""A model file as the engine holds it: checked whole, laid out once, shared by any number of sessions.

What a session makes of it is the business of session.py and stream.py.
"""

from __future__ import annotations

import ctypes
import os
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from linnet.audio.bands import band_starts
from linnet.output.quoting import one_line
from linnet.runtime.library import (
    Block,
    Format,
    Info,
    chosen_instruction_set,
    library,
    native_rates_hz,
    status_text,
)

MAX_FILE_BYTES = 1 << 28
"""More than any model has; the engine's own limit."""

CRC_KEY, CRC_KEY_AT, MOST_KEY_BYTES = b"linnet.crc32", 32, 1 << 16
"""The first key of a model file, where its name is, and within so many bytes it is looked for in a rewritten one."""

ModelSource = str | os.PathLike[str] | bytes | bytearray | memoryview
"""A path to a model file, or its bytes."""


class ModelError(ValueError):
    """A model that cannot be used: what came, why not, what to do."""


class Model:
    """A model in memory. It never changes, so threads may share it."""

    def __init__(self, source: ModelSource) -> None:
        """Read and check a model file, or its bytes.

        Raises:
            ModelError: it cannot be read, or is not a whole, unharmed model.
            EngineError: there is no engine, or LINNET_ISA names an instruction set that cannot run here.
        """
        data = _read(source)
        self._data = data if isinstance(data, bytes) else bytes(data)
        self.label = _label(source)
        if not len(data):
            raise self._refused("it is empty")
        buffer = np.frombuffer(data, np.uint8)
        address = ctypes.c_void_p(buffer.ctypes.data)
        engine, status = library(), ctypes.c_int(0)
        isa = chosen_instruction_set()
        size = engine.linnet_model_size(address, buffer.size, isa, ctypes.byref(status))
        if status.value:
            raise self._refused(status_text(status.value))
        self._block = Block(size)
        self.handle = ctypes.c_void_p()
        status.value = engine.linnet_model_init(
            self._block.pointer, size, address, buffer.size, isa, ctypes.byref(self.handle)
        )
        if status.value:
            raise self._refused(status_text(status.value))
        self.info = Info()
        engine.linnet_model_info(self.handle, ctypes.byref(self.info), ctypes.sizeof(Info))
        self.file_bytes = int(buffer.size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as the bytes of the file; there it is checked and laid out again."""
        return _restored, (self._data, self.label)

    def __deepcopy__(self, memo: dict[int, Any]) -> Model:
        """The model itself, for it never changes."""
        return self

    def __repr__(self) -> str:
        """Where it is from, and what runs it."""
        return f"Model({one_line(self.label)!r}, {self.file_bytes} bytes, {self.kernels})"

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self._data

    @property
    def name(self) -> str:
        """The name that stands in the file, at most 63 bytes of it."""
        return str(self.info.name, "utf-8", "replace")

    @property
    def kernels(self) -> str:
        """The instruction set of the engine's kernels for this model."""
        return str(self.info.kernels, "ascii")

    @property
    def bins(self) -> int:
        """Frequency bins of one frame of sound."""
        return int(self.info.window) // 2 + 1

    def format_at(self, sample_rate_hz: int) -> Format | None:
        """Window, hop and delay of a session at this rate; None where the engine needs another one."""
        found = Format()
        status = library().linnet_model_format(
            self.handle, int(sample_rate_hz), ctypes.byref(found), ctypes.sizeof(Format)
        )
        return None if status else found

    def nearest_format(self, sample_rate_hz: int) -> Format:
        """That of the rate itself, or of the lowest one above it that the engine takes, or else of the highest."""
        own = int(self.info.sample_rate_hz)
        taken = [rate for rate in sorted({own, *native_rates_hz()}) if self.format_at(rate) is not None]
        above = [rate for rate in taken if rate >= sample_rate_hz]
        found = self.format_at(above[0] if above else taken[-1])
        assert found is not None
        return found

    @property
    def frames_per_second(self) -> float:
        """Frames of a second, of sound or of values."""
        return float(self.info.frames_per_second) or int(self.info.sample_rate_hz) / int(self.info.hop)

    def recipe(self) -> dict[str, Any]:
        """The recipe that the file carries, as the values of its TOML; empty where it carries none that can be read."""
        from linnet.ir import read_program  # cleaning sound does not need it

        try:
            return tomllib.loads(read_program(self._data).metadata.recipe)
        except tomllib.TOMLDecodeError:
            return {}

    def require_denoiser(self) -> None:
        """Raise ModelError unless the program turns the features of its front end into its gains."""
        if not self.info.is_denoiser:
            ratio, phase = int(self.info.band_ratio), int(self.info.phase_bins)
            shown = len(band_starts(self.bins, ratio))
            in_bands = f" in {shown} bands" if ratio else ""
            if self.info.frames_per_second > 0:
                raise ModelError(
                    f"{self.label} is shown {self.info.input_width} values a frame, {self.info.frames_per_second:g} "
                    "frames a second, and no sound, so it is no denoiser; run it with linnet.Session, or with linnet "
                    "compress where it reads text."
                )
            raise ModelError(
                f"{self.label} takes {self.info.input_width} inputs and gives {self.info.output_width} outputs, but "
                f"its front end has {shown + 2 * phase} features and {shown + phase} gains for {self.bins} bins"
                f"{in_bands}, so it is no denoiser; run it with linnet.Session, or with linnet listen where it hears "
                "keywords."
            )

    def _refused(self, reason: str) -> ModelError:
        head = self._data[:MOST_KEY_BYTES]
        if head[:4] == b"GGUF" and CRC_KEY in head and head.find(CRC_KEY) != CRC_KEY_AT:
            return ModelError(
                f"{self.label} was rewritten by another program, which does not know Linnet's checksum, so nothing "
                "vouches for it; take the original, and give it a name or licence with linnet rename."
            )
        return ModelError(
            f"{self.label} was refused: {reason}; fetch the model again, or write it again with this Linnet."
        )


def _restored(data: bytes, label: str) -> Model:
    model = Model(data)
    model.label = label
    return model


def _label(source: ModelSource) -> str:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"a model of {memoryview(source).nbytes} bytes"
    return str(source)


def _read(source: ModelSource) -> bytes | bytearray | memoryview:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return source
    try:
        with Path(source).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ModelError(
            f"{source} cannot be read as a model file ({error.strerror}); give the path of a .gguf file, or a name "
            "of linnet.pretrained_names() to Denoiser.from_pretrained."
        ) from error

"""A program on codes: the bare integers from behind Quantize to before Dequantize, one frame in, one frame out.

Mirror of ir/interpreter.py, run by the engine. Sound is the business of stream.py.
"""

from __future__ import annotations

import ctypes
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from linnet.runtime.library import Block, EngineError, Format, library, status_text
from linnet.runtime.model import Model, ModelSource

Codes = npt.NDArray[np.int16]

FRAMES_AT_ONCE = 64
"""Frames that cross to the engine in one call of `run`."""


def refuse_to_travel(running: object, instead: str) -> NoReturn:
    """Refuse to copy or pickle what holds the engine's memory of a stream.

    Raises:
        TypeError: always.
    """
    raise TypeError(
        f"a {type(running).__name__} holds what the engine remembers of one stream, which cannot be copied or pickled; "
        f"copy or pickle its model, and begin another with {instead}."
    )


class EngineSession:
    """The engine's memory of one stream; what Session and Stream have in common."""

    def __init__(self, model: Model, sample_rate_hz: int = 0) -> None:
        """Begin a stream at rest; 0 Hz is the model's own rate.

        Raises:
            EngineError: the model has no format at this rate.
        """
        engine = library()
        self.model = model  # must outlive the session
        self.format = Format()
        self.check(
            engine.linnet_model_format(
                model.handle, sample_rate_hz, ctypes.byref(self.format), ctypes.sizeof(Format)
            )
        )
        self._block = Block(int(self.format.session_bytes))
        self.handle = ctypes.c_void_p()
        self.check(
            engine.linnet_session_init_at(
                self._block.pointer,
                self._block.size,
                model.handle,
                sample_rate_hz,
                ctypes.byref(self.handle),
            )
        )

    def reset(self) -> None:
        """Back to rest."""
        library().linnet_session_reset(self.handle)

    @staticmethod
    def check(status: int) -> None:
        """Raise EngineError unless the engine said that all is well."""
        if status:
            raise EngineError(f"The engine refused a call (status {status}): {status_text(status)}.")


class Session:
    """One stream through a program. It remembers what it has seen; `reset` forgets it.

    A session belongs to one thread at a time; sessions of one model may run side by side.
    """

    def __init__(self, model: ModelSource | Model) -> None:
        """Begin at rest with the model of a file, of its bytes, or one loaded before.

        Raises:
            ModelError: the model cannot be read or is not a whole one.
        """
        self.model = model if isinstance(model, Model) else Model(model)
        self._session = EngineSession(self.model)
        self._run = library().linnet_session_run
        self._in_block, self._in = Block.like((FRAMES_AT_ONCE, self.input_width), np.int16)
        self._out_block, self._out = Block.like((FRAMES_AT_ONCE, self.output_width), np.int16)
        self._first_in, self._first_out = self._in[0], self._out[0]
        self._arguments = (self._session.handle, self._in_block.pointer, self._out_block.pointer)

    @property
    def input_width(self) -> int:
        """Codes into one frame."""
        return int(self.model.info.input_width)

    @property
    def output_width(self) -> int:
        """Codes out of one frame."""
        return int(self.model.info.output_width)

    @property
    def input_exponent(self) -> int:
        """An input's value is code * 2^-input_exponent."""
        return int(self.model.info.input_exponent)

    @property
    def output_exponent(self) -> int:
        """An output's value is code * 2^-output_exponent."""
        return int(self.model.info.output_exponent)

    def quantize(self, values: npt.ArrayLike) -> Codes:
        """What the program makes of input values before its first frame of integers: any shape, to int16 codes.

        A code is the nearest multiple of 2^-input_exponent, halves upward, within what the program takes; NaN gives 0.
        """
        scaled = np.asarray(values, np.float32) * np.float32(2.0**self.input_exponent)
        top = 1 << (int(self.model.info.input_bits) - 1)
        with np.errstate(over="ignore", invalid="ignore"):
            rounded = np.clip(np.floor(scaled + np.float32(0.5)), -top, top - 1)
        return np.where(np.isnan(rounded), 0, rounded).astype(np.int16)

    def values(self, codes: Codes) -> npt.NDArray[np.float32]:
        """What output codes stand for: float32 of their shape, exact."""
        return codes.astype(np.float32) * np.float32(2.0**-self.output_exponent)

    def step(self, codes: Codes) -> Codes:
        """The next frame: int16 [input_width] to int16 [output_width].

        Raises:
            ValueError: the codes have another type or shape.
        """
        codes = np.asarray(codes)
        if codes.dtype != np.int16 or codes.shape != self._first_in.shape:
            raise self._misfit(codes, f"({self.input_width},)")
        self._first_in[:] = codes
        status = self._run(*self._arguments, 1)
        if status:
            EngineSession.check(status)
        return self._first_out.copy()

    def run(self, codes: Codes) -> Codes:
        """The next frames: int16 [frames, input_width] to int16 [frames, output_width].

        Goes on from where the session stands, in bits the same as `step` frame by frame.

        Raises:
            ValueError: the codes have another type or shape.
        """
        codes = np.asarray(codes)
        if codes.dtype != np.int16 or codes.ndim != 2 or codes.shape[1] != self.input_width:
            raise self._misfit(codes, f"(frames, {self.input_width})")
        result = np.empty((len(codes), self.output_width), np.int16)
        for first in range(0, len(codes), FRAMES_AT_ONCE):
            part = codes[first : first + FRAMES_AT_ONCE]
            self._in[: len(part)] = part
            EngineSession.check(self._run(*self._arguments, len(part)))
            result[first : first + len(part)] = self._out[: len(part)]
        return result

    def __reduce__(self) -> NoReturn:
        """A session cannot travel."""
        refuse_to_travel(self, "Session(model)")

    def __repr__(self) -> str:
        """Its model and widths."""
        return f"Session({self.model!r}, {self.input_width} codes in, {self.output_width} out)"

    def reset(self) -> None:
        """Back to rest, as if no frame had come."""
        self._session.reset()

    def _misfit(self, codes: Codes, shape: str) -> ValueError:
        return ValueError(
            f"codes of type {codes.dtype} and shape {codes.shape} came, but {self.model.label} takes int16 of shape "
            f"{shape}; quantize and shape them so."
        )

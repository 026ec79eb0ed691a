"""The engine from Python: `Session` runs a program on codes, `Denoiser` cleans sound, `TextModel` reads text.

Everything here needs NumPy and the engine's shared library alone; no JAX, no compiler.
"""

from linnet.runtime.batch import Batch
from linnet.runtime.denoiser import Denoiser
from linnet.runtime.library import EngineError, native_rates_hz
from linnet.runtime.listener import Heard, Listener
from linnet.runtime.model import Model, ModelError
from linnet.runtime.pretrained import pretrained_names
from linnet.runtime.recognizer import Decisions, Detection, Ear, Recognition, Recognizer
from linnet.runtime.samples import LoudSoundWarning
from linnet.runtime.session import Session
from linnet.runtime.speech import SpeechMeter
from linnet.runtime.stream import Stream
from linnet.runtime.text_file import PackedError
from linnet.runtime.text_model import TextModel

__all__ = [
    "Batch",
    "Decisions",
    "Denoiser",
    "Detection",
    "Ear",
    "EngineError",
    "Heard",
    "Listener",
    "LoudSoundWarning",
    "Model",
    "ModelError",
    "PackedError",
    "Recognition",
    "Recognizer",
    "Session",
    "SpeechMeter",
    "Stream",
    "TextModel",
    "native_rates_hz",
    "pretrained_names",
]

"""Linnet: sparse linear recurrent networks as small integer programs, in real time.

The public names are few and arrive when first used, so that `import linnet` costs nothing and
never imports JAX. The rooms below (numerics, audio, nn, ir, runtime, ...) are described in ARCHITECTURE.md.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it, without importing typing
if TYPE_CHECKING:
    from linnet.runtime import (
        Denoiser,
        Recognizer,
        Session,
        SpeechMeter,
        Stream,
        TextModel,
        pretrained_names,
    )

__version__ = "0.1.0"
__all__ = [
    "Denoiser",
    "Recognizer",
    "Session",
    "SpeechMeter",
    "Stream",
    "TextModel",
    "__version__",
    "pretrained_names",
]

_HOMES = dict.fromkeys((name for name in __all__ if name != "__version__"), "linnet.runtime")


def __getattr__(name: str) -> object:
    """Fetch a public name from the room it lives in (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'linnet' has no attribute {name!r}; it offers {', '.join(__all__)}.")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, fetched or not."""
    return sorted(__all__)

"""How the command line refuses: a message for the person at the keyboard, never a traceback.

A message has three parts: what came, why it cannot be done, what to do. `Refusal` carries one; errors of the
rooms below that already speak this way pass through `explain`, and so do the operating system's.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from linnet.output.atomic import WriteError
from linnet.output.quoting import one_line, terminal

PACKAGE = Path(__file__).resolve().parents[2]

REMEDIES: dict[type[OSError], str] = {
    FileNotFoundError: "check the path.",
    PermissionError: "choose another place, or change the permissions.",
    IsADirectoryError: "name a file.",
    NotADirectoryError: "name a folder.",
    FileExistsError: "a file has the name of the folder; choose another.",
}


EXTRAS = {
    "live": ("sounddevice",),
    "plot": ("matplotlib",),
    "train": ("jax", "equinox", "optax", "jaxtyping", "safetensors", "matplotlib"),
    "import": ("safetensors",),
    "bench": ("jax", "onnx", "onnxruntime", "openvino", "ai-edge-litert", "torch", "matplotlib"),
    "study": ("ray", "pyarrow"),
    "metrics": ("pesq", "pystoi", "onnxruntime", "speechmos"),
}
"""The packages of each extra in pyproject.toml. The package index has another project called linnet."""


class Refusal(Exception):
    """What the user asked cannot be done; `str(refusal)` says what came, why not, and what to do."""


def refuse_pipes(command: Any) -> None:
    """Refuse "-" where a command takes a file or folder, but for the fields that it names in MAY_BE_PIPES.

    Raises:
        Refusal: a path, or one of several, is "-".
    """
    inner = getattr(command, "action", command)
    for field in fields(inner) if is_dataclass(inner) else ():
        if field.name in getattr(inner, "MAY_BE_PIPES", ()):
            continue
        value = getattr(inner, field.name)
        if Path("-") in (value if isinstance(value, tuple) else (value,)):
            raise Refusal(
                f"- came as {field.name}, which would be a pipe, and files are needed here; name a file or folder."
            )


def require_recipe(recipe: Path) -> None:
    """Refuse a recipe that is no file."""
    if not recipe.is_file():
        raise Refusal(
            f"{recipe} is not a file, so there is no recipe; name a .toml file, such as those in recipes/."
        )


def require_recordings(data: Path, *, so: str = "there is nothing to learn from") -> None:
    """Refuse recordings that are no folder; `so` says what cannot be done without them."""
    if not data.is_dir():
        raise Refusal(f"{data} is not a folder, so {so}; name the folder of your recordings.")


def require_run(run: Path) -> None:
    """Refuse a trained run that is no folder."""
    if not run.is_dir():
        raise Refusal(
            f"{run} is not a folder, so there is no trained model in it; name the RUN of linnet train."
        )


def missing_extra(extra: str, why: str) -> Refusal:
    """Return the refusal for an optional dependency that is not installed.

    Args:
        extra: name of the extra in pyproject.toml, such as "train".
        why: what cannot be done without it, as a clause: "training needs JAX".
    """
    return Refusal(f"{why}, which is not installed here; {install_command(extra)}")


def install_command(extra: str) -> str:
    """Return the command that installs an extra of a Linnet that is here, from a checkout or not: its packages."""
    return f"pip install {' '.join(EXTRAS[extra])}"


class Refusals(Refusal):
    """Several things that cannot be done, a line each."""

    def __init__(self, messages: Sequence[str]) -> None:
        """Take the messages, as `explain` gives them."""
        super().__init__("\n".join(messages))


def explain(error: Exception) -> str | None:
    """Return the message for an error that the user can act on, quoted; None for a fault of Linnet's own.

    It is one line, whatever names of files stand in it, but for several refusals at once.
    """
    message = _explained(error)
    if message is None:
        return None
    return terminal(message) if isinstance(error, Refusals) else one_line(message)


def _explained(error: Exception) -> str | None:
    """Return the message as it is, or None.

    Errors of the general kinds count as refusals only where Linnet itself raised them: NumPy's are our mistakes.
    """
    if isinstance(error, Refusal):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        if error.filename:
            return str(WriteError(error.filename, error))
        return str(WriteError("the output", error, left="what was written so far ends early"))
    if isinstance(error, WriteError):
        return str(error)
    if isinstance(error, OSError):
        remedy = next(
            (text for kind, text in REMEDIES.items() if isinstance(error, kind)), "try another place."
        )
        what = error.filename if error.filename is not None else "a file"
        return f"{what}: {error.strerror or error}, so it cannot be used; {remedy}"
    if isinstance(error, MemoryError):
        return "the memory does not suffice for this; clean fewer or shorter recordings at once."
    if isinstance(error, ValueError | RuntimeError | ImportError) and raised_by_linnet(error.__traceback__):
        return str(error)
    return None


def raised_by_linnet(trace: TracebackType | None) -> bool:
    """Tell whether the innermost frame of a traceback is Linnet's own code."""
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return Path(trace.tb_frame.f_code.co_filename).resolve().is_relative_to(PACKAGE)


def import_from_extra(module: str, *, extra: str, why: str) -> ModuleType:
    """Import one of Linnet's own modules that needs an extra; refuse with the command that installs it.

    Args:
        module: dotted name, such as "linnet.train.loop".
        extra: name of the extra in pyproject.toml.
        why: what cannot be done without it, as in `missing_extra`.

    Raises:
        Refusal: a module that is not Linnet's is missing.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "linnet":
            raise
        raise missing_extra(extra, why) from error

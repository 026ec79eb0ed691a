"""Which model a command means: one that ships, by its name, or a file, by its path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from linnet.apps.desk.refusal import Refusal
from linnet.runtime import Denoiser, pretrained_names
from linnet.runtime.pretrained import DEFAULT_NAME, all_pretrained_names

SUFFIX = ".gguf"
MODEL_HELP = (
    f"A model that ships with Linnet ({', '.join(pretrained_names()) or 'none here'}), or a model file."
)
"""What a command says of the denoiser that it takes."""

ANY_MODEL_HELP = (
    f"A model that ships with Linnet ({', '.join(all_pretrained_names()) or 'none here'}), or a model file."
)
"""What a command says that takes models of every task."""


@dataclass(frozen=True)
class Chosen:
    """A denoiser and what is said of it: its name and the size of its file."""

    denoiser: Denoiser
    name: str
    file_bytes: int

    @property
    def frame_ms(self) -> float:
        """Length of one frame of the model."""
        return 1000 * int(self.denoiser.model.info.hop) / self.denoiser.sample_rate_hz


def choose(model: str | None, *, max_attenuation_db: float | None = None, upper_band: bool = True) -> Chosen:
    """Load the model that a user named; None is the one that ships.

    Raises:
        Refusal: there is no such model.
        ModelError: the file is not a valid denoiser.
    """
    path = model_path(model if model is not None else default_name(), offered=pretrained_names())
    name = path.stem if model is None or path.suffix == SUFFIX else str(path)
    denoiser = Denoiser(path, max_attenuation_db=max_attenuation_db, upper_band=upper_band)
    return Chosen(denoiser, name, path.stat().st_size)


def default_name() -> str:
    """Return the name of the model that is used when none is named.

    Raises:
        Refusal: it does not ship with this installation.
    """
    if DEFAULT_NAME not in pretrained_names():
        raise Refusal(
            f"the default model, {DEFAULT_NAME}, does not ship with this installation; add --model PATH."
        )
    return DEFAULT_NAME


def model_path(model: str, *, offered: Sequence[str] | None = None) -> Path:
    """Return the file of a model: of one that ships when it is a name, otherwise of the path itself.

    A refusal offers the names `offered`, or all that there are.

    Raises:
        Refusal: it is neither.
    """
    names = all_pretrained_names()
    if model in names:
        return Path(
            str(files("linnet") / "models" / f"{model}{SUFFIX}")
        )  # wheels are installed as plain files
    path = Path(model)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is neither a file nor the name of a model that ships"
        some = names if offered is None else offered
        offer = f"choose one of {', '.join(some)}, or name" if some else "name"
        raise Refusal(f"{model} {what}, so there is no model to load; {offer} a {SUFFIX} file.")
    return path

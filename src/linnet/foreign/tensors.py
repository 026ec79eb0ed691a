"""The tensors of a model made elsewhere, by name: read from safetensors or .npz, never from a pickle.

What they mean is description.py's.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PICKLES = (".pt", ".pth", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib", ".eqx", ".msgpack")
MOST_NAMES = 8


class Tensors:
    """Arrays by name, and `label`, what their source is called."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], label: str) -> None:
        """Take them as they are."""
        self._arrays, self.label = dict(arrays), label

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The tensor of this name.

        Raises:
            ValueError: there is none, or not all its values are finite numbers.
        """
        if name not in self._arrays:
            near = get_close_matches(name, self._arrays, MOST_NAMES, 0.5) or sorted(self._arrays)[:MOST_NAMES]
            raise ValueError(
                f"{self.label} has no tensor {name!r} among its {len(self._arrays)}, so the map cannot be followed; "
                f"name one of those there are, such as {', '.join(near) or '(none)'}."
            )
        array = np.asarray(self._arrays[name])
        if array.dtype.kind not in "fciu" and array.dtype.name != "bfloat16":
            raise ValueError(
                f"tensor {name!r} of {self.label} is of type {array.dtype}, which holds no numbers; name another."
            )
        wrong = int(np.sum(~np.isfinite(array.astype(np.complex128))))
        if wrong:
            raise ValueError(
                f"tensor {name!r} of {self.label} has {wrong} values that are not finite, so nothing can be computed "
                "with it; export the model from before its training diverged."
            )
        return array


def read_tensors(path: str | Path) -> Tensors:
    """Read all tensors of a .safetensors or .npz file.

    Raises:
        ValueError: the file is of another kind, or damaged.
        OSError: it cannot be read.
        ModuleNotFoundError: the package safetensors is not installed.
    """
    path = Path(path)
    if path.suffix in PICKLES:
        raise ValueError(
            f"{path} may be a pickle, which can run code when it is read, so it was not opened; write its tensors with "
            "safetensors.torch.save_file(model.state_dict(), ...) or numpy.savez."
        )
    if path.suffix == ".safetensors":
        return Tensors(_safetensors(path), path.name)
    if path.suffix == ".npz":
        return Tensors(read_arrays(path), path.name)
    raise ValueError(
        f"{path} ends in neither .safetensors nor .npz, the files that tensors are read from; write one of these."
    )


def _safetensors(path: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(path.read_bytes())
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read as safetensors ({error}); write it again, with float32 or complex64 tensors."
        ) from error


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of an .npz file.

    Raises:
        ValueError: it is none, or holds Python objects.
    """
    try:
        archive = np.load(path, allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise ValueError("it holds a single array, without a name")
        with archive:
            return {name: archive[name] for name in archive.files}
    except OSError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy have many names for a damaged file
        raise ValueError(
            f"{path} cannot be read as .npz ({error}); write it with numpy.savez, arrays of numbers only."
        ) from error

"""The web page as files: the page, the engine for browsers beside it, and the models that ship.

Any server of static files can host them. What the page does is the business of page/, what the engine's modules do that
of engine/ports/wasm.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from linnet.apps.desk.models import default_name, model_path
from linnet.apps.desk.refusal import Refusal
from linnet.ir import read_program
from linnet.runtime import pretrained_names

ENVIRONMENT = "LINNET_WASM"
"""Variable that names another folder with the engine for browsers, as `make -C engine/ports/wasm` makes it."""

PAGE = Path(__file__).resolve().parent / "page"
EXAMPLE = "example.wav"
ENGINE_FILES = (
    *("linnet.wasm", "linnet_scalar.wasm", "worklet.mjs"),
    *("linnet.mjs", "denoiser.mjs", "denoiser_node.mjs", "options.mjs", "worklet_node.mjs"),
)


def site() -> dict[str, bytes]:
    """Return every file of the page by its path in the folder.

    Raises:
        Refusal: this installation has no engine for browsers, or no model.
    """
    engine = engine_folder()
    files = {path.name: path.read_bytes() for path in sorted(PAGE.iterdir()) if path.is_file()}
    files |= {f"engine/{name}": (engine / name).read_bytes() for name in ENGINE_FILES}
    files[EXAMPLE] = (engine / EXAMPLE).read_bytes()
    default = default_name()
    entries = []
    for name in sorted(pretrained_names(), key=lambda name: model_path(name).stat().st_size):
        files[f"models/{name}.gguf"] = model_path(name).read_bytes()
        entries.append(entry_of(name, is_default=name == default))
    files["models/models.json"] = json.dumps(entries, indent=1).encode()
    return files


def entry_of(name: str, *, is_default: bool) -> dict[str, object]:
    """Return what the page says of a model before it is opened."""
    path = model_path(name)
    entry = {"name": name, "bytes": path.stat().st_size, "isDefault": is_default}
    scores = read_program(path).metadata.card.get("scores", {}).get("test", {})
    figures = {"noisyDb": scores.get("noisy_db"), "cleanedDb": scores.get("integer_db")}
    return entry | {key: figure for key, figure in figures.items() if figure is not None}


def engine_folder() -> Path:
    """Return the folder of the engine for browsers: the one named, the installed one, or that of a checkout.

    Raises:
        Refusal: there is none.
    """
    here = Path(__file__).resolve().parent
    named = os.environ.get(ENVIRONMENT)
    folders = (Path(named),) if named else (here / "engine", here.parents[3] / "build" / "wasm")
    for folder in folders:
        if all((folder / name).is_file() for name in (*ENGINE_FILES, EXAMPLE)):
            return folder
    raise Refusal(
        f"The engine for browsers (linnet.wasm) is not in {folders[0]}, so there is no page; install clang, lld and "
        f"make, and then Linnet again, or build it (make -C engine/ports/wasm) and name its folder in {ENVIRONMENT}."
    )

"""One C file out of an exported model and the scalar engine: every header pasted once, where it is needed.

Finds the engine's sources, too: inside the package where it was installed, in engine/src in a checkout.
"""

from __future__ import annotations

import re
from pathlib import Path

ENGINE_FILES = (
    "elements/elements_words.c",
    "flash/flash.c",
    "front/fft.c",
    "front/front_scalar.c",
    "front/stft.c",
)
INCLUDE = re.compile(r'^#include "([a-z0-9_/]+\.h)"\n', flags=re.MULTILINE)
UNUSED = """\
#ifdef __clang__ /* it takes what headers hold, once they are pasted, for forgotten functions */
#pragma clang diagnostic ignored "-Wunused-function"
#endif

"""
PACKAGE = Path(__file__).resolve().parents[1]


def engine_folder() -> Path:
    """The folder of the engine's sources.

    Raises:
        FileNotFoundError: this installation has none.
    """
    for folder in (PACKAGE / "engine", PACKAGE.parents[1] / "engine" / "src"):
        if (folder / ENGINE_FILES[0]).is_file():
            return folder
    raise FileNotFoundError(2, "the engine's sources are not there", str(PACKAGE / "engine"))


def single_file(source: str, header: str, folder: Path) -> str:
    """`source` with the engine's files from `folder` behind it, so that it compiles with its own `header` alone."""
    pasted: set[str] = set()
    source = source.replace(f'#include "{header}"\n', f"#include <{header}>\n", 1)
    parts = [source, *((folder / name).read_text("utf-8") for name in ENGINE_FILES)]
    whole = "\n".join(_with_headers(part, folder, pasted) for part in parts)
    return UNUSED + whole.replace(
        f"#include <{header}>\n", f'#include "{header}"\n', 1
    )  # an engine's header may be its namesake


def _with_headers(text: str, folder: Path, pasted: set[str]) -> str:
    """`text` with the headers that lie in `folder` in place of their #include, each once over all calls."""

    def paste(match: re.Match[str]) -> str:
        name = match[1]
        if not (folder / name).is_file():
            return match[0]
        if name in pasted:
            return ""
        pasted.add(name)
        return _with_headers((folder / name).read_text("utf-8"), folder, pasted) + "\n"

    return INCLUDE.sub(paste, text)

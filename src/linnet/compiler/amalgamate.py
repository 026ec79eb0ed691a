"""One C file out of an exported model and the scalar engine: every header pasted once, where it is needed.

Finds the engine's sources, too: inside the package where it was installed, in engine/src in a checkout.
"""

from __future__ import annotations

import re
from pathlib import Path

from linnet.compiler.templates import NEEDS_ENGINE, NEEDS_NOTHING

ENGINE_FILES = (
    "elements/elements_words.c",
    "flash/flash.c",
    "front/fft.c",
    "front/front_scalar.c",
    "front/stft.c",
)
INCLUDE = re.compile(r'^#include "([a-z0-9_/]+\.h)"\n', flags=re.MULTILINE)
PREFIXED = re.compile(r"\bln_(?=[a-z])")
AT_FILE_SCOPE = re.compile(r"^(?:#define |[a-z}][\w* ]*?)(\w+)(?=[(=;\[{]| [={]|$)", flags=re.MULTILINE)
UNUSED = """
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
    """`source` with the engine's files from `folder` behind it, so that it compiles with its own `header` alone.

    What the engine calls ln_x is called NAME_ln_x in it, so that every model brings an engine of its own.

    Raises:
        ValueError: the engine's code has a word NAME.
    """
    own_include, pasted = f'#include "{header}"\n', set[str]()
    source = source.replace(
        own_include, f"#include <{header}>\n", 1
    )  # an engine's header may be its namesake
    parts = [source, *((folder / name).read_text("utf-8") for name in ENGINE_FILES)]
    whole = "\n".join(_with_headers(part, folder, pasted) for part in parts)
    name = header.removesuffix(".h")
    _refuse_word(
        name, "\n".join((folder / file).read_text("utf-8") for file in (*ENGINE_FILES, *sorted(pasted)))
    )
    whole = whole.replace(NEEDS_ENGINE, NEEDS_NOTHING, 1).replace("\n#include", f"{UNUSED}\n#include", 1)
    return PREFIXED.sub(f"{name}_ln_", whole).replace(f"#include <{header}>\n", own_include, 1)


def _refuse_word(name: str, engine: str) -> None:
    """Refuse a model that is called what something in the engine's code is."""
    code = re.sub(r"/\*.*?\*/", "", engine, flags=re.DOTALL)
    if name in {match[1] for match in AT_FILE_SCOPE.finditer(code)}:
        raise ValueError(
            f"{name!r} is a word of the engine's code, which would stand in one file with the model; call it "
            "otherwise, or leave out --single-file."
        )


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

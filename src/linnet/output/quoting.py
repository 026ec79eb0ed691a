"""The one place where text from files meets another language: terminal, shell, C, HTML, Matplotlib, Markdown.

Names and licences in model files, recipes, recordings and manifests are a stranger's. Each function here knows one
language, and what it returns stands for nothing but itself there.
"""

from __future__ import annotations

import html
import os
import shlex
import unicodedata
from collections.abc import Iterable

LONGEST_COMMENT = 200
"""Characters of a name or licence that are shown in a comment."""

_JOINERS = "\u200c\u200d\u00ad"  # invisible, yet part of how words are written in some languages
_FORBIDDEN_IN_NAMES = '/\\:*?"<>|'


def one_line(text: str) -> str:
    """`text` with all that acts rather than shows (controls, line ends, changes of direction) as escapes: \\x1b."""
    return "".join(map(_shown, text))


def terminal(text: str) -> str:
    """`text` for a terminal: as `one_line`, but line ends and tabs stay."""
    return "".join(c if c in "\n\t" else _shown(c) for c in text)


def shell(text: object) -> str:
    """A path as one word of a shell's command line, for commands that a message proposes."""
    word = str(text)
    word = f"./{word}" if word.startswith("-") else word  # no option
    if one_line(word) == word:
        return shlex.quote(word)
    acting = {ord("\\"): "\\\\", ord("'"): "\\'"}
    return (
        "$'"
        + "".join(acting.get(b, chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in os.fsencode(word))
        + "'"
    )


def c_comment(text: str) -> str:
    """`text` inside a comment of C or C++: one line of ASCII that cannot end it, open another or join lines."""
    ascii_only = text.encode("ascii", "replace").decode("ascii")
    shown = "".join(c if " " <= c <= "~" else " " for c in ascii_only).replace("*", "-").replace("\\", "/")
    return shown if len(shown) <= LONGEST_COMMENT else shown[: LONGEST_COMMENT - 3] + "..."


def html_text(text: str) -> str:
    """`text` between tags or in a quoted attribute of HTML."""
    return html.escape(terminal(text), quote=True)


def plot_text(text: str) -> str:
    """`text` in a picture of Matplotlib, where a pair of $ would begin mathematics."""
    return one_line(text).replace("$", r"\$")


def markdown_cell(text: str) -> str:
    """`text` in a cell of a Markdown table."""
    return html.escape(one_line(text), quote=False).replace("|", r"\|")


def markdown_row(cells: Iterable[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(map(markdown_cell, cells)) + " |"


def file_name_fault(name: str, *, longest_bytes: int = 255) -> str | None:
    """Say why `name` cannot be the name of a file on every common disk; None where it can."""
    size = len(name.encode("utf-8", "surrogatepass"))
    if not 1 <= size <= longest_bytes:
        return f"it has {size} bytes, not 1 to {longest_bytes}"
    odd = next((c for c in name if c in _FORBIDDEN_IN_NAMES or _shown(c) != c), None)
    if odd is not None:
        return f"{odd!r} has no place in the name of a file"
    if name[0] in ".- " or name[-1] in ". ":
        return "it begins with a dot, dash or blank, or ends with a dot or blank"
    return None


def shortened(name: str, longest_bytes: int) -> str:
    """`name` cut to so many bytes of UTF-8, no character in two."""
    return name.encode("utf-8", "surrogateescape")[:longest_bytes].decode("utf-8", "ignore")


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    hidden = kind in ("Cc", "Cs", "Zl", "Zp") or (kind == "Cf" and character not in _JOINERS)
    return character.encode("unicode_escape").decode("ascii") if hidden else character

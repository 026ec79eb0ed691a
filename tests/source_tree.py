"""The source as data for the tests that judge it: its files, rooms, syntax trees and imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "linnet"
ENGINE = ROOT / "engine"


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements in a node, those in other statements too, and no expression, of which there are ten times more."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, field, ()):
            yield child
            yield from statements(child)


def source_files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def measured_files() -> list[Path]:
    return [
        *source_files(),
        *sorted((ROOT / "tests").rglob("*.py")),
        *sorted((ROOT / "examples").rglob("*.py")),
    ]


def room_of(path: Path) -> str:
    """Return the room of a file under src/linnet; the package's own files are in room ''."""
    parts = path.relative_to(SOURCE).parts
    return parts[0] if len(parts) > 1 else ""


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> tuple[tuple[str, ast.stmt], ...]:
    """Return every dotted name a file imports: `from a import b` gives a.b as well as a."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    for node in statements(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute(path, node)
            yield module, node
            yield from ((f"{module}.{alias.name}", node) for alias in node.names)


def absolute(path: Path, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = module_name(path).split(".")
    keep = len(package) - node.level + (path.name == "__init__.py")
    return ".".join([*package[:keep], *([node.module] if node.module else [])])

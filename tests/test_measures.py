"""The house measures: short files, short functions, few parameters, little nesting, telling names."""

from __future__ import annotations

import ast
from functools import cache

from tests.source_tree import ENGINE, ROOT, measured_files, source_files, statements, tree

LARGEST_FILE_LINES = 300
LARGEST_FUNCTION_LINES = 50
LARGEST_PARAMETER_COUNT = 6
DEEPEST_NESTING = 3

# A raise of a measure needs its reason here: "path" or "path::function" -> reason.
EXCEPTIONS: dict[str, str] = {}

FORBIDDEN_NAMES = {
    *("utils", "util", "helpers", "helper", "misc", "common", "base", "core"),
    *("manager", "handler", "new", "v2", "fast"),
}


def measured(kind: str, found: dict[str, int], limit: int) -> None:
    over = {name: size for name, size in found.items() if size > limit and name not in EXCEPTIONS}
    assert not over, "\n".join(
        f"{name}: {size} {kind}, the measure is {limit}" for name, size in over.items()
    )


@cache
def functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [
        (f"{path.relative_to(ROOT).as_posix()}::{node.name}", node)
        for path in measured_files()
        for node in statements(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_files_are_short() -> None:
    c_files = [p for p in sorted(ENGINE.rglob("*.[ch]")) if p.name != "tables.h"]  # tables.h is generated
    paths = [*measured_files(), *c_files]
    lines = {p.relative_to(ROOT).as_posix(): len(p.read_text("utf-8").splitlines()) for p in paths}
    measured("lines", lines, LARGEST_FILE_LINES)


def test_functions_are_short() -> None:
    lines = {name: (node.end_lineno or node.lineno) - node.lineno + 1 for name, node in functions()}
    measured("lines", lines, LARGEST_FUNCTION_LINES)


def test_functions_take_few_parameters() -> None:
    def count(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        names = [
            argument.arg for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        ]
        return len([name for name in names if name not in ("self", "cls")])

    source = {name: count(node) for name, node in functions() if name.startswith("src/")}
    measured("parameters", source, LARGEST_PARAMETER_COUNT)


def nesting(node: ast.AST) -> int:
    """Return how many compound statements enclose the deepest one; `elif` is no deeper than its `if`."""
    deepest = 0
    for field, value in ast.iter_fields(node):
        # Statements stand in lists, never in expressions.
        for child in value if isinstance(value, list) else []:
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case) or isinstance(
                child, ast.FunctionDef | ast.ClassDef
            ):
                continue
            is_elif = isinstance(node, ast.If) and field == "orelse" and isinstance(child, ast.If)
            opens = isinstance(child, ast.If | ast.For | ast.While | ast.With | ast.Try) and not is_elif
            deepest = max(deepest, nesting(child) + opens)
    return deepest


def test_functions_nest_little() -> None:
    measured("levels", {name: nesting(node) for name, node in functions()}, DEEPEST_NESTING)


def test_every_exception_still_names_something() -> None:
    names = {name for name, _ in functions()} | {p.relative_to(ROOT).as_posix() for p in measured_files()}
    names |= {p.relative_to(ROOT).as_posix() for p in ENGINE.rglob("*.[ch]")}
    assert set(EXCEPTIONS) <= names


def test_files_say_what_they_hold_by_name() -> None:
    stems = {path: path.stem.lower() for path in [*source_files(), *ENGINE.rglob("*.[ch]")]}
    wrong = [str(p.relative_to(ROOT)) for p, stem in stems.items() if FORBIDDEN_NAMES & set(stem.split("_"))]
    assert not wrong, "\n".join(wrong)

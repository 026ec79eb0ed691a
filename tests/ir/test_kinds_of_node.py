"""Every kind of node has all its forms: a kind that lacks one fails here, with the file that must know it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from linnet.compiler.c_nodes import node_calls
from linnet.ir.interpreter import meaning, recur
from linnet.ir.nodes import NODE_KINDS, Dequantize, Linear, Node, Quantize
from linnet.ir.sizes import packed_sizes
from linnet.ir.validation import check
from tests.ir import reference
from tests.ir.programs import random_program
from tests.source_tree import ENGINE, ROOT

PROGRAM = random_program(3)
C_NAMES = {
    "DiagonalRecurrence": "RECURRENCE",
    "ComplexRelu": "COMPLEX_RELU",
    "GatedRecurrence": "GATED_RECURRENCE",
}


def enumerator(kind: type[Node]) -> str:
    return "LN_" + C_NAMES.get(kind.__name__, kind.__name__.upper())


def knows(function: Any, kind: type[Node]) -> bool:
    """Whether a singledispatch function has a form for `kind`."""
    return function.dispatch(kind) is not function.dispatch(object)


def body(file: str, start: str) -> str:
    """What stands in a file of the engine from `start` to the end of that function or enumeration."""
    text = next((ENGINE / "src").rglob(file)).read_text("utf-8")
    return text[text.index(start) : text.index("\n}", text.index(start))]


def is_an_end(kind: type[Node]) -> bool:
    """Quantize and Dequantize: the interpreter has them apart, since they take or give floats."""
    return kind in (Quantize, Dequantize)


FORMS: dict[str, Callable[[type[Node]], bool]] = {
    "an equation in ir/interpreter.py": lambda kind: (
        is_an_end(kind) or knows(meaning, kind) or knows(recur, kind)
    ),
    "a proof in ir/validation.py": lambda kind: knows(check, kind),
    "a second equation in tests/ir/reference.py": lambda kind: (
        is_an_end(kind) or kind.__name__ in reference._KINDS.keys() | reference._RECURRENCES.keys()
    ),
    "a place in tests/ir/programs.py": lambda kind: any(type(node) is kind for node in PROGRAM.nodes),
    "a row in ir/sizes.py": lambda kind: any(
        size.kind == kind.__name__ for size in packed_sizes(PROGRAM).nodes
    ),
    "its number in engine/src/program/program.h": lambda kind: (
        re.search(rf"\b{enumerator(kind)} = {kind.kind}\b", body("program.h", "enum ln_kind")) is not None
    ),
    "a proof in engine/src/file/proof.c": lambda kind: (
        re.search(rf"\bcase {enumerator(kind)}:", body("proof.c", "static bool row_fits")) is not None
    ),
    "an equation in engine/src/program/nodes.c": lambda kind: (
        re.search(rf"\bcase {enumerator(kind)}:", body("nodes.c", "void ln_node_run(")) is not None
    ),
    "calls in compiler/c_nodes.py": lambda kind: knows(node_calls, kind),
    "a row in docs/reference/model_file.md": lambda kind: (
        re.search(
            rf"^\| {kind.kind} \| `{kind.__name__}` \|",
            (ROOT / "docs/reference/model_file.md").read_text("utf-8"),
            re.M,
        )
        is not None
    ),
}


@pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("form", FORMS)
def test_every_kind_of_node_has_every_form(kind: type[Node], form: str) -> None:
    assert FORMS[form](kind), f"{kind.__name__} has no {form}"


def test_a_kind_without_its_forms_is_noticed() -> None:
    class Square(Node):
        kind = 99

    noticed = [form for form, has in FORMS.items() if not has(Square)]
    assert noticed == list(FORMS)


def test_numbers_of_kinds_are_used_once_and_without_a_gap() -> None:
    assert [kind.kind for kind in NODE_KINDS] == list(range(1, len(NODE_KINDS) + 1))
    assert Linear.kind == 1


@pytest.mark.parametrize("file", sorted(path.name for path in (ENGINE / "src").rglob("elements_*.c")))
def test_every_instruction_set_has_every_element_wise_function(file: str) -> None:
    """NULL is allowed only where elements.h says so: finish and recur_sums."""
    wanted = set(re.findall(r"void \(\*(\w+)\)", body("elements.h", "typedef struct ln_elements {"))) - {
        "finish",
        "recur_sums",
    }
    text = next((ENGINE / "src").rglob(file)).read_text("utf-8")
    given = set(re.findall(r"\.(\w+) = ", text[text.index("const ln_elements ln_elements_") :]))
    assert len(wanted) > 10
    assert wanted <= given

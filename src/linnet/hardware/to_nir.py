"""A Program as a graph of NIR, the Neuromorphic Intermediate Representation (Pedersen et al., Nature Comm. 2024).

NIR can say matrices, diagonals, sums and delays over real values: a complex state is a 2 x 2 matrix with a unit delay
in a loop. It has no ReLU, gate or sigmoid, and no integers: rounding and saturation are left out, so values are those
of the program where nothing is rounded. A delay of 1 is one frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.hardware.unroll import unrolled
from linnet.ir import Add, DiagonalRecurrence, Linear, Node, Program, Scale
from linnet.output.atomic import write_bytes

Arrays = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Graph:
    """Nodes by name, each a kind of NIR with its arrays, and edges; several edges into one node add up."""

    nodes: dict[str, tuple[str, Arrays]]
    edges: tuple[tuple[str, str], ...]
    inputs: int
    outputs: int


def nir_graph(program: Program) -> Graph:
    """The graph of a program.

    Raises:
        ValueError: NIR has no node for something in the program; the message names it.
    """
    program = unrolled(program)
    inner = program.nodes[1:-1]
    missing = sorted({type(node).__name__ for node in inner if type(node) not in WRITERS})
    if missing:
        raise ValueError(
            f"the program has nodes of the kinds {', '.join(missing)}, for which NIR has no node that other tools "
            f"would read; only {', '.join(sorted(kind.__name__ for kind in WRITERS))} can be written."
        )
    build = _Build(program)
    for node in inner:
        WRITERS[type(node)](build, node)
    build.edges.append((build.name(program.nodes[-1].reads[0]), "output"))
    return Graph(build.nodes, tuple(build.edges), program.input_width, program.output_width)


def write_nir(program: Program, path: Path) -> None:
    """Write the graph to a file, whole or not at all; needs the package nir.

    Raises:
        ValueError: NIR cannot say what the program does.
        ModuleNotFoundError: the package nir is missing.
        WriteError: the file cannot be written.
    """
    graph = nir_graph(program)
    import nir

    nodes: dict[str, Any] = {
        name: getattr(nir, kind)(**arrays) for name, (kind, arrays) in graph.nodes.items()
    }
    nodes["input"] = nir.Input(input_type={"input": np.array([graph.inputs])})
    nodes["output"] = nir.Output(output_type={"output": np.array([graph.outputs])})
    content = BytesIO()
    nir.write(content, nir.NIRGraph(nodes=nodes, edges=list(graph.edges), metadata={}, type_check=False))
    write_bytes(path, content.getvalue())


class _Build:
    """A graph in the making."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.nodes: dict[str, tuple[str, Arrays]] = {}
        self.edges: list[tuple[str, str]] = []

    def name(self, wire: int) -> str:
        """The node that makes a wire's values."""
        return "input" if wire == self.program.nodes[0].writes else f"wire{wire}"

    def scale_of(self, wire: int) -> float:
        """The value of code 1."""
        return float(2.0 ** -self.program.wires[wire].exponent)

    def add(self, name: str, kind: str, arrays: Arrays, sources: list[str]) -> None:
        """Add a node and the edges into it."""
        self.nodes[name] = (kind, arrays)
        self.edges += [(source, name) for source in sources]


def _affine(build: _Build, node: Any) -> None:
    """A matrix, or a diagonal as a matrix, in values in place of codes."""
    weight = node.weight if node.weight.ndim == 2 else np.diag(node.weight)
    rows = build.scale_of(node.target) * 2.0 ** -node.shift.astype(np.float64)
    arrays = {
        "weight": weight.astype(np.float64) * rows[:, np.newaxis] / build.scale_of(node.source),
        "bias": node.bias.astype(np.float64) * rows,
    }
    build.add(build.name(node.target), "Affine", arrays, [build.name(node.source)])


def _add(build: _Build, node: Any) -> None:
    width = build.program.wires[node.target].width
    sources = [build.name(node.source), build.name(node.other)]
    build.add(build.name(node.target), "Scale", {"scale": np.ones(width)}, sources)


def _recurrence(build: _Build, node: Any) -> None:
    """x' = Lambda_bar x + d: a sum, a delay of one frame behind it, and Lambda_bar as a real matrix on the way back."""
    decay = 2.0 ** -node.decay_shift.astype(np.float64)
    re, im = 1.0 + node.decay_re * decay, node.decay_im * decay
    matrix = np.block([[np.diag(re), -np.diag(im)], [np.diag(im), np.diag(re)]])
    name = build.name(node.target)
    build.add(name, "Scale", {"scale": np.ones(2 * re.size)}, [build.name(node.source), f"{name}_decay"])
    build.add(f"{name}_delay", "Delay", {"delay": np.ones(2 * re.size)}, [name])
    build.add(f"{name}_decay", "Linear", {"weight": matrix}, [f"{name}_delay"])


WRITERS: dict[type[Node], Callable[[_Build, Any], None]] = {
    Linear: _affine,
    Scale: _affine,
    Add: _add,
    DiagonalRecurrence: _recurrence,
}

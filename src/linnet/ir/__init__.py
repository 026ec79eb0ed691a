"""The deployed model as data: nodes, the program, its exact meaning, and its file. NumPy only."""

from linnet.ir.activity import measure_activity
from linnet.ir.artifact import program_to_bytes, read_program, write_program
from linnet.ir.gguf import ArtifactError
from linnet.ir.interpreter import (
    State,
    advance,
    advance_codes,
    initial_state,
    run,
    run_codes,
    step,
)
from linnet.ir.nodes import (
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    Gate,
    Linear,
    Node,
    Quantize,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.ir.program import FrontEndSpec, Metadata, Program
from linnet.ir.sizes import NodeSize, PackedSizes, packed_sizes

__all__ = [
    "Add",
    "ArtifactError",
    "ComplexRelu",
    "Dequantize",
    "DiagonalRecurrence",
    "FrontEndSpec",
    "Gate",
    "Linear",
    "Metadata",
    "Node",
    "NodeSize",
    "PackedSizes",
    "Program",
    "Quantize",
    "Relu",
    "Scale",
    "Sigmoid",
    "State",
    "Wire",
    "advance",
    "advance_codes",
    "initial_state",
    "measure_activity",
    "packed_sizes",
    "program_to_bytes",
    "read_program",
    "run",
    "run_codes",
    "step",
    "write_program",
]

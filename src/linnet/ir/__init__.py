"""The deployed model as data: nodes, the program, its exact meaning, and its file. NumPy only."""

from linnet.ir.accounting import (
    Account,
    Course,
    follow,
    nonzero_macs,
    sum_course,
    take_account,
)
from linnet.ir.activity import measure_activity
from linnet.ir.artifact import program_to_bytes, read_program, write_program
from linnet.ir.gguf import ArtifactError
from linnet.ir.interpreter import (
    State,
    advance,
    advance_codes,
    initial_state,
    quantize_features,
    run,
    run_codes,
    step,
)
from linnet.ir.names import node_names
from linnet.ir.nodes import (
    Add,
    ComplexRelu,
    Dequantize,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
    Linear,
    Node,
    Quantize,
    Recurrence,
    Relu,
    Scale,
    Sigmoid,
    Wire,
)
from linnet.ir.program import FrontEndSpec, Metadata, Program
from linnet.ir.sizes import NodeSize, PackedSizes, packed_sizes

__all__ = [
    "Account",
    "Add",
    "ArtifactError",
    "ComplexRelu",
    "Course",
    "Dequantize",
    "DiagonalRecurrence",
    "FrontEndSpec",
    "Gate",
    "GatedRecurrence",
    "Linear",
    "Metadata",
    "Node",
    "NodeSize",
    "PackedSizes",
    "Program",
    "Quantize",
    "Recurrence",
    "Relu",
    "Scale",
    "Sigmoid",
    "State",
    "Wire",
    "advance",
    "advance_codes",
    "follow",
    "initial_state",
    "measure_activity",
    "node_names",
    "nonzero_macs",
    "packed_sizes",
    "program_to_bytes",
    "quantize_features",
    "read_program",
    "run",
    "run_codes",
    "step",
    "sum_course",
    "take_account",
    "write_program",
]

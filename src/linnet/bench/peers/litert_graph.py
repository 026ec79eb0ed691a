"""The network as a LiteRT flatbuffer, written with LiteRT's own schema: no converter, so no TensorFlow is needed.

Dynamic-range 8 bit is what LiteRT's converter makes of `Optimize.DEFAULT`: int8 weights with a scale per row, floats
between the products. How it is run is the business of litert_step.py.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from linnet.bench.network import Layer, Network

OPERATORS = schema.BuiltinOperator
FILE_IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
NOT_FUSED, RELU = 0, 1  # ActivationFunctionType


class _Graph:
    """Tensors and operators while they grow; a tensor is its index."""

    def __init__(self, *, int8: bool) -> None:
        self.int8 = int8
        self.model = schema.ModelT()
        self.model.version = SCHEMA_VERSION
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self._codes: dict[int, int] = {}

    def tensor(self, width: int, name: str) -> int:
        """A float row [1, width]."""
        return self._tensor([1, width], schema.TensorType.FLOAT32, name, 0)

    def constant(self, values: Any, name: str) -> int:
        """A constant of the type of `values`."""
        types = {np.float32: schema.TensorType.FLOAT32, np.int8: schema.TensorType.INT8}
        types[np.int32] = schema.TensorType.INT32
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        kind = types[values.dtype.type]
        return self._tensor(list(values.shape), kind, name, len(self.model.buffers) - 1)

    def _tensor(self, shape: list[int], kind: int, name: str, buffer: int) -> int:
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.name, tensor.buffer = shape, kind, name, buffer
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def weight(self, matrix: Any, name: str) -> int:
        """A matrix [out, in], in 8 bits with a scale per row where the graph is int8."""
        if not self.int8:
            return self.constant(matrix, name)
        scale = np.maximum(np.abs(matrix).max(axis=1), np.float32(1e-12)) / np.float32(127.0)
        codes = np.clip(np.rint(matrix / scale[:, None]), -127, 127).astype(np.int8)
        index = self.constant(codes, name)
        quantization = schema.QuantizationParametersT()
        quantization.scale = scale.astype(np.float32)
        quantization.zeroPoint = np.zeros(scale.size, np.int64)
        quantization.quantizedDimension = 0
        self.graph.tensors[index].quantization = quantization
        return index

    def operator(self, code: int, inputs: list[int], outputs: list[int], options: Any = None) -> None:
        """One operator; `options` is the schema's object for it, where it has one."""
        if code not in self._codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode = code
            entry.deprecatedBuiltinCode = min(code, 127)
            entry.version = _VERSIONS.get((code, self.int8), 1)
            self._codes[code] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(entry)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = self._codes[code], inputs, outputs
        if options is not None:
            name = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            operator.builtinOptions = options
        self.graph.operators.append(operator)

    def linear(self, source: int, matrix: Any, bias: Any, name: str, activation: int = NOT_FUSED) -> int:
        """activation(W x + b)."""
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = activation
        target = self.tensor(len(matrix), name)
        constants = [self.weight(matrix, name + ".weight")]
        if bias is not None:
            constants.append(self.constant(bias, name + ".bias"))
        self.operator(OPERATORS.FULLY_CONNECTED, [source, *constants], [target], options)
        return target

    def binary(self, kind: str, left: int, right: int, name: str = "", activation: int = NOT_FUSED) -> int:
        """ADD, SUB or MUL of two rows."""
        options = getattr(schema, kind.capitalize() + "OptionsT")()
        options.fusedActivationFunction = activation
        target = self.tensor(int(self.graph.tensors[left].shape[-1]), name)
        self.operator(getattr(OPERATORS, kind), [left, right], [target], options)
        return target

    def unary(self, code: int, source: int, name: str = "") -> int:
        """RELU or LOGISTIC of a row."""
        target = self.tensor(int(self.graph.tensors[source].shape[-1]), name)
        self.operator(code, [source], [target])
        return target

    def split(self, source: int, widths: list[int]) -> list[int]:
        """A row cut into rows of these widths."""
        options = schema.SplitVOptionsT()
        options.numSplits = len(widths)
        sizes, axis = (self.constant(np.array(v, np.int32), "") for v in (widths, 1))
        targets = [self.tensor(width, "") for width in widths]
        self.operator(OPERATORS.SPLIT_V, [source, sizes, axis], targets, options)
        return targets

    def concatenation(self, sources: list[int], name: str = "") -> int:
        """Rows one behind the other."""
        options = schema.ConcatenationOptionsT()
        options.axis = 1
        target = self.tensor(sum(int(self.graph.tensors[one].shape[-1]) for one in sources), name)
        self.operator(OPERATORS.CONCATENATION, sources, [target], options)
        return target

    def where_positive(self, control: int, source: int) -> int:
        """source where control > 0, else 0."""
        width = int(self.graph.tensors[source].shape[-1])
        zero, target = self.constant(np.zeros((1, 1), np.float32), ""), self.tensor(width, "")
        keep = self._tensor([1, width], schema.TensorType.BOOL, "", 0)
        self.operator(OPERATORS.GREATER, [control, zero], [keep], schema.GreaterOptionsT())
        self.operator(OPERATORS.SELECT_V2, [keep, source, zero], [target], schema.SelectV2OptionsT())
        return target

    def bytes(self, inputs: dict[str, int], outputs: dict[str, int]) -> bytes:
        """The finished model."""
        self.graph.inputs, self.graph.outputs = list(inputs.values()), list(outputs.values())
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = b"step", 0
        signature.inputs, signature.outputs = _tensor_map(inputs), _tensor_map(outputs)
        self.model.subgraphs, self.model.signatureDefs = [self.graph], [signature]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), FILE_IDENTIFIER)
        return bytes(builder.Output())


_VERSIONS = {(OPERATORS.FULLY_CONNECTED, True): 5}


def _tensor_map(named: dict[str, int]) -> list[Any]:
    entries = []
    for name, index in named.items():
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name, index
        entries.append(entry)
    return entries


def model_bytes(network: Network, *, int8: bool) -> bytes:
    """One step: inputs `frame` and `states`, outputs `gains` and `after`; all states in one row [1, 2 P layers]."""
    graph = _Graph(int8=int8)
    inputs = {
        "frame": graph.tensor(network.bins, "frame"),
        "states": graph.tensor(network.state_width, "states"),
    }
    before = graph.split(inputs["states"], [network.states] * (2 * len(network.layers)))
    after: list[int] = []
    u = graph.linear(inputs["frame"], network.encoder, network.encoder_bias, "encoded", RELU)
    for index, layer in enumerate(network.layers):
        u, parts = _layer(graph, u, layer, before[2 * index : 2 * index + 2], f"{index}.")
        after += parts
    logit = graph.linear(u, network.decoder, network.decoder_bias, "logit")
    outputs = {
        "gains": graph.unary(OPERATORS.LOGISTIC, logit, "gains"),
        "after": graph.concatenation(after, "after"),
    }
    return graph.bytes(inputs, outputs)


def _layer(graph: _Graph, u: int, layer: Layer, state: list[int], name: str) -> tuple[int, list[int]]:
    """u and the state [re, im] to the next u and state."""
    half, (re, im) = layer.decay_re.size, state
    decay_re, decay_im = (graph.constant(d[None], name + "decay") for d in (layer.decay_re, layer.decay_im))
    drive = graph.split(graph.linear(u, layer.drive, layer.drive_bias, name + "drive"), [half, half])
    real = graph.binary("SUB", graph.binary("MUL", re, decay_re), graph.binary("MUL", im, decay_im))
    imag = graph.binary("ADD", graph.binary("MUL", im, decay_re), graph.binary("MUL", re, decay_im))
    real = graph.binary("ADD", real, drive[0], name + "re")
    imag = graph.binary("ADD", imag, drive[1], name + "im")
    kept = graph.concatenation([graph.unary(OPERATORS.RELU, real), graph.where_positive(real, imag)])
    read = graph.linear(kept, layer.read, layer.skip_bias, name + "read")
    skip = graph.binary("MUL", u, graph.constant(layer.skip[None], name + "skip"))
    y = graph.binary("ADD", read, skip, name + "y", RELU)
    control = graph.linear(y, layer.gate, layer.gate_bias, name + "control")
    gated = graph.binary("MUL", y, graph.unary(OPERATORS.LOGISTIC, control))
    return graph.binary("ADD", gated, u, name + "output", RELU), [real, imag]

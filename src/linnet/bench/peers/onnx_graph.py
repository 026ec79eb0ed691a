"""The network as an ONNX model: one step, states in and out, weights constant. For ONNX Runtime and OpenVINO."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from linnet.bench.network import Layer, Network

OPSET, IR_VERSION = 17, 9


class _Graph:
    """Nodes and constants while they grow; a value is its name."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, values: Any) -> str:
        """A constant of this name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """A node with one output, which is named as told."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def linear(self, source: str, matrix: Any, bias: Any, name: str) -> str:
        """x W^T + b for a row x."""
        product = self.node("MatMul", [source, self.constant(name + ".weight", matrix.T)], name + ".product")
        return self.node("Add", [product, self.constant(name + ".bias", bias)], name)


def onnx_model(network: Network) -> ModelProto:
    """Inputs `frame` and, for every layer, `re0`, `im0`, ...; outputs `gains` and `re0.after`, `im0.after`, ..."""
    graph = _Graph()
    graph.constant("zero", np.zeros(1, np.float32))
    graph.constant("halves", np.array([network.states] * 2, np.int64))
    u = graph.node("Relu", [graph.linear("frame", network.encoder, network.encoder_bias, "encoder")], "u")
    for index, layer in enumerate(network.layers):
        u = _layer(graph, u, layer, str(index))
    graph.node("Sigmoid", [graph.linear(u, network.decoder, network.decoder_bias, "logit")], "gains")
    states = [f"{part}{index}" for index in range(len(network.layers)) for part in ("re", "im")]
    ins = [_row("frame", network.bins), *(_row(name, network.states) for name in states)]
    outs = [_row("gains", network.bins), *(_row(name + ".after", network.states) for name in states)]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "step", ins, outs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    checker.check_model(model)
    return model


def _row(name: str, width: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width])


def _layer(graph: _Graph, u: str, layer: Layer, index: str) -> str:
    """u to the next u; the layer's states are read and written by their names."""
    re, im, at = "re" + index, "im" + index, index + "."
    decay = [graph.constant(at + part, getattr(layer, part)) for part in ("decay_re", "decay_im")]
    drive = graph.linear(u, layer.drive, layer.drive_bias, at + "drive")
    graph.nodes.append(helper.make_node("Split", [drive, "halves"], [at + "d_re", at + "d_im"], axis=1))
    kept = graph.node("Sub", [_product(graph, re, decay[0]), _product(graph, im, decay[1])], at + "m_re")
    turned = graph.node("Add", [_product(graph, im, decay[0]), _product(graph, re, decay[1])], at + "m_im")
    real = graph.node("Add", [kept, at + "d_re"], re + ".after")
    imag = graph.node("Add", [turned, at + "d_im"], im + ".after")
    keep = graph.node("Greater", [real, "zero"], at + "keep")
    pair = [graph.node("Relu", [real], at + "x_re"), graph.node("Where", [keep, imag, "zero"], at + "x_im")]
    x = graph.node("Concat", pair, at + "x", axis=1)
    read = graph.linear(x, layer.read, layer.skip_bias, at + "read")
    skip = _product(graph, u, graph.constant(at + "skip", layer.skip))
    y = graph.node("Relu", [graph.node("Add", [read, skip], at + "sum")], at + "y")
    control = graph.linear(y, layer.gate, layer.gate_bias, at + "control")
    gated = _product(graph, y, graph.node("Sigmoid", [control], at + "open"))
    return graph.node("Relu", [graph.node("Add", [gated, u], at + "output")], at + "u")


def _product(graph: _Graph, left: str, right: str) -> str:
    return graph.node("Mul", [left, right], f"{left}*{right}")

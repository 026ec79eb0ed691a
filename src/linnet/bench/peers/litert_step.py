"""LiteRT (once TensorFlow Lite) with its XNNPACK kernels, floats or dynamic-range 8 bit, on one thread.

Inputs and outputs are views of the interpreter's own memory, as its documentation recommends for speed.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from linnet.bench.network import Network
from linnet.bench.peers.litert_graph import model_bytes
from linnet.bench.peers.serving import Frames, Peer


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The variants are float and int8."""
    interpreter = Interpreter(model_content=model_bytes(network, int8=variant == "int8"), num_threads=1)
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner("step")
    ins = {name: one["index"] for name, one in runner.get_input_details().items()}
    outs = {name: one["index"] for name, one in runner.get_output_details().items()}
    view = interpreter.tensor
    frame, before = view(ins["frame"]), view(ins["states"])
    gains, after = view(outs["gains"]), view(outs["after"])
    after()[:] = 0
    rows, invoke = [np.ascontiguousarray(row[None]) for row in frames], interpreter.invoke

    def step(index: int) -> None:
        frame()[:] = rows[index]
        before()[:] = after()
        invoke()

    return Peer(step, lambda: gains().copy(), {"ai-edge-litert": version("ai-edge-litert")})

"""OpenVINO on one thread, tensors shared with NumPy, in floats or with the static 8-bit model of ONNX Runtime's tools.

States go to and fro between two requests, so that nothing is copied but the frame.
"""

from __future__ import annotations

import numpy as np
import openvino

from linnet.bench.network import Network
from linnet.bench.peers.onnx_graph import onnx_model
from linnet.bench.peers.serving import Frames, Peer

SETTINGS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    "INFERENCE_PRECISION_HINT": "f32",
}


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The variants are float and static."""
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(_model(network, frames, variant)), "CPU", SETTINGS)
    names = [one.any_name for one in compiled.inputs if one.any_name != "frame"]
    frame, gains = (np.zeros((1, network.bins), np.float32) for _ in range(2))
    sets = [{name: np.zeros((1, network.states), np.float32) for name in names} for _ in range(2)]
    requests = []
    for before, after in (sets, sets[::-1]):
        request = compiled.create_infer_request()
        request.set_tensor("frame", openvino.Tensor(frame, shared_memory=True))
        request.set_tensor("gains", openvino.Tensor(gains, shared_memory=True))
        for name in names:
            request.set_tensor(name, openvino.Tensor(before[name], shared_memory=True))
            request.set_tensor(name + ".after", openvino.Tensor(after[name], shared_memory=True))
        requests.append(request)
    turn = [0]

    def step(index: int) -> None:
        frame[0] = frames[index]
        request = requests[turn[0]]
        request.infer()
        turn[0] ^= 1

    return Peer(step, lambda: gains, {"openvino": openvino.__version__}, keeps=(sets, compiled))


def _model(network: Network, frames: Frames, variant: str) -> bytes:
    model = onnx_model(network)
    if variant == "float":
        return bytes(model.SerializeToString())
    from linnet.bench.peers.onnxruntime_step import model_bytes

    return model_bytes(model, frames, variant)

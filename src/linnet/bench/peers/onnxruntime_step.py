"""ONNX Runtime on one thread with I/O bound beforehand, in floats, dynamic or static 8 bit.

States go to and fro between two sets of buffers, so that nothing is copied but the frame.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto, save_model
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from linnet.bench.network import Network
from linnet.bench.peers.onnx_graph import onnx_model
from linnet.bench.peers.serving import Frames, Peer


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The variants are float, dynamic and static."""
    session = _session(model_bytes(onnx_model(network), frames, variant))
    names = [one.name for one in session.get_inputs() if one.name != "frame"]

    def value(width: int) -> Any:
        return onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros((1, width), np.float32))

    frame, gains = value(network.bins), value(network.bins)
    sets = [{name: value(network.states) for name in names} for _ in range(2)]
    bindings = []
    for before, after in (sets, sets[::-1]):
        binding = session.io_binding()
        binding.bind_ortvalue_input("frame", frame)
        binding.bind_ortvalue_output("gains", gains)
        for name in names:
            binding.bind_ortvalue_input(name, before[name])
            binding.bind_ortvalue_output(name + ".after", after[name])
        bindings.append(binding)
    rows, run, turn = [np.ascontiguousarray(row[None]) for row in frames], session.run_with_iobinding, [0]

    def step(index: int) -> None:
        frame.update_inplace(rows[index])
        run(bindings[turn[0]])
        turn[0] ^= 1

    return Peer(step, lambda: gains.numpy(), {"onnxruntime": onnxruntime.__version__})


def _session(model: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def model_bytes(model: ModelProto, frames: Frames, variant: str) -> bytes:
    """The model as it is, or with 8-bit products: ranges found anew in each call, or on `frames` beforehand."""
    if variant == "float":
        return bytes(model.SerializeToString())
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        save_model(model, source)
        if variant == "dynamic":
            quantize_dynamic(source, target, weight_type=QuantType.QInt8)
        else:
            quantize_static(
                source,
                target,
                _Calibration(model, frames),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["MatMul"],
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
        return target.read_bytes()


class _Calibration(CalibrationDataReader):
    """The frames in order with the states that the float model has before each."""

    def __init__(self, model: ModelProto, frames: Frames) -> None:
        self._rows = self._run(_session(bytes(model.SerializeToString())), frames)

    @staticmethod
    def _run(session: Any, frames: Frames) -> Iterator[dict[str, Any]]:
        given = {one.name: np.zeros(one.shape, np.float32) for one in session.get_inputs()}
        for row in frames:
            given = given | {"frame": row[None]}
            yield given
            answers = session.run(None, given)
            named = zip((one.name for one in session.get_outputs()), answers, strict=True)
            given = {name.removesuffix(".after"): values for name, values in named if name != "gains"}

    def get_next(self) -> dict[str, Any] | None:
        """The next inputs, None at the end."""
        return next(self._rows, None)

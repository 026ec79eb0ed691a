"""PyTorch on one thread: traced and frozen, compiled ahead of time, with 8-bit products, or with sparse rows."""

from __future__ import annotations

from typing import Any

import torch
import torch._inductor

from linnet.bench.network import Network
from linnet.bench.peers.serving import Frames, Peer


class _Step(torch.nn.Module):
    """One frame: states [layers, 2 P] and frame [bins] to the next states and gains."""

    def __init__(self, network: Network, linear: Any) -> None:
        super().__init__()
        self.half, self.depth = network.states, len(network.layers)
        self.encoder = linear(network.encoder, network.encoder_bias)
        self.decoder = linear(network.decoder, network.decoder_bias)
        for name, biased in (("drive", "drive_bias"), ("read", "skip_bias"), ("gate", "gate_bias")):
            pairs = [(getattr(layer, name), getattr(layer, biased)) for layer in network.layers]
            setattr(self, name, torch.nn.ModuleList([linear(*pair) for pair in pairs]))
        for name in ("decay_re", "decay_im", "skip"):
            for index, layer in enumerate(network.layers):
                self.register_buffer(f"{name}{index}", torch.from_numpy(getattr(layer, name).copy()))

    def forward(self, frame: torch.Tensor, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        u, after = torch.relu(self.encoder(frame)), []
        for index in range(self.depth):
            decay_re, decay_im, skip = (
                getattr(self, f"{n}{index}") for n in ("decay_re", "decay_im", "skip")
            )
            before_re, before_im = states[2 * index], states[2 * index + 1]
            d_re, d_im = self.drive[index](u).split(self.half, dim=-1)
            re = decay_re * before_re - decay_im * before_im + d_re
            im = decay_re * before_im + decay_im * before_re + d_im
            after += [re, im]
            x = torch.cat([torch.relu(re), torch.where(re > 0, im, 0.0)], dim=-1)
            y = torch.relu(self.read[index](x) + skip * u)
            u = torch.relu(y * torch.sigmoid(self.gate[index](y)) + u)
        return (torch.sigmoid(self.decoder(u)), *after)


def _dense(weight: Any, bias: Any) -> torch.nn.Module:
    module = torch.nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weight))
        module.bias.copy_(torch.from_numpy(bias))
    return module


class _Sparse(torch.nn.Module):
    """A product with compressed sparse rows."""

    def __init__(self, weight: Any, bias: Any) -> None:
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight).to_sparse_csr())
        self.register_buffer("bias", torch.from_numpy(bias.copy()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.mv(self.weight, x) + self.bias


def _compiled_ahead(module: torch.nn.Module, example: tuple[torch.Tensor, ...]) -> Any:
    """The module compiled by AOTInductor, which spares the guards that `torch.compile` runs before every call."""
    exported = torch.export.export(module, example)
    return torch._inductor.aoti_load_package(torch._inductor.aoti_compile_and_package(exported))


def build(network: Network, frames: Frames, variant: str) -> Peer:
    """The variants are frozen, ahead, int8 (dense models) and csr (a sparse one)."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    lead = () if variant == "csr" else (1,)  # 8-bit products want a row, sparse ones a vector
    states = [torch.zeros(*lead, network.states) for _ in range(2 * len(network.layers))]
    rows = [torch.from_numpy(row.copy()).reshape(*lead, -1) for row in frames]
    module: Any = _Step(network, _Sparse if variant == "csr" else _dense).eval()
    with torch.inference_mode():
        if variant == "int8":
            module = torch.ao.quantization.quantize_dynamic(module, {torch.nn.Linear}, torch.qint8)
        if variant in ("frozen", "int8"):
            traced = torch.jit.trace(module, (rows[0], *states), check_trace=False)
            module = torch.jit.optimize_for_inference(torch.jit.freeze(traced.eval()))
        if variant == "ahead":
            apart = [
                state + index for index, state in enumerate(states)
            ]  # equal inputs would be taken for one
            module = _compiled_ahead(module, (rows[0], *apart))
    held, answers = [tuple(states)], [torch.zeros(network.bins)]
    run = torch.inference_mode()(module)

    def step(index: int) -> None:
        answers[0], *held[0] = run(rows[index], *held[0])

    return Peer(step, lambda: answers[0].numpy(), {"torch": torch.__version__})

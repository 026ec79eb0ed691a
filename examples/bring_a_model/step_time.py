"""The time of a frame: the model of pytorch_s5.py in PyTorch, and in the engine, on one core.

Run it where pytorch.safetensors, pytorch.npz and a pytorch.gguf of `linnet import` are.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from pytorch_s5 import WIDTH, Model
from safetensors.torch import load_file

import linnet

TURNS = 20


def least_us(work: Callable[[], object], frames: int) -> float:
    """Microseconds a frame, the least of TURNS."""
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e6 * min(times) / frames


def step(model: Model, frame: torch.Tensor, states: list[torch.Tensor]) -> torch.Tensor:
    """One frame [1] through the model by the package's own step; `states` moves on."""
    x = model.encoder(frame)
    for i, layer in enumerate(model.layers):
        u = layer.norm(x[None])[0]
        y, states[i] = layer.ssm.seq.forward_rnn(u, states[i])
        x = x + torch.nn.functional.glu(layer.mix(torch.nn.functional.gelu(y)), dim=-1)
    return model.decoder(x)


def main() -> None:
    """Print the times."""
    torch.set_num_threads(1)
    model = Model()
    model.load_state_dict(load_file("pytorch.safetensors"))
    model.eval()
    inputs = np.load("pytorch.npz")["inputs"][0]
    sequence = torch.from_numpy(inputs)

    def stepwise() -> list[torch.Tensor]:
        states = [torch.zeros(WIDTH, dtype=torch.complex64) for _ in model.layers]
        return [step(model, frame, states) for frame in sequence]

    session = linnet.Session("pytorch.gguf")
    codes = session.quantize(inputs)
    with torch.no_grad():
        difference = float((torch.stack(stepwise()) - model(sequence[None])[0]).abs().max())
        print(
            f"PyTorch, step by step: {least_us(stepwise, len(inputs)):.1f} µs (differs by {difference:.1g})"
        )
        print(f"PyTorch, a sequence at once: {least_us(lambda: model(sequence[None]), len(inputs)):.1f} µs")
    print(f"engine: {least_us(lambda: session.run(codes), len(inputs)):.2f} µs")
    print(
        f"engine, a call of Python for each: {least_us(lambda: list(map(session.step, codes)), len(inputs)):.2f} µs"
    )


if __name__ == "__main__":
    main()

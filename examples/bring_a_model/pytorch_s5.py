"""Two layers of S5 from the package s5-pytorch, trained to tell waveforms: pip install torch s5-pytorch safetensors.

Writes pytorch.safetensors, the state_dict of the model, and pytorch.npz, what it was shown and gave, for
`linnet import`.
"""

import argparse

import numpy as np
import torch
from s5 import S5
from safetensors.torch import save_file
from waveforms import SHAPES, batch

WIDTH, STATES, LAYERS = 32, 32, 2


class Layer(torch.nn.Module):
    """Batch norm, S5, GELU and GLU, around them the residual."""

    def __init__(self) -> None:
        """With random weights."""
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(WIDTH)
        self.ssm = S5(WIDTH, STATES, bcInit="dense")
        self.mix = torch.nn.Linear(WIDTH, 2 * WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Sequences [n, frames, WIDTH]."""
        u = self.norm(x.transpose(1, 2)).transpose(1, 2)
        y = torch.nn.functional.gelu(self.ssm(u))
        return x + torch.nn.functional.glu(self.mix(y), dim=-1)


class Model(torch.nn.Module):
    """Sequences [n, frames, 1] to logits [n, frames, SHAPES]."""

    def __init__(self) -> None:
        """With random weights."""
        super().__init__()
        self.encoder = torch.nn.Linear(1, WIDTH)
        self.layers = torch.nn.ModuleList(Layer() for _ in range(LAYERS))
        self.decoder = torch.nn.Linear(WIDTH, SHAPES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """All frames."""
        x = self.encoder(x)
        for layer in self.layers:
            x = layer(x)
        return self.decoder(x)


def main() -> None:
    """Train, score, and write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--updates", type=int, default=400)
    updates = parser.parse_args().updates
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for update in range(updates):
        inputs, labels = (torch.from_numpy(array) for array in batch(update))
        loss = torch.nn.functional.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if update % 50 == 0:
            print(f"update {update}: loss {loss.item():.3f}", flush=True)
    model.eval()
    inputs, labels = (torch.from_numpy(array) for array in batch(1_000_000, 32))
    with torch.no_grad():
        outputs = model(inputs)
    print(f"right in {(outputs.argmax(-1) == labels).float().mean().item():.1%} of the frames")
    save_file(model.state_dict(), "pytorch.safetensors")
    np.savez("pytorch.npz", inputs=inputs.numpy(), outputs=outputs.numpy())


if __name__ == "__main__":
    main()

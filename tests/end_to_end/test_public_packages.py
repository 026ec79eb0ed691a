"""Models of public packages, in PyTorch and in JAX, become integer model files: proven, pruned, lowered, run.

The packages are those of the extra [public]; what of them is not installed is skipped. discretax asks for Python 3.12,
and also runs with 3.11 (pip install --no-deps --ignore-requires-python discretax einops).
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet.foreign.proof import Examples
from linnet.foreign.tensors import Tensors
from linnet.life.imported import Wishes, import_tensors
from linnet.runtime import Session
from tests.foreign import made
from tests.source_tree import ROOT

pytestmark = pytest.mark.long
FOLDER = ROOT / "examples" / "bring_a_model"
LEAST_DB = 20.0  # two layers of eight matrices each: see made.least_decibels


def require(*packages: str) -> None:
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found; pip install '.[public]'")


def python(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def imported(folder: Path, name: str, map_name: str, *options: str) -> dict[str, Any]:
    words = ["import", f"{name}.safetensors", "--map", str(FOLDER / f"{map_name}.toml")]
    words += ["--examples", f"{name}.npz", "-o", f"{name}.gguf", "--json", *options]
    told: dict[str, Any] = json.loads(python(folder, "-m", "linnet", *words))
    return told


@pytest.mark.parametrize(
    ("script", "name", "options", "packages"),
    [
        ("pytorch_s5", "pytorch", (), ("torch", "s5")),
        ("equinox_s5", "equinox", (), ("equinox", "discretax", "optax")),
        ("equinox_lru", "equinox", ("--kind", "lru"), ("equinox", "discretax", "optax")),
    ],
)
def test_a_network_of_a_public_package_becomes_integers(
    script: str, name: str, options: tuple[str, ...], packages: tuple[str, ...], tmp_path: Path
) -> None:
    require("safetensors", *packages)
    program = "equinox_s5" if script == "equinox_lru" else script
    python(tmp_path, str(FOLDER / f"{program}.py"), "--updates", "3", *options)
    told = imported(tmp_path, name, script, "--gelu", "sigmoid")
    assert told["proof"]["largest_difference"] <= told["proof"]["tolerance"] < 1e-3
    assert told["snr_db"]["whole"] >= LEAST_DB
    session = Session(tmp_path / f"{name}.gguf")
    with np.load(tmp_path / f"{name}.npz") as shown:
        first, expected = shown["inputs"][-1], shown["outputs"][-1]
    outputs = session.values(session.run(session.quantize(first)))
    assert made.decibels(expected, outputs) >= LEAST_DB


def test_an_s4d_layer_of_a_public_package_becomes_integers() -> None:
    require("equinox", "discretax")
    import jax
    from discretax.sequence_mixers.s4d import S4DSequenceMixer

    layer, inputs = S4DSequenceMixer(6, jax.random.PRNGKey(0), state_dim=16), made.shown(width=6)
    outputs = np.stack([np.asarray(layer(sequence, jax.random.PRNGKey(1))) for sequence in inputs])
    text = """[[layers]]
    residual = false
    [layers.recurrence]
    kind = "s4d"
    log_A_real = "log_a_real"
    A_imag = "A_imag"
    log_step = "log_dt"
    C = "C"
    """
    names = ("log_a_real", "A_imag", "log_dt", "C")
    tensors = Tensors({name: np.asarray(getattr(layer.kernel, name)) for name in names}, "S4D")
    done = import_tensors(tensors, text, Examples(inputs, outputs, {}), Wishes("s4d"), say=lambda text: None)
    assert done.report["snr_db"]["whole"] >= LEAST_DB


def test_an_lru_layer_of_a_public_package_becomes_integers() -> None:
    require("torch", "LRU_pytorch")
    import torch
    from LRU_pytorch import LRU

    torch.manual_seed(0)
    layer, inputs = LRU(6, 8, 12), made.shown(width=6)
    with torch.no_grad():
        outputs = layer(torch.from_numpy(inputs)).numpy()
    text = """[[layers]]
    residual = false
    [layers.recurrence]
    kind = "lru"
    nu_log = "nu_log"
    theta_log = "theta_log"
    gamma_log = "gamma_log"
    B = "B"
    C = "C"
    D = "D"
    """
    tensors = Tensors({name: each.numpy() for name, each in layer.state_dict().items()}, "LRU")
    done = import_tensors(tensors, text, Examples(inputs, outputs, {}), Wishes("lru"), say=lambda text: None)
    assert done.report["snr_db"]["whole"] >= LEAST_DB

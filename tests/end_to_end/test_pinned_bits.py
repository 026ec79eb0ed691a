"""Stored digests: what must stay the same to the bit while the code around it is moved or rewritten.

An integer and a sample of the engine are the same on every machine, so those digests hold everywhere. A training is
floating point: it repeats to the bit on one kind of machine under one version of JAX, and its stored digest is
compared there only. A digest is renewed where results are meant to change: the failing test prints the new one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import linnet
from linnet.ir import quantize_features, read_program
from linnet.runtime import Denoiser, Listener, Session
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.source_tree import SOURCE
from tests.train.small import SMALL, SPARSE_AND_ROUNDED, write_recordings

MODEL_DIGESTS = {
    "denoise-dense-medium": (
        "a5e041fc00c5a387abbba7988ee346916f5859854e1cd119f7a816aaf6731e7b",
        "c98301a88cd9f2fc8ec9ca279c30131182aea8591d28337e8f178d7287585930",
        "d5ec3d60e37543ca9a46d6ef13ff202cc093c39bef377f367f008105c71546b8",
    ),
    "denoise-gated-medium": (
        "45ca00c0e1425e1e02a9655e4ee0cd05c4516c5d795220c9edac941831c94dea",
        "8b2dec88e0c549544bd0536354045a181ba83babe4af18c442266bafd43c5e68",
        "4e0f98c08ad95f5c40b8c9674f683d5352771a6fd64630726e21e643f699a969",
    ),
    "denoise-sparse-large": (
        "43dbefbe5631c467b3d62eb65bcc4ae84cdbb7c556b31a3a5f7ac89df6c1c6a8",
        "8cf7c67b881a5ee494a65360c720876dd44abdf5f817bc6808321189dae00786",
        "5507fa6f01232d072290d4950b091d8216381db4eadbe7c82986fe0fb1b96565",
    ),
    "denoise-sparse-medium": (
        "43dbefbe5631c467b3d62eb65bcc4ae84cdbb7c556b31a3a5f7ac89df6c1c6a8",
        "a098cc10bbd536703bcd324e945aafe79c506748faf6d73d8ec5a9e381a0addd",
        "80478f565ace77ea942861c834e39cf2215c073f6987504653ff50b78b9743ee",
    ),
    "denoise-sparse-small": (
        "43dbefbe5631c467b3d62eb65bcc4ae84cdbb7c556b31a3a5f7ac89df6c1c6a8",
        "09bacdbcf226ebe393a193b7de7064ecea8e27a33fc83187673ff3d05e9ebd78",
        "ae8bdd3733282a363c51991dd5e8f373b3f5e09f5ae96c6c2977af814e723b75",
    ),
}
"""Of each model over all clips of one channel in examples/noisy: input codes, gain codes, samples."""

TRAINING_DIGESTS = {
    (
        "0.10.2",
        "x86_64, Intel(R) Xeon(R) Processor, 6, 167, 1, 2 cores",
        True,
    ): "e0fcb134ebbd4e34902680ec1a78ecf816484de7b2f509a7658d9ea0633e8230",
}
"""Of the last checkpoint of the run below, by the version of JAX, the machine, and whether native/ was compiled."""

TRAIN_TWENTY_UPDATES = """
import sys
from linnet.train.loop import train
train(*sys.argv[1:])
"""


def digest(*arrays: np.ndarray) -> str:
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(f"{array.dtype.str} {array.shape}".encode())
        whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def answers(name: str) -> tuple[str, str, str]:
    """The digests of a model over all clips: the codes it takes, the codes it gives, the cleaned samples."""
    path = SOURCE / "models" / f"{name}.gguf"
    program, denoiser = read_program(path), Denoiser(path)
    clips = [sound(clip) for clip in CLIPS]
    codes = [quantize_features(program, Listener(denoiser.model).push(clip).features) for clip in clips]
    gains = [Session(denoiser.model).run(each) for each in codes]
    cleaned = [denoiser(clip, sample_rate_hz=denoiser.sample_rate_hz) for clip in clips]
    return digest(*codes), digest(*gains), digest(*cleaned)


@pytest.mark.parametrize("name", linnet.pretrained_names())
def test_shipped_models_give_the_stored_bits_on_every_instruction_set(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {}
    for isa in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, isa)
        given[isa] = answers(name)
    assert given == dict.fromkeys(given, MODEL_DIGESTS.get(name))


def machine() -> str:
    """What the bits of XLA's code for CPUs depend on: the processor and how many cores share a product."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    keys = ("model name", "cpu family", "model", "stepping")
    known = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {key.strip(): value.strip() for key, value in known.items()}
    return ", ".join(
        [platform.machine(), *(facts[key] for key in keys if key in facts), f"{os.cpu_count()} cores"]
    )


def train_twenty_updates(folder: Path) -> str:
    """The digest of the checkpoint that a run on generated sound leaves: dense, then pruned, then rounded."""
    from safetensors import safe_open

    recipe = folder / "recipe.toml"
    folder.mkdir()
    recipe.write_text(SMALL.replace("updates = 14", "updates = 20") + SPARSE_AND_ROUNDED)
    where = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    words = [str(recipe), str(write_recordings(folder / "recordings")), str(folder / "run")]
    subprocess.run([sys.executable, "-c", TRAIN_TWENTY_UPDATES, *words], env=os.environ | where, check=True)
    with safe_open(folder / "run" / "checkpoint.safetensors", framework="numpy") as stored:
        names = sorted(stored.keys())
        return digest(np.array(names), *(stored.get_tensor(name) for name in names))


@pytest.mark.long
def test_twenty_updates_end_in_the_same_bits_in_every_process_and_in_the_stored_ones_where_they_are_known(
    tmp_path: Path,
) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("matplotlib")
    from linnet.nn.compiled import available

    once, again = (train_twenty_updates(tmp_path / name) for name in ("once", "again"))
    assert once == again
    here = version("jax"), machine(), available()
    assert once == TRAINING_DIGESTS.get(here, once), here

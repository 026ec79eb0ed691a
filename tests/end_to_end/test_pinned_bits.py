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
from linnet.runtime import Denoiser, Listener, Recognizer, Session, TextModel
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.source_tree import ROOT, SOURCE
from tests.train.small import SMALL, SPARSE_AND_ROUNDED, write_recordings

MODEL_DIGESTS = {
    "denoise-bands-large": (
        "85412906b5996a99f7e4b6be32c257c19425169247891e57fb273493384d87b2",
        "41948dce8e7276b235005c28ff2f7d6adfaef66aa46cf3d00b52d8dab37be558",
        "4c995087cf3c98a53bf11f2c0e2d4df9200f20e3be26b2a397b8170cdcb48b48",
    ),
    "denoise-bands-medium": (
        "85412906b5996a99f7e4b6be32c257c19425169247891e57fb273493384d87b2",
        "37a7aa3b3c0df67134dbb0492ca19bcde57f3d356f155b48b1cdc1c9d8c5f52c",
        "1c630796bd6c1b8ce31624b79a51025246c8c21bc80c89d40cc88f39d5c23c30",
    ),
    "denoise-bands-xlarge": (
        "85412906b5996a99f7e4b6be32c257c19425169247891e57fb273493384d87b2",
        "71c4c057a5d4a5d234dad8f2a9760001086d326dff5fbbf8058b0bf6004986ab",
        "00ef21d5471d6cdce6650959a92dc1c2ee96fe70e985e4b0740d9a7405a8d275",
    ),
    "denoise-dense-medium": (
        "5d6d4b41a88bfd5a719922e0dde2eca682c9faaa9125a8c9d6f1e94862231834",
        "9a8a38666f4c55ca7310bfb4caffb548bc4295a370a014d5681b4015d2218f2d",
        "056bfc013b2fad700d31d830da33495250c0eb64f0438eae40a754c59183846d",
    ),
    "denoise-gated-large": (
        "85412906b5996a99f7e4b6be32c257c19425169247891e57fb273493384d87b2",
        "70901120fcc8ebebbe4889b32c5580344ef8f9ebb96a36d44acfc37b4c5191ef",
        "62f5ec1035349e1a8e371553247cfe3e72af5eefac7e066c328b7c120995c051",
    ),
    "denoise-gated-medium": (
        "85412906b5996a99f7e4b6be32c257c19425169247891e57fb273493384d87b2",
        "9f6be1df5ca568a4a0f0510f46b2b93ff3951d4d687e370f1faef3900784afa2",
        "2530ec3521010e63485fdc2c5f37e7e3d7e870351b3dab77fcf9db27508b1fdc",
    ),
    "denoise-sparse-large": (
        "76152386ced581b7c42551de6e6b8c3413040b1f8e310b25349a39d69e88564b",
        "0d911d09f18f879f599aa427f5feacc8860e748f7e293ccd810e57536f43ce3e",
        "a41462dafac27416726afe1af3d6ca83169fa4a608914b4439337ab262eeaca5",
    ),
    "denoise-sparse-medium": (
        "76152386ced581b7c42551de6e6b8c3413040b1f8e310b25349a39d69e88564b",
        "a32d5f15038a85c5a0cc69fcf196a90b9114acb2f7eb18fa2ac694f0e747e945",
        "fc423a1af97a1272e0f1865eddedc3c43455e019714859c67259ce5b1afeed57",
    ),
    "denoise-sparse-small": (
        "76152386ced581b7c42551de6e6b8c3413040b1f8e310b25349a39d69e88564b",
        "63f6d7b186e6216563341ffd986731389bec07b79cd100fa22584125da03e86f",
        "cf6441cd76000d2f439ac099acf73c0c5326d802a156d693f182c20205140b0d",
    ),
}
"""Of each model over all clips of one channel in examples/noisy: input codes, gain codes, samples."""

RECOGNIZER_DIGESTS = {
    "keywords-sparse": "162cab69b41db2a4d6c9cf11abe6e47314781aee37374c0308a0cebfb642a660",
}
"""Of each model of keywords over the same clips: the pooled sums of its outputs."""

TEXT_DIGESTS = {
    "text-english": "c5dea9e5924ba34b3cca717a3cfdefa9341023645a4efa6ea020b853c52cd12a",
}
"""Of each model of text over the licence of this repository: the frequencies of all symbols behind every byte, and the
compressed file."""

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


@pytest.mark.parametrize("name", linnet.pretrained_names("keywords"))
def test_recognizers_that_ship_give_the_stored_sums_on_every_instruction_set(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {}
    for isa in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, isa)
        recognizer = Recognizer.from_pretrained(name)
        given[isa] = digest(*(recognizer.sums(sound(clip)) for clip in CLIPS))
    assert given == dict.fromkeys(given, RECOGNIZER_DIGESTS.get(name))


@pytest.mark.parametrize("name", linnet.pretrained_names("text"))
def test_text_models_that_ship_give_the_stored_frequencies_on_every_instruction_set(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, given = (ROOT / "LICENSE").read_bytes(), {}
    for isa in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, isa)
        model = TextModel.from_pretrained(name)
        frequencies = model.reading().frequencies_after(model.alphabet.places(text))
        given[isa] = digest(frequencies, np.frombuffer(model.compress(text), np.uint8))
    assert given == dict.fromkeys(given, TEXT_DIGESTS.get(name))


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
    where["JAX_ENABLE_COMPILATION_CACHE"] = "false"  # each process compiles, as a user's does
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

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
from tests.end_to_end.chosen import only_the_default_quickly
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.source_tree import ROOT, SOURCE
from tests.train.small import SMALL, SPARSE_AND_ROUNDED, write_recordings

MODEL_DIGESTS = {
    "denoise-bands-large": (
        "2ca710bf4dfa54a0eb8caca8b6e9fd20747ed626b4a5f14abce495ba5dd8cd9d",
        "edb123f1dd42762d8642b437780fd3522e3ecb58824b66fd2d16977b684f3d48",
        "45e962ec6beb97c18d374c870f3f739cd48c2647e329d93cced1deef0ab0c59c",
    ),
    "denoise-bands-medium": (
        "2ca710bf4dfa54a0eb8caca8b6e9fd20747ed626b4a5f14abce495ba5dd8cd9d",
        "b240c422ef9676293eb7b34a2f462bdeaf8eb1d36422df74289cb65b15806a96",
        "96f6af1b0605a251a7900a5f073f767ed9022e22117fe115e57c5e8fff4d009f",
    ),
    "denoise-bands-xlarge": (
        "2ca710bf4dfa54a0eb8caca8b6e9fd20747ed626b4a5f14abce495ba5dd8cd9d",
        "8fd6761d92423d4feab65f37f10cc2ec103c524b23b134a604609d44b6c12940",
        "c15acbd55090dcbedfa31b51ce2de7327bda55d5534ba8a5ff196ef17b5b0942",
    ),
    "denoise-dense-medium": (
        "15dc4ff44f1bd92b7979c617bf7a7d5b81fd1d233248c20ba7d8bd374c588c7f",
        "e8a53e34a9b3e1bf425414f41762c88f3ff6ea0f7c027c77f8e7ff076107b9a1",
        "8766800f443161f1b261940cd90cef856c92ef876cf8452f865cc511ea3e556f",
    ),
    "denoise-gated-large": (
        "2ca710bf4dfa54a0eb8caca8b6e9fd20747ed626b4a5f14abce495ba5dd8cd9d",
        "def307a1604cb5eeeb199c6ba5fc4fb3baac27305b2dcd5aacdd3180ea4331f0",
        "d5c8e59eabf23802a62958b66bcd6bd58bb4276b062ec348c3cee8a85727bad5",
    ),
    "denoise-gated-medium": (
        "2ca710bf4dfa54a0eb8caca8b6e9fd20747ed626b4a5f14abce495ba5dd8cd9d",
        "981349c03b734599d80b394a1e8d8cb569bf46fee7459fa52f1876aca75d3e00",
        "c00d5339fb8fa52221d2f954104f4ce63381464da8a861ef1d57f99355ba1c9c",
    ),
    "denoise-low-latency": (
        "af2e5c427f51047b79198a1c70d9efccc779530a841594ad1682c2f7fe237173",
        "47c59216594f23cd41a6b950031eb4176e69ff56a69776884ec7d331cec87dc9",
        "615e40d407c58bdc7aad4996d3876d35b09d06fb42500786cb4907422dc3b243",
    ),
    "denoise-sparse-large": (
        "a22deea6df1d02e7c3baf7cd99901104d98b1a525ac1cd90d8b484f9cb5ffb7a",
        "c80654e075a0ce833c9fadbf0c5d659cba7c4de40e9e20b928bb02032bb3675f",
        "0a4feaa9ee26e78b0479d184315ef6df94b1c6aec58ed11328e73ba0b64901b2",
    ),
    "denoise-sparse-medium": (
        "a22deea6df1d02e7c3baf7cd99901104d98b1a525ac1cd90d8b484f9cb5ffb7a",
        "4b668aaf2e258d8762eef4877312a89a161736310cb69fc4041990ce577c0d88",
        "6fd963b100c2ecb6b578318d1cd421b32188980d8c5e2919fea129436f9e34d2",
    ),
    "denoise-sparse-small": (
        "a22deea6df1d02e7c3baf7cd99901104d98b1a525ac1cd90d8b484f9cb5ffb7a",
        "1da8f2cbae55b7a281f86638ad38ed7d2c9bb64141c38e144e4e1158217dc212",
        "1e8b9015735151e33ee88d27d20f470be9e43da9b20a91bff1fa79c35efdf567",
    ),
}
"""Of each model over all clips of one channel in examples/noisy: input codes, gain codes, samples."""

RECOGNIZER_DIGESTS = {
    "keywords-sparse": "c28d20acd5183bca3b45897c14d7f593de4410c71aba8202923c96d2887f096a",
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


@pytest.mark.parametrize("name", only_the_default_quickly(linnet.pretrained_names()))
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


@pytest.mark.long
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

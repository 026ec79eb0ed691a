"""A model made elsewhere, from its tensors to a scored Program: described, proven, pruned, lowered, run in the engine.

The steps are those of linnet.foreign; here they come in order, and what each of them costs is measured. NumPy only.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from linnet.foreign.description import describe
from linnet.foreign.lowering import GELUS, lower, sizes_of
from linnet.foreign.network import Activation, Network
from linnet.foreign.proof import Examples, Proof, examples_of, prove
from linnet.foreign.pruning import RULES, prune
from linnet.foreign.reference import run
from linnet.foreign.tensors import Tensors, read_arrays, read_tensors
from linnet.ir import (
    FrontEndSpec,
    Metadata,
    Program,
    measure_activity,
    program_to_bytes,
    quantize_features,
)
from linnet.life.accounts import CARD_KEY as ACCOUNTING_KEY
from linnet.life.accounts import accounting_entry
from linnet.life.following import account_of_values
from linnet.runtime import Model, Session

Array = NDArray[Any]
Say = Callable[[str], None]

CARD_KEY = "imported"
HELD_OUT = 4  # one sequence of so many is not calibrated on, and scores the integers
COUNTED_FRAMES = 2000  # say the shares to a few percent, and the exact interpreter is slow


@dataclass(frozen=True)
class Wishes:
    """How a model is to become integers."""

    name: str
    licence: str = "not stated"
    frames_per_second: float = 1.0
    density: float = 1.0
    """The share of the nonzero weights of each row that stay."""
    rule: Literal["magnitude", "wanda"] = "wanda"
    keep: tuple[str, ...] = ()
    """Patterns of the names of matrices that stay whole."""
    gelu: Literal["sigmoid", "relu"] | None = None
    """What takes the place of every GELU; None refuses them."""


@dataclass(frozen=True)
class Imported:
    """The program, and what was measured on the way, as JSON values."""

    program: Program
    report: dict[str, Any]


def import_model(weights: Path, text: str, examples: Path, wishes: Wishes, *, say: Say = print) -> Imported:
    """Read a model, prove that it is understood, and make a Program of it.

    Args:
        weights: its tensors, .safetensors or .npz.
        text: the map, TOML.
        examples: .npz of inputs [n, frames, in] and outputs [n, frames, out] of the model.
        wishes: how it is to become integers.
        say: is told what has been done, a line each.

    Raises:
        ProofError: the description gives other outputs.
        ValueError: a file or the map is not as it must be, or the model has no integer form.
        OSError: a file cannot be read.
    """
    tensors = read_tensors(weights)
    shown = examples_of(read_arrays(examples), examples.name)
    made = import_tensors(tensors, text, shown, wishes, say=say)
    origin = {"weights": weights.name, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    card = made.program.metadata.card
    return Imported(_with_card(made.program, card | {CARD_KEY: made.report | origin}), made.report | origin)


def import_tensors(
    tensors: Tensors, text: str, examples: Examples, wishes: Wishes, *, say: Say = print
) -> Imported:
    """The same for tensors and examples that are in memory already."""
    network = describe(text, tensors)
    proof = prove(network, describe(text, tensors, dtype=np.float32), examples)
    say(
        f"proven: {proof.values} outputs agree within {proof.largest_difference:.2g}; float32 explains "
        f"{proof.tolerance:.2g}"
    )
    return integers_of(network, proof, examples, wishes, say=say)


def integers_of(network: Network, proof: Proof, examples: Examples, wishes: Wishes, *, say: Say) -> Imported:
    """Prune a network that was proven, lower it, and score the integers.

    Ranges and pruning come from the first sequences, the scores from the last quarter, or from the only one.
    """
    seen = max(1, len(examples.inputs) - max(1, len(examples.inputs) // HELD_OUT))
    calibration, test = examples.inputs[:seen], slice(seen if len(examples.inputs) > 1 else 0, None)
    inputs = examples.inputs[test]
    stages = {"float": proof.reference[test]}
    if wishes.gelu is not None:
        network = without_gelu(network, wishes.gelu)
        stages["gelu"] = run(network, inputs)
        say(f"GELU replaced by {wishes.gelu}: {decibels(stages['float'], stages['gelu']):.1f} dB")
    if wishes.density < 1:
        network = prune(
            network, calibration, density=wishes.density, rule=RULES[wishes.rule], keep=wishes.keep
        )
        stages["pruned"] = run(network, inputs)
        before = list(stages.values())[-2]
        say(f"pruned to {wishes.density:.0%} by {wishes.rule}: {decibels(before, stages['pruned']):.1f} dB")
    program = _lowered(network, calibration, wishes)
    stages["integers"] = in_engine(program, inputs)
    last = list(stages.values())[-2]
    say(f"lowered: {decibels(last, stages['integers']):.1f} dB of integers against these floats")
    sequence = inputs[0][:COUNTED_FRAMES]
    account = accounting_entry(
        program, account_of_values(program, sequence), sound="a sequence of the examples"
    )
    report = _report(proof, stages, examples.outputs[test], wishes)
    return Imported(_with_card(program, {ACCOUNTING_KEY: account, CARD_KEY: report}), report)


def without_gelu(network: Network, instead: Literal["sigmoid", "relu"]) -> Network:
    """The network with another function in the place of every GELU.

    Raises:
        ValueError: it has none.
    """
    kind: Literal["gelu_sigmoid", "relu"] = "gelu_sigmoid" if instead == "sigmoid" else "relu"
    found = {
        step.name: dataclasses.replace(step, kind=kind)
        for step in network.steps()
        if isinstance(step, Activation) and step.kind in GELUS
    }
    if not found:
        raise ValueError(f"{instead} came to replace GELU, but the map names no gelu; leave the choice out.")
    return network.with_steps(found)


def decibels(truth: Array, values: Array) -> float:
    """Signal to noise ratio: the energy of `truth` over that of the difference; infinite where there is none."""
    noise = float(np.sum((truth - values.astype(np.float64)) ** 2))
    return 10 * float(np.log10(np.sum(truth**2) / noise)) if noise else float("inf")


def in_engine(program: Program, inputs: Array) -> Array:
    """Sequences [n, frames, in] through the C engine, each from rest: [n, frames, out]."""
    session = Session(Model(program_to_bytes(program)))
    outputs = []
    for sequence in inputs:
        session.reset()
        outputs.append(session.values(session.run(session.quantize(sequence))))
    return np.stack(outputs)


def _lowered(network: Network, calibration: Array, wishes: Wishes) -> Program:
    metadata = Metadata(
        name=wishes.name,
        licence=wishes.licence,
        front_end=FrontEndSpec(frames_per_second=wishes.frames_per_second),
        training_data="not stated: the model was made elsewhere",
    )
    program = lower(network, sizes_of(network, calibration), metadata)
    frames = calibration.reshape(-1, calibration.shape[-1])[:COUNTED_FRAMES]
    activity = measure_activity(program, quantize_features(program, frames))
    return dataclasses.replace(program, metadata=dataclasses.replace(metadata, activity=activity))


def _report(proof: Proof, stages: dict[str, Array], given: Array, wishes: Wishes) -> dict[str, Any]:
    """What the card says: the proof, and what every stage costs against the one before; None where it costs nothing."""
    names, values = list(stages), list(stages.values())
    ratios = {name: decibels(*pair) for name, pair in zip(names[1:], pairwise(values), strict=True)}
    integers = values[-1]
    ratios["whole"] = decibels(given.astype(np.float64), integers)
    report: dict[str, Any] = {
        "proof": {
            "values": proof.values,
            "largest_difference": proof.largest_difference,
            "tolerance": proof.tolerance,
            "blocks": list(proof.taps),
        },
        "snr_db": {name: ratio if np.isfinite(ratio) else None for name, ratio in ratios.items()},
        "scored_on": {"sequences": len(integers), "frames": int(integers.shape[0] * integers.shape[1])},
        "density": wishes.density,
        "rule": wishes.rule if wishes.density < 1 else None,
        "gelu": wishes.gelu,
    }
    if integers.shape[-1] > 1:
        same = np.argmax(integers, axis=-1) == np.argmax(given, axis=-1)
        report["same_largest_output"] = float(np.mean(same))
    return report


def _with_card(program: Program, card: dict[str, Any]) -> Program:
    return dataclasses.replace(program, metadata=dataclasses.replace(program.metadata, card=card))

"""A right description is proven within what float32 explains; a wrong one is told where it goes wrong."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.foreign.description import describe
from linnet.foreign.proof import Examples, Proof, ProofError, examples_of, prove
from linnet.foreign.reference import run
from tests.foreign import made

WHOLE = made.ENDS + made.LRU
INPUTS = made.shown()


def proof_of(text: str, taps: dict[str, np.ndarray] | None = None) -> Proof:
    tensors = made.tensors()
    outputs = made.lru_outputs(tensors, INPUTS).astype(np.float32)
    network, rounded = (
        describe(text, made.named(tensors), dtype=dtype) for dtype in (np.float64, np.float32)
    )
    return prove(network, rounded, Examples(INPUTS, outputs, taps or {}))


def test_outputs_in_float32_of_another_program_are_proven() -> None:
    proof = proof_of(WHOLE)
    assert 0 < proof.largest_difference <= proof.tolerance < 1e-3
    assert proof.values == 4 * 60 * made.OUTPUTS


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (('mean = "l{i}.mean"', 'mean = "l{i}.mean"\neps = 2e-4'), "from the first frame on"),
        (('theta_log = "l{i}.theta"', 'theta_log = "l{i}.nu"'), "1 frames before agree, so look at decays"),
        (('D = "l{i}.D"', ""), "from the first frame on"),
        (("[layers.mixer]", "[layers.mixer]\nvalue_bias = 'l{i}.D'"), "from the first frame on"),
    ],
)
def test_a_wrong_detail_is_found(change: tuple[str, str], hint: str) -> None:
    with pytest.raises(ProofError, match=f"outputs differ by up to .*{hint}"):
        proof_of(WHOLE.replace(*change))


def test_values_after_blocks_say_where_it_begins() -> None:
    seen: dict[str, np.ndarray] = {}
    network = describe(WHOLE, made.named(made.tensors()))
    run(network, INPUTS, tap=seen.__setitem__)
    taps = {name: seen[name].astype(np.float32) for name in ("decoder", "layers.1", "layers.0", "encoder")}
    assert proof_of(WHOLE, taps).taps == tuple(taps)
    wrong = WHOLE.replace('gate_bias = "l{i}.gate_bias"', "")
    with pytest.raises(ProofError, match=r"^layers\.0 differ"):
        proof_of(wrong, taps)
    with pytest.raises(ValueError, match=r"'layers\.2' of the examples is no block"):
        proof_of(WHOLE, {"layers.2": taps["layers.1"]})


def test_examples_of_another_width_are_refused() -> None:
    network = describe(WHOLE, made.named(made.tensors()))
    with pytest.raises(ValueError, match=r"inputs of shape \(4, 60, 7\) came, but the network takes .* 5"):
        prove(network, network, Examples(made.shown(width=7), INPUTS, {}))
    with pytest.raises(ProofError, match="has 5 values a frame, but the map gives 3"):
        prove(network, network.astype(np.float32), Examples(INPUTS, INPUTS, {}))


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"inputs": INPUTS}, "no array 'outputs'"),
        (
            {"inputs": INPUTS, "outputs": INPUTS[0]},
            r"outputs of file has shape \(60, 5\), and \[n, frames, width\]",
        ),
        ({"inputs": INPUTS[:0], "outputs": INPUTS[:0]}, "at least one of each"),
        ({"inputs": 0 * INPUTS, "outputs": 0 * INPUTS}, "0 everywhere, which proves nothing"),
        ({"inputs": INPUTS, "outputs": INPUTS[:2]}, r"outputs of file has shape \(2, 60, 5\)"),
        ({"inputs": INPUTS, "outputs": INPUTS.astype(np.float16)}, "float16, too coarse"),
        ({"inputs": INPUTS, "outputs": INPUTS * np.float32(np.inf)}, "not finite"),
    ],
)
def test_unfit_examples_are_refused(arrays: dict[str, np.ndarray], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        examples_of(arrays, "file")

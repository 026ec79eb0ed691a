"""A map and its tensors give the network that they describe, by every variant; what is wrong is named."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.foreign.description import describe
from linnet.foreign.network import Diagonal, Network
from linnet.foreign.reference import run
from tests.foreign import made

WHOLE = made.ENDS + made.LRU
ROUNDING = 1e-12  # a thousand sums of values near 1 in float64


def only(network: Network) -> Diagonal:
    (step,) = network.steps()
    assert isinstance(step, Diagonal)
    return step


def continuous(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return -rng.uniform(0.1, 1, shape) + 1j * rng.uniform(0, 6, shape)


def complex_normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def test_two_lru_layers_give_what_they_give_elsewhere() -> None:
    tensors, inputs = made.tensors(), made.shown()
    ours = run(describe(WHOLE, made.named(tensors)), inputs)
    np.testing.assert_allclose(ours, made.lru_outputs(tensors, inputs), atol=ROUNDING)


@pytest.mark.parametrize("rule", ["zoh", "bilinear"])
@pytest.mark.parametrize("conjugates", [False, True])
def test_s5_is_discretized_as_asked(rule: str, conjugates: bool) -> None:
    rng = np.random.default_rng(2)
    Lambda, B, C = continuous(rng, (6,)), complex_normal(rng, 6, 4), complex_normal(rng, 4, 6)
    step, D, u = rng.uniform(0.01, 0.3, 6), rng.standard_normal(4), made.shown(width=4)
    text = f"""[[layers]]
    residual = false
    [layers.recurrence]
    kind = "s5"
    lambda = "L"
    log_step = "s"
    discretization = "{rule}"
    conj_sym = {str(conjugates).lower()}
    B = "B"
    C = "C"
    D = "D"
    """
    arrays = {"L": Lambda, "s": np.log(step)[:, None], "B": B, "C": C, "D": D}
    ours = run(describe(text, made.named(arrays)), u)
    if rule == "zoh":
        decay, factor = np.exp(Lambda * step), (np.exp(Lambda * step) - 1) / Lambda
    else:
        decay, factor = (2 + Lambda * step) / (2 - Lambda * step), 2 * step / (2 - Lambda * step)
    theirs = made.recurrence(decay, factor[:, None] * B, C, u) * (2 if conjugates else 1) + D * u
    np.testing.assert_allclose(ours, theirs, atol=ROUNDING)


def test_s4d_is_its_convolution() -> None:
    rng = np.random.default_rng(3)
    channels, states, u = 4, 6, made.shown(width=4)
    log_real, imag, C = rng.normal(-0.7, 0.3, (4, 6)), rng.uniform(0, 9, (4, 6)), complex_normal(rng, 4, 6)
    step, D = rng.uniform(0.01, 0.2, channels), rng.standard_normal(channels)
    text = """[[layers]]
    residual = false
    recurrence = { kind = "s4d", log_A_real = "re", A_imag = "im", C = "C", log_step = "dt", D = "D" }"""
    arrays = {"re": log_real, "im": imag, "C": np.stack([C.real, C.imag], -1), "dt": np.log(step), "D": D}
    network = describe(text, made.named(arrays))
    A = -np.exp(log_real) + 1j * imag
    kernel = np.einsum(
        "hn,hnt->ht",
        C * (np.exp(A * step[:, None]) - 1) / A,
        np.exp((A * step[:, None])[..., None] * np.arange(u.shape[1])),
    )
    theirs = np.stack(
        [
            np.stack([np.convolve(one[:, h], 2 * kernel[h].real)[: len(one)] for h in range(channels)], -1)
            for one in u
        ]
    )
    np.testing.assert_allclose(run(network, u), theirs + D * u, atol=1e-11)
    assert only(network).states == channels * states


def test_clipped_eigenvalues_and_a_scaled_step_are_those_of_s5() -> None:
    arrays = {"L": np.array([0.3 + 1j, -0.5 + 2j]), "s": np.log([0.1, 0.1]), "B": np.ones((2, 1)) + 0j}
    text = """[[layers]]
    residual = false
    [layers.recurrence]
    kind = "s5"
    lambda = "L"
    log_step = "s"
    step_scale = 0.5
    clip_eigs = true
    B = "B"
    C = { tensor = "B", transposed = true }
    """
    decay = np.exp(np.array([-1e-4 + 1j, -0.5 + 2j]) * 0.05)
    np.testing.assert_allclose(
        only(describe(text, made.named(arrays))).decay, [*decay.real, *decay.imag], rtol=1e-14
    )


def test_mingru_is_its_loop() -> None:
    rng = np.random.default_rng(4)
    arrays = {name: rng.standard_normal((3, 2)) for name in ("v", "g")} | {"b": rng.standard_normal(3)}
    text = """[[layers]]
    residual = false
    recurrence = { kind = "mingru", value = "v", gate = "g", gate_bias = "b" }"""
    u, h = made.shown(width=2, n=1), np.zeros(3)
    ours = run(describe(text, made.named(arrays)), u)[0]
    for frame, given in zip(ours, u[0], strict=True):
        share = 1 / (1 + np.exp(-(arrays["g"] @ given + arrays["b"])))
        h = (1 - share) * h + share * (arrays["v"] @ given)
        np.testing.assert_allclose(frame, h, atol=ROUNDING)


def test_every_way_to_hold_complex_numbers_means_the_same() -> None:
    tensors, inputs = made.tensors(), made.shown()
    expected = run(describe(WHOLE, made.named(tensors)), inputs)
    pairs = {n: np.stack([a.real, a.imag], -1) if a.dtype.kind == "c" else a for n, a in tensors.items()}
    assert np.array_equal(run(describe(WHOLE, made.named(pairs)), inputs), expected)
    parts = {f"{n}_re": a.real for n, a in tensors.items()} | {f"{n}_im": a.imag for n, a in tensors.items()}
    text = WHOLE
    for name in ("B", "C"):
        text = text.replace(
            f'{name} = "l{{i}}.{name}"', f'{name} = {{ re = "l{{i}}.{name}_re", im = "l{{i}}.{name}_im" }}'
        )
    assert np.array_equal(run(describe(text, made.named(tensors | parts)), inputs), expected)


def test_stacked_turned_and_joined_tensors_are_taken_apart() -> None:
    tensors, inputs = made.tensors(), made.shown()
    expected = run(describe(WHOLE, made.named(tensors)), inputs)
    both = [np.concatenate([tensors[f"l{i}.value"], tensors[f"l{i}.gate"]]) for i in range(2)]
    changed = tensors | {"enc.weight": tensors["enc.weight"].T, "both": np.stack(both)}
    text = WHOLE.replace('weight = "enc.weight"', 'weight = { tensor = "enc.weight", transposed = true }')
    for name, rows in (("value", (0, 16)), ("gate", (16, 32))):
        text = text.replace(
            f'{name} = "l{{i}}.{name}"', f'{name} = {{ tensor = "both", index = "{{i}}", rows = {[*rows]} }}'
        )
    assert np.array_equal(run(describe(text, made.named(changed)), inputs), expected)


def test_a_norm_after_the_residual_and_an_output_sigmoid_come_last() -> None:
    arrays = {"w": np.eye(2), "s": np.array([2.0, 3.0]), "t": np.array([0.5, -1.0])}
    text = """output = "sigmoid"
    [[layers]]
    mixer = { kind = "linear", weight = "w" }
    norm_after = { kind = "affine", scale = "s", offset = "t" }"""
    u = made.shown(width=2)
    logits = 2.0 * u * arrays["s"] + arrays["t"]
    np.testing.assert_allclose(
        run(describe(text, made.named(arrays)), u), 1 / (1 + np.exp(-logits)), atol=ROUNDING
    )


REFUSED = {
    'weigth = "enc.weight"': "encoder has no key weight, only weigth, bias",
    'weight = "enc.wait"': "no tensor 'enc.wait'.*enc.weight",
    'weight = "dec.weight"': r"bias of encoder has shape \(16,\).*\(3,\)",
    'weight = "enc.weight"\nbais = "enc.bias"': "bais is no key of encoder.*did you mean bias",
    "weight = 3": "names no tensor",
    'weight = { tensor = "enc.weight", rows = [0, 99] }': r"rows \[0, 99\]",
    'weight = { tensor = "enc.weight", index = 99 }': "index 99",
    'weight = "l{i}.B"': "counts layers only",
}


@pytest.mark.parametrize("line", sorted(REFUSED))
def test_a_wrong_line_of_a_map_is_named(line: str) -> None:
    text = WHOLE.replace('weight = "enc.weight"', line, 1)
    with pytest.raises(ValueError, match=REFUSED[line]):
        describe(text, made.named(made.tensors()))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('kind = "batch"', 'kind = "layer"'), "layer of layers.0.norm cannot become integers.*batch norm"),
        (('kind = "lru"', 'kind = "mamba"'), "mamba of layers.0.recurrence.*mingru"),
        (('kind = "lru"', 'kind = "attention"'), "attention.*state of fixed size"),
        (('kind = "lru"', 'kind = "lrv"'), "'lrv' of layers.0.recurrence is not known; choose one of"),
        (('activation = "relu"', 'activation = "elu"'), "elu.*no integer form"),
        (("[encoder]", 'output = "softmax"\n[encoder]'), "softmax of output.*the largest output stays"),
        (('B = "l{i}.B"', 'B = "l{i}.C"'), r"B of layers.0.recurrence has shape \(16, 12\) beside 12 decays"),
        (('gate = "l{i}.gate"', 'gate = "dec.weight"'), r"gate of layers.0.mixer has shape \(3, 16\)"),
        (("repeat = 2", "repeat = 0"), "repeat of layers is 0"),
        (("repeat = 2", 'residual = "yes"'), "residual of layers.0 is 'yes'.*true or false"),
        (("[encoder]", "encoder]"), "no TOML"),
    ],
)
def test_what_has_no_integer_form_or_does_not_fit_is_refused(change: tuple[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=f"(?s){reason}"):
        describe(WHOLE.replace(*change, 1), made.named(made.tensors()))


def test_a_tensor_that_is_not_finite_is_refused_by_name() -> None:
    tensors = made.tensors()
    tensors["l1.D"][3] = np.nan
    with pytest.raises(ValueError, match=r"'l1\.D' of made\.safetensors has 1 values that are not finite"):
        describe(WHOLE, made.named(tensors))


@pytest.mark.parametrize("radius", [1.0, 1.5])
def test_states_that_never_settle_are_refused(radius: float) -> None:
    arrays = {"L": np.array([0.5, radius + 0j]), "B": np.ones((2, 1)), "C": np.ones((1, 2))}
    text = '[[layers]]\nrecurrence = { kind = "discrete", lambda = "L", B = "B", C = "C" }'
    with pytest.raises(ValueError, match=rf"1 decays of layers\.0\.recurrence.*state 1 has size {radius:g}"):
        describe(text, made.named(arrays))


def test_an_empty_map_is_refused() -> None:
    with pytest.raises(ValueError, match="names no matrix"):
        describe("", made.named({}))

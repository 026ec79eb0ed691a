"""Each metric against an independent computation, and its refusals."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from linnet.audio import metrics
from linnet.audio.synthetic import pink, speech_like

RATE = 16000


def clean_and_noisy(seconds: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    clean = speech_like(rng, int(seconds * RATE), RATE)
    return clean, clean + 0.3 * pink(rng, clean.size, RATE)


def projected_si_snr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """By least squares: fit level and offset of the reference, compare the parts."""
    design = np.stack([reference, np.ones(reference.size)], axis=1).astype(np.float64)
    weights, *_ = np.linalg.lstsq(design, estimate.astype(np.float64), rcond=None)
    target = weights[0] * (reference - reference.mean(dtype=np.float64))
    rest = estimate - design @ weights
    return float(10 * np.log10((target @ target) / (rest @ rest)))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    samples=st.integers(3, 3000),
    noise=st.floats(0.01, 10),
    offset=st.floats(-1, 1),
)
def test_si_snr_is_the_ratio_of_a_least_squares_fit(seed, samples, noise, offset):
    rng = np.random.default_rng(seed)
    reference = rng.standard_normal(samples)
    estimate = reference * 0.7 + noise * rng.standard_normal(samples) + offset
    assert float(metrics.si_snr(reference, estimate)) == pytest.approx(
        projected_si_snr(reference, estimate), abs=1e-5
    )


@given(gain=st.floats(1e-3, 1e3))
def test_si_snr_does_not_hear_the_level_of_the_estimate(gain):
    clean, noisy = clean_and_noisy(0.1)
    assert metrics.si_snr(clean, noisy * gain) == pytest.approx(metrics.si_snr(clean, noisy), abs=1e-6)


def test_si_snr_of_orthogonal_noise_is_known_by_hand():
    reference = np.array([1.0, -1.0, 1.0, -1.0])
    noise = np.array([1.0, 1.0, -1.0, -1.0])
    assert metrics.si_snr(reference, reference + 0.1 * noise) == pytest.approx(20.0)


def test_si_snr_improvement_is_the_difference():
    clean, noisy = clean_and_noisy()
    better = 0.5 * (clean + noisy)
    assert metrics.si_snr_improvement(clean, noisy, better) == pytest.approx(
        projected_si_snr(clean, better) - projected_si_snr(clean, noisy), abs=1e-5
    )


def test_a_batch_gives_one_figure_per_clip():
    clean, noisy = clean_and_noisy()
    pair = metrics.si_snr(np.stack([clean, clean]), np.stack([noisy, clean * 2 + 0.1]))
    assert pair.shape == (2,)
    assert pair[0] == pytest.approx(float(metrics.si_snr(clean, noisy)))
    assert pair[1] > 100


def test_a_silent_estimate_scores_minus_infinity_and_a_perfect_one_plus():
    clean, _ = clean_and_noisy(0.1)
    assert metrics.si_snr(clean, np.zeros_like(clean)) == -np.inf
    assert metrics.snr(clean, clean) == np.inf


def test_snr_is_the_ratio_of_energies():
    clean, noisy = clean_and_noisy()
    error = noisy.astype(np.float64) - clean
    assert metrics.snr(clean, noisy) == pytest.approx(20 * np.log10(np.std(clean) / np.std(error)), abs=0.01)
    assert metrics.snr(clean, 0.5 * clean) == pytest.approx(6.0206, abs=1e-3)


def test_a_silent_reference_or_another_length_is_refused():
    with pytest.raises(metrics.MetricError, match="silent"):
        metrics.si_snr(np.zeros(5), np.ones(5))
    with pytest.raises(metrics.MetricError, match="same shape"):
        metrics.si_snr(np.ones(5), np.ones(6))


@pytest.mark.parametrize("package", ["pesq", "pystoi", "onnxruntime"])
def test_a_missing_extra_is_named_with_its_command(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    clean, noisy = clean_and_noisy(0.3)
    call = {
        "pesq": lambda: metrics.pesq(clean, noisy, RATE),
        "pystoi": lambda: metrics.stoi(clean, noisy, RATE),
        "onnxruntime": lambda: metrics.Dnsmos("sig_bak_ovr.onnx"),
    }[package]
    with pytest.raises(metrics.MissingExtraError, match=f"pip install {package}$"):
        call()


def test_pesq_falls_with_noise_and_is_highest_for_the_reference_itself():
    package = pytest.importorskip("pesq")
    clean, noisy = clean_and_noisy(2.0)
    assert metrics.pesq(clean, clean, RATE) == pytest.approx(4.644, abs=0.01)  # the top of P.862.2's curve
    assert metrics.pesq(clean, noisy, RATE) < 4.0
    assert metrics.pesq(clean, noisy, RATE) == pytest.approx(package.pesq(RATE, clean, noisy, "wb"), abs=1e-6)


def test_pesq_of_another_rate_is_that_of_the_resampled_pair():
    pytest.importorskip("pesq")
    clean, noisy = clean_and_noisy(2.0)
    clean_at_48k, noisy_at_48k = (resample_poly(part, 3, 1).astype(np.float32) for part in (clean, noisy))
    assert metrics.pesq(clean_at_48k, noisy_at_48k, 48000) == pytest.approx(
        metrics.pesq(clean, noisy, RATE), abs=0.1
    )


def test_pesq_without_speech_is_refused():
    pytest.importorskip("pesq")
    with pytest.raises(metrics.MetricError, match="PESQ cannot score"):
        metrics.pesq(np.full(100, 0.1, np.float32), np.full(100, 0.1, np.float32), RATE)


def test_stoi_falls_with_noise_and_is_one_for_the_reference_itself():
    package = pytest.importorskip("pystoi")
    clean, noisy = clean_and_noisy(2.0)
    assert metrics.stoi(clean, noisy, RATE) == pytest.approx(package.stoi(clean, noisy, RATE), abs=1e-9)
    assert metrics.stoi(clean, clean, RATE) == pytest.approx(1.0, abs=1e-6)
    assert 0.2 < metrics.stoi(clean, clean + 4 * (noisy - clean), RATE) < 0.95


def test_pesq_of_silence_and_stoi_of_a_moment_are_refused_not_guessed():
    clean, _ = clean_and_noisy()
    pytest.importorskip("pystoi")
    with pytest.raises(metrics.MetricError, match=r"STOI cannot score a clip of 0\.12 s"):
        metrics.stoi(clean[:2000], clean[:2000], RATE)
    pytest.importorskip("pesq")
    with pytest.raises(metrics.MetricError, match="silent throughout"):
        metrics.pesq(clean, np.zeros_like(clean), RATE)


def test_dnsmos_hears_stretches_of_nine_seconds_one_second_apart():
    short = metrics.dnsmos_stretches(np.arange(5 * RATE, dtype=np.float32))
    assert [stretch.size for stretch in short] == [144160]
    assert short[0][5 * RATE] == 0.0  # the clip begins again
    long = metrics.dnsmos_stretches(np.arange(12 * RATE, dtype=np.float32))
    assert [stretch[0] for stretch in long] == [0.0, 16000.0, 32000.0]


def network_of_three_figures(path) -> None:
    """An ONNX file with DNSMOS's input and output that answers its own mean level plus 2, 3 and 1."""
    onnx = pytest.importorskip("onnx")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    offsets = helper.make_tensor("offsets", number, [1, 3], [2.0, 3.0, 1.0])
    nodes = [
        helper.make_node("ReduceMean", ["input_1", "axes"], ["mean"], keepdims=1),
        helper.make_node("Add", ["mean", "offsets"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "dnsmos_stand_in",
        [helper.make_tensor_value_info("input_1", number, [None, 144160])],
        [helper.make_tensor_value_info("scores", number, [None, 3])],
        [offsets, helper.make_tensor("axes", onnx.TensorProto.INT64, [1], [1])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


def test_dnsmos_maps_the_network_by_the_published_polynomials(tmp_path):
    pytest.importorskip("onnxruntime")
    network_of_three_figures(tmp_path / "sig_bak_ovr.onnx")
    score = metrics.Dnsmos(tmp_path)(np.zeros(RATE, np.float32), RATE)
    assert score.signal == pytest.approx(-0.08397278 * 4 + 1.22083953 * 2 + 0.0052439, abs=1e-5)
    assert score.background == pytest.approx(-0.13166888 * 9 + 1.60915514 * 3 - 0.39604546, abs=1e-5)
    assert score.overall == pytest.approx(-0.06766283 + 1.11546468 + 0.04602535, abs=1e-5)


@pytest.mark.long  # the package imports librosa
def test_the_packaged_network_of_dnsmos_gives_what_the_package_gives():
    pytest.importorskip("onnxruntime")
    package = pytest.importorskip("speechmos.dnsmos")
    rng = np.random.default_rng(4)
    clip = 0.05 * rng.standard_normal(RATE).astype(np.float32)
    theirs = package.run(clip, RATE)
    ours = metrics.Dnsmos.packaged()(clip, RATE)
    for own, name in zip(ours, ("ovrl_mos", "sig_mos", "bak_mos"), strict=True):
        assert own == pytest.approx(theirs[name], abs=1e-4)


def test_dnsmos_without_its_package_names_it(monkeypatch):
    monkeypatch.setattr(metrics, "find_spec", lambda name: None)
    with pytest.raises(metrics.MissingExtraError, match=r"pip install speechmos$"):
        metrics.Dnsmos.packaged()


def test_dnsmos_says_where_its_network_is_to_be_had(tmp_path):
    pytest.importorskip("onnxruntime")
    with pytest.raises(metrics.MetricError, match="DNS-Challenge"):
        metrics.Dnsmos(tmp_path)
    (tmp_path / "sig_bak_ovr.onnx").write_text("not a network")
    with pytest.raises(metrics.MetricError, match="cannot be loaded"):
        metrics.Dnsmos(tmp_path)

"""The front end of a training step, plain and compiled, against audio/stft.py in double precision.

Bound on rounding. A radix-2 transform of 2^p numbers errs by at most 7 p u of its result in the 2-norm, twiddles
rounded once (Higham, "Accuracy and Stability of Numerical Algorithms", theorem 24.2, whose eta is u + gamma_4 sqrt(2),
below 7 u); a radix-4 step does no more than two of radix 2. Windows, gains, their product and the sum over frames add
a rounding each.
"""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec

from linnet.audio.stft import FrontEnd, istft, stft
from linnet.nn import compiled
from linnet.tasks.denoise.enhance import enhance
from linnet.tasks.spectra import Spectra, analyse, plain_analyse, plain_synthesise, synthesise
from tests.compilations import compiled_text

UNIT = 2.0**-24
USUAL = FrontEnd(window=64, hop=16)
CASES = [
    (FrontEnd(window=512, hop=128), 3, 4001),
    (FrontEnd(window=1024, hop=256, window_kind="rectangular"), 1, 700),
    (FrontEnd(window=16, hop=2), 2, 77),
    (FrontEnd(window=32, hop=16), 17, 33),
    (USUAL, 1, 1),
    (FrontEnd(window=128, hop=16, window_kind="asymmetric"), 2, 301),
]
FORMS = {"plain": (plain_analyse, plain_synthesise), "quickest": (analyse, synthesise)}

needs_library = pytest.mark.skipif(not compiled.available(), reason="the library was not built here")
every_case = pytest.mark.parametrize(("front_end", "clips", "samples"), CASES)
every_case_of_both_forms = pytest.mark.parametrize(
    ("form", "front_end", "clips", "samples"),
    [
        pytest.param(
            form, *case, marks=[pytest.mark.long] if form == "plain" and case is not CASES[0] else []
        )
        for form in FORMS
        for case in CASES
    ],
)


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, shape).astype(np.float32)


def roundings(front_end: FrontEnd) -> float:
    """Units in which a transform with its window, gains and sum over frames may err, against its 2-norm."""
    return (7 * np.log2(front_end.window) + front_end.overlaps + 4) * UNIT


def spectra_like(front_end: FrontEnd, clips: int, samples: int, seed: int) -> tuple[Spectra, np.ndarray]:
    """Spectra that belong to no clip, and gains."""
    clip = jax.ShapeDtypeStruct((clips, samples), np.float32)
    shape = jax.eval_shape(partial(plain_analyse, front_end=front_end), clip).re.shape
    re, im, gains = (drawn(seed + part, *shape) for part in range(3))
    return Spectra(jnp.asarray(re), jnp.asarray(im)), gains + np.float32(0.5)


@every_case_of_both_forms
def test_the_spectra_are_those_of_the_definition(form, front_end, clips, samples):
    x = drawn(0, clips, samples)
    found = jax.jit(partial(FORMS[form][0], front_end=front_end))(x)
    exact = np.swapaxes(stft(x.astype(np.float64), front_end), 0, 1)
    assert found.re.dtype == found.im.dtype == np.float32
    assert found.re.shape == found.im.shape == exact.shape
    error = np.abs(np.asarray(found.re) + 1j * np.asarray(found.im) - exact)
    norm = np.linalg.norm(exact, axis=-1, keepdims=True) * np.sqrt(2)  # the bins left out mirror those here
    assert (error <= roundings(front_end) * norm).all()


@every_case_of_both_forms
def test_the_clip_is_that_of_the_definition(form, front_end, clips, samples):
    spectra, gains = spectra_like(front_end, clips, samples, seed=1)
    found = jax.jit(partial(FORMS[form][1], samples=samples, front_end=front_end))(spectra, gains)
    exact_spectra = (np.asarray(spectra.re) + 1j * np.asarray(spectra.im, np.float64)) * gains
    exact = istft(np.swapaxes(exact_spectra, 0, 1), samples, front_end)
    assert found.shape == (clips, samples)
    assert found.dtype == np.float32
    norm = np.linalg.norm(np.fft.irfft(exact_spectra, n=front_end.window), axis=-1).max()
    window = np.abs(front_end.synthesis_window()).reshape(front_end.overlaps, -1).sum(axis=0).max()
    assert np.abs(np.asarray(found) - exact).max() <= roundings(front_end) * norm * window


@every_case_of_both_forms
def test_derivatives_are_what_differences_show(form, front_end, clips, samples):
    """Both functions are linear in each argument, so central differences of any step are exact but for rounding."""
    to_spectra, to_clip = FORMS[form]
    spectra, gains = spectra_like(front_end, clips, samples, seed=3)
    along, along_gains = spectra_like(front_end, clips, samples, seed=6)
    weights = drawn(9, clips, samples)
    x, along_x = drawn(10, clips, samples), drawn(11, clips, samples)

    def of_clip(x):
        found = to_spectra(x, front_end)
        return jnp.sum(found.re * spectra.re) + jnp.sum(found.im * spectra.im)

    def of_spectra(spectra, gains):
        return jnp.sum(weights * to_clip(spectra, gains, samples, front_end))

    def agree(slope, function, above, below, size):
        difference = (float(jax.jit(function)(*above)) - float(jax.jit(function)(*below))) / 2
        assert float(slope) == pytest.approx(difference, rel=0, abs=1e-5 * float(size))

    by_clip = np.asarray(jax.jit(jax.grad(of_clip))(x))
    agree(np.vdot(by_clip, along_x), of_clip, (x + along_x,), (x - along_x,), np.abs(by_clip).sum())
    by_spectra, by_gains = jax.jit(jax.grad(of_spectra, argnums=(0, 1)))(spectra, gains)
    moved = [Spectra(spectra.re + s * along.re, spectra.im + s * along.im) for s in (1, -1)]
    slope = np.vdot(by_spectra.re, along.re) + np.vdot(by_spectra.im, along.im)
    size = np.abs(by_spectra.re).sum() + np.abs(by_spectra.im).sum()
    agree(slope, of_spectra, (moved[0], gains), (moved[1], gains), size)
    moved = [gains + s * along_gains for s in (1, -1)]
    agree(np.vdot(by_gains, along_gains), of_spectra, (spectra, moved[0]), (spectra, moved[1]), size)


@needs_library
@every_case
def test_compiled_derivatives_are_those_of_the_plain_form(front_end, clips, samples):
    spectra, gains = spectra_like(front_end, clips, samples, seed=3)
    x, g = drawn(5, clips, samples), drawn(6, clips, samples)

    def pulled(to_spectra, to_clip):
        by_clip = jax.vjp(lambda x: to_spectra(x, front_end), x)[1](spectra)
        by_both = jax.vjp(lambda s, g: to_clip(s, g, samples, front_end), spectra, gains)[1](g)
        return jax.tree.leaves((by_clip, by_both))

    found, expected = (jax.jit(partial(pulled, *FORMS[form]))() for form in ("quickest", "plain"))
    for one, other in zip(found, expected, strict=True):
        norm = max(np.linalg.norm(g), np.linalg.norm(spectra)) * front_end.overlaps * np.sqrt(2)
        assert np.abs(one - other).max() <= 2 * roundings(front_end) * norm


@needs_library
def test_a_clip_comes_out_the_same_whatever_is_beside_it():
    """To the bit: alone, its frames share vectors and tasks with each other; in a batch, with other clips."""
    clips = drawn(0, 3, 9001)
    of_batch = jax.jit(partial(analyse, front_end=USUAL))(clips)
    of_one = jax.jit(partial(analyse, front_end=USUAL))(clips[1:2])
    assert np.array_equal(of_batch.re[:, 1:2], of_one.re)
    assert np.array_equal(of_batch.im[:, 1:2], of_one.im)
    back = jax.jit(partial(synthesise, samples=9001, front_end=USUAL))
    whole = back(of_batch, of_batch.re)
    assert np.array_equal(whole[1:2], back(of_one, of_one.re))


def loss_of_gain(gain, clips):
    """A training step's way through the front end: no derivative by the clips is asked for."""
    return jnp.sum(enhance(lambda features: features * gain, clips, USUAL) ** 2)


@pytest.mark.long
def test_many_batches_in_a_loop_give_the_sum_of_their_derivatives():
    batches = drawn(2, 3, 2, 500)
    one_by_one = sum(jax.grad(loss_of_gain)(1.5, batch) for batch in batches)

    def more(total, batch):
        return total + jax.grad(loss_of_gain)(1.5, batch), None

    in_loop = jax.jit(lambda: jax.lax.scan(more, jnp.zeros(()), batches)[0])()
    np.testing.assert_allclose(in_loop, one_by_one, rtol=1e-6)


@pytest.mark.long
def test_a_batch_cut_over_devices_gives_the_derivative_of_the_whole():
    clips = drawn(3, 2, 500)
    # check_vma=False as in training: JAX does not yet follow compiled calls through its check
    mesh = Mesh(np.array(jax.devices()[:1]), ("data",))

    def of_part(gain, clips):
        return jax.lax.psum(jax.grad(loss_of_gain)(gain, clips), "data")

    whole, part = PartitionSpec(), PartitionSpec("data")
    cut = jax.shard_map(of_part, mesh=mesh, in_specs=(whole, part), out_specs=whole, check_vma=False)
    expected = jax.jit(jax.grad(loss_of_gain))(1.5, clips)
    np.testing.assert_allclose(jax.jit(cut)(1.5, clips), expected, rtol=1e-6)


@needs_library
def test_the_step_runs_three_compiled_transforms_and_none_of_xla():
    text = compiled_text(jax.grad(loss_of_gain), 1.5, drawn(0, 2, 500))
    assert [
        text.count(f'custom_call_target="linnet_{name}"') for name in ("analyse", "synthesise", "by_gains")
    ] == [1, 1, 1]
    assert " fft(" not in text


def test_without_the_library_the_plain_form_runs(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: False)
    x = drawn(0, 1, 100)
    text = jax.jit(lambda x: enhance(jnp.ones_like, x, USUAL)).lower(x).as_text()
    assert "linnet_" not in text
    np.testing.assert_allclose(jax.jit(lambda x: enhance(jnp.ones_like, x, USUAL))(x), x, rtol=0, atol=1e-6)


@needs_library
@pytest.mark.parametrize("name", ["analyse", "synthesise", "by_gains"])
def test_arrays_that_do_not_belong_together_are_refused(name):
    count, results = {"analyse": (3, 2), "synthesise": (5, 1), "by_gains": (5, 1)}[name]
    like = [jax.ShapeDtypeStruct((2, 3, 4), np.float32)] * results
    call = jax.ffi.ffi_call(f"linnet_{name}", like)
    with pytest.raises(Exception, match=f"linnet_{name} takes"):
        jax.block_until_ready(jax.jit(call)(*[drawn(0, 2, 3, 4)] * count))

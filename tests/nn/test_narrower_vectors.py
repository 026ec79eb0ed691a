"""What training's C library does on processors with narrower vectors than this one, built so and run here."""

import os
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("jax")

from tests.source_tree import ROOT

NATIVE = ROOT / "native"

RUN = """
import jax
import numpy as np
from linnet.nn import compiled
from linnet.nn.affine import plain_by_weights
from tests.nn.test_whole_layer import given, plain, whole_layer

assert compiled.available()
rng = np.random.default_rng(0)
x, g = (rng.standard_normal((70, count)).astype(np.float32) for count in (37, 29))
for got, expected in zip(compiled.by_weights(x, g), plain_by_weights(x, g, np.float32)):
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4)
u, r, weights = given(9, 33, 12, rectified=True)
y, h = jax.jit(plain)(u, weights)
for got, expected in zip(compiled.layer_forward(u, weights), (y, h)):
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
of = [jax.tree.leaves(jax.vjp(f, u, weights)[1](r)) for f in (whole_layer, lambda *a: plain(*a)[0])]
for got, expected in zip(*of):
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))
print("the same")
"""


@pytest.mark.long
@pytest.mark.parametrize("numbers", [4, 8])
def test_narrower_vectors_compute_the_same(tmp_path, numbers):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path / "training.so"
    words = [
        compiler,
        "-O2",
        "-std=c11",
        "-fPIC",
        "-shared",
        "-ffp-contract=fast",
        "-fvisibility=hidden",
        "-Wno-psabi",
    ]
    sources = sorted(map(str, NATIVE.glob("*.c")))
    subprocess.run([*words, f"-DWIDEST_VECTOR={numbers}", *sources, "-o", str(library)], check=True)
    outcome = subprocess.run(
        [sys.executable, "-c", RUN],
        env=os.environ | {"LINNET_TRAINING_LIBRARY": str(library)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.stdout == "the same\n", outcome.stderr

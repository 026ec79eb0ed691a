"""What XLA compiles in a study is kept in the study's folder, and nothing that is compiled before or after it."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("jax")

import jax
import jax.numpy as jnp
from jax.experimental.compilation_cache import compilation_cache

from linnet.study import trial


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    """JAX as a user finds it, without the cache of these tests."""
    name = "jax_compilation_cache_dir"
    kept = jax.config.values[name]
    jax.config.update(name, None)
    compilation_cache.reset_cache()
    yield
    jax.config.update(name, kept)
    compilation_cache.reset_cache()


def compile_anew(number: int) -> None:
    jax.jit(lambda x: jnp.sin(x) * number)(1.0)


@pytest.mark.usefixtures("nothing_kept")
def test_the_cache_begins_and_ends_with_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LEAST_SECONDS_TO_KEEP", 0.0)
    monkeypatch.chdir(tmp_path)
    compile_anew(3)  # JAX looks at its settings here, and has no cache
    with trial.compiled_kept(Path("compiled")):
        monkeypatch.chdir("/")
        compile_anew(5)
    assert any((tmp_path / "compiled").iterdir())
    shutil.rmtree(tmp_path / "compiled")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile_anew(7)
    assert not (tmp_path / "compiled").exists()

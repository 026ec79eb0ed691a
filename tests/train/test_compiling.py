"""Processes that share a cache of compiled programs compile each once, and none waits while there is another to do."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("jax")

import jax

from linnet.output.lock import FolderLock
from linnet.train import compiling
from linnet.train.compiling import compile_once


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """A folder that `compile_once` takes for JAX's cache; nothing of these tests is written by JAX."""
    before = jax.config.values["jax_compilation_cache_dir"]
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    yield tmp_path
    jax.config.update("jax_compilation_cache_dir", before)


class Program:
    """What a jitted function is to `compile_once`; notes when it is compiled."""

    def __init__(self, name: str, compiled: list[str]) -> None:
        self.name, self.compiled = name, compiled

    def lower(self) -> Program:
        return self

    def as_text(self) -> str:
        return self.name

    def compile(self) -> None:
        self.compiled.append(self.name)


def held_by_another(cache: Path, name: str) -> FolderLock:
    folder = cache / "locks" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    return FolderLock(folder)


def test_without_a_cache_nothing_is_compiled_ahead() -> None:
    before = jax.config.values["jax_compilation_cache_dir"]
    compiled: list[str] = []
    jax.config.update("jax_compilation_cache_dir", None)
    try:
        compile_once([(Program("update", compiled), ())])
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
    assert compiled == []


@pytest.mark.usefixtures("cache")
def test_what_nobody_is_at_is_compiled_in_order() -> None:
    compiled: list[str] = []
    compile_once([(Program("update", compiled), ()), (Program("renew", compiled), ())])
    assert compiled == ["update", "renew"]


def test_what_another_is_at_is_left_to_the_end_and_waited_for(cache: Path) -> None:
    compiled: list[str] = []
    lock = held_by_another(cache, "update")
    work = [(Program(name, compiled), ()) for name in ("update", "renew", "score")]
    thread = threading.Thread(target=compile_once, args=(work,))
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    assert compiled == ["renew", "score"]
    lock.release()
    thread.join(20)
    assert compiled == ["renew", "score", "update"]


def test_patience_with_another_ends(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "PATIENCE_SECONDS", 0.2)
    compiled: list[str] = []
    with held_by_another(cache, "update"):
        compile_once([(Program("update", compiled), ())])
    assert compiled == ["update"]


@pytest.mark.usefixtures("cache")
def test_a_function_that_is_not_jitted_is_left_as_it_is() -> None:
    compile_once([(lambda x: x + 1, (1,))])


@pytest.mark.usefixtures("cache")
def test_a_function_is_compiled_for_its_next_call_and_its_operands_are_not_touched() -> None:
    traced: list[int] = []

    def plus_one(x: jax.Array) -> jax.Array:
        traced.append(1)
        return x + 1

    function, x = jax.jit(plus_one, donate_argnums=0), jax.numpy.zeros(3)
    compile_once([(function, (x,))])
    assert traced == [1]
    assert function(x).tolist() == [1, 1, 1]
    assert traced == [1]

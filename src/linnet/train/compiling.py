"""Programs compiled once for all processes that share JAX's cache of compiled programs, as trials of a study do.

Several that begin together share the work: each compiles what no other is at, and reads the rest from the cache.
Without a cache a function is compiled where it is first called.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from linnet.output.lock import FolderLock, LockError

PATIENCE_SECONDS = 600.0
"""How long another process may take for one program; then it is compiled here, too."""
LOOK_SECONDS = 0.05
SETTINGS = ("jax_enable_compilation_cache", "jax_compilation_cache_dir")


def compile_once(wanted: Sequence[tuple[Any, tuple[Any, ...]]]) -> None:
    """Compile functions for operands like these, which are not touched. Their next calls find them compiled.

    Of the functions, those that are not jitted are left as they are.
    """
    enabled, cache = (getattr(jax.config, name) for name in SETTINGS)
    if not (enabled and cache) or jax.process_count() > 1:
        return
    locks, deadline = Path(cache) / "locks", time.monotonic() + PATIENCE_SECONDS
    lowered = [function.lower(*operands) for function, operands in wanted if hasattr(function, "lower")]
    waiting = {hashlib.sha256(each.as_text().encode()).hexdigest(): each for each in lowered}
    while waiting:
        late = time.monotonic() > deadline
        for name in list(waiting):
            _compile_if_free(waiting, name, locks / name, late)
        if waiting:
            time.sleep(LOOK_SECONDS)


def _compile_if_free(waiting: dict[str, Any], name: str, folder: Path, late: bool) -> None:
    """Compile a program that no other process is at."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = FolderLock(folder)
    except LockError:
        if late:
            waiting.pop(name).compile()
        return
    with lock:
        waiting.pop(name).compile()

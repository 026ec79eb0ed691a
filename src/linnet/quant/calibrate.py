"""Ranges of every wire of a model on real input: what the scales of the integer program are chosen from."""

from collections.abc import Iterable

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.nn.network import FoldedNetwork
from linnet.quant.observers import Observer, largest
from linnet.quant.plan import Ranges


def calibrate(model: FoldedNetwork, batches: Iterable[Array], *, observer: Observer = largest) -> Ranges:
    """Run the float model over batches of features [frames, batch, features] and note the size of every wire.

    Raises ValueError where there is no batch, or where a wire is not finite.
    """

    @jax.jit
    def look(features: Array) -> dict[str, Array]:
        seen: dict[str, Array] = {}

        def note(name: str, value: Array) -> Array:
            if value.ndim == features.ndim:
                seen[name] = observer.look(value)
            return value

        model.apply(features, tap=note)
        return seen

    kept: dict[str, NDArray[np.float64]] = {}
    for features in batches:
        for name, looked in look(features).items():
            found = np.asarray(looked, np.float64)
            kept[name] = observer.both(kept[name], found) if name in kept else found
    if not kept:
        raise ValueError(
            "no clips came, so no range is known; calibrate on at least one batch of real features."
        )
    ranges = {name: observer.sizes(name, seen) for name, seen in kept.items()}
    for name, size in ranges.items():
        if not np.all(np.isfinite(size)):
            raise ValueError(
                f"wire {name} is not finite on the calibration clips, so it has no scale; train the model again."
            )
    return ranges

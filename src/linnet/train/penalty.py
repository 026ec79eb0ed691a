"""What activations cost during training, so that more of them become 0: of wires behind a ReLU, for no other has zeros.

Both prices are zero where a wire is; they differ in what they ask of the rest. Sources: the L1 norm; the squared Hoyer
measure, Yang et al., "DeepHoyer", arXiv:1908.09979.
"""

import re

import jax.numpy as jnp
from jax import Array

from linnet.nn.activations import Activations
from linnet.train.imposed import PenaltySettings

READ_BY_MATRICES = {
    "encoded": re.compile(r"encoded"),
    "state": re.compile(r"layers\.\d+\.ssm\.state_relu"),
    "activation": re.compile(r"layers\.\d+\.activation"),
    "output": re.compile(r"layers\.\d+\.output"),
}
"""Names of the wires that matrices read, by the field of `Activations` that says whether they are rectified."""


class Penalty:
    """Collects the price of every rectified wire as its tap passes by; one per look at the model."""

    def __init__(self, settings: PenaltySettings, activations: Activations) -> None:
        """Nothing was seen yet; `activations` are those of the model that is looked at."""
        self._settings = settings
        self._priced = [
            names for wire, names in READ_BY_MATRICES.items() if getattr(activations, wire) == "relu"
        ]
        self._prices: list[Array] = []

    def tap(self, name: str, value: Array) -> Array:
        """The value itself, its price noted."""
        if self._settings.weight > 0 and any(names.fullmatch(name) for names in self._priced):
            self._prices.append(PRICES[self._settings.kind](value))
        return value

    def price(self) -> Array:
        """The weighted mean over the wires seen; 0 where nothing is priced."""
        if not self._prices:
            return jnp.zeros(())
        return self._settings.weight * jnp.mean(jnp.stack(self._prices))


def l1(value: Array) -> Array:
    """The mean absolute value."""
    return jnp.mean(jnp.abs(value))


def hoyer_square(value: Array) -> Array:
    """(sum |x|)^2 / sum x^2 / size: near the share of values that are not 0, whatever their scale; 0 for zeros."""
    total, energy = jnp.sum(jnp.abs(value)), jnp.sum(value * value)
    return total * total / jnp.maximum(energy, 1e-12) / value.size


PRICES = {"l1": l1, "hoyer": hoyer_square}

"""Named wires: the one seam through which masks, rounding and statistics reach the model.

A tap is called with the name and the value of every weight and every activation, and answers with what the model
should go on with. What a tap does is the business of sparsity/ and quant/; the model only promises the names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jax import Array

Tap = Callable[[str, Array], Array]


def passthrough(name: str, value: Array) -> Array:
    """The tap that changes nothing."""
    del name
    return value


@dataclass(frozen=True)
class OnWeights:
    """A tap that promises to leave every activation as it is, and not to look at it: layers may then work in one go."""

    tap: Tap

    def __call__(self, name: str, value: Array) -> Array:
        """What the tap makes of a weight."""
        return self.tap(name, value)


def leaves_wires(tap: Tap) -> bool:
    """Whether a tap has promised to leave activations alone."""
    return tap is passthrough or isinstance(tap, OnWeights)


def _promising_as(made: Tap, *of: Tap) -> Tap:
    return OnWeights(made) if all(leaves_wires(each) for each in of) else made


def within(prefix: str, tap: Tap) -> Tap:
    """A tap for a part of the model, whose names then start with `prefix` and a dot."""
    return _promising_as(lambda name, value: tap(f"{prefix}.{name}", value), tap)


def chained(*taps: Tap) -> Tap:
    """One tap that passes the value through several, first to last."""

    def tap(name: str, value: Array) -> Array:
        for each in taps:
            value = each(name, value)
        return value

    return _promising_as(tap, *taps)


def in_units(units: Mapping[str, Array], tap: Tap) -> Tap:
    """A tap that sees some values multiplied by a factor: what it answers is divided by it again.

    `units` holds factors by name, each of a shape that the value can be multiplied with; powers of two round nothing.
    """

    def scaled(name: str, value: Array) -> Array:
        if name not in units:
            return tap(name, value)
        return tap(name, value * units[name]) / units[name]

    return _promising_as(scaled, tap)

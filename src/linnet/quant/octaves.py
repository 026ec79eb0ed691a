"""The squared error that a power-of-two scale would leave, from a histogram over octaves. NumPy only.

Of all values v with 2^k <= |v| < 2^(k+1) three numbers are kept: how many, the sum of |v| and that of v^2. With a step
of 2^-e everything below half a step becomes 0 and everything from half a step to a step becomes one; both errors
follow exactly from the sums, and so does that of what passes the largest code. Between these ends an error is taken as
uniform over a step. So one histogram answers for every exponent and every width.
"""

import numpy as np
from numpy.typing import NDArray

SMALLEST, OCTAVES = -40, 64  # from 2^-40 to 2^24; what lies outside counts in the octave at that end


def squared_error(seen: NDArray[np.float64], exponent: int, bits: int) -> NDArray[np.float64]:
    """Of all values in the histogram [3, OCTAVES, ...] as codes of `bits` bits at this exponent: [...]."""
    count, total, squares = seen
    step, top = 2.0**-exponent, (2 ** (bits - 1) - 1) * 2.0**-exponent
    begins = [
        -exponent - 1 - SMALLEST + octaves for octaves in (0, 1, bits)
    ]  # half a step, a step, 2^(bits-1) steps
    to_one, between, beyond = np.clip(begins, 0, OCTAVES)

    def from_code(value: float, part: slice) -> NDArray[np.float64]:
        return np.sum(squares[part] - 2 * value * total[part] + value**2 * count[part], axis=0)

    exact = (
        from_code(0.0, slice(to_one))
        + from_code(step, slice(to_one, between))
        + from_code(top, slice(beyond, None))
    )
    return exact + np.sum(count[between:beyond], axis=0) * step**2 / 12


def least_error_size(seen: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """The largest code's value at the exponent of least error, 0 where nothing was heard: [3, OCTAVES, n] to [n].

    Of two exponents with equal errors the coarser counts. Not finite where a value was not.
    """
    finite = np.isfinite(seen).all(axis=(0, 1))
    known = np.where(finite, seen, 0.0)
    exponents = np.arange(bits - 1 - SMALLEST - OCTAVES, bits - 1 - SMALLEST)  # coarsest first
    errors = np.stack([squared_error(known, int(exponent), bits) for exponent in exponents])
    best = exponents[np.argmin(errors, axis=0)]
    size = (2 ** (bits - 1) - 1) * np.exp2(-best.astype(np.float64))
    return np.where(finite, np.where(known[0].any(axis=0), size, 0.0), np.nan)

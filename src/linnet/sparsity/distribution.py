"""How many weights each matrix keeps when a share of all is to be kept.

Both rules keep density * (all weights), to within half a weight per matrix. The third, 'global', has no shares fixed
in advance: patterns.py then compares the scores of all matrices.
"""

import math
from collections.abc import Mapping

Shape = tuple[int, ...]


def uniform(shapes: Mapping[str, Shape], density: float) -> dict[str, float]:
    """The same density everywhere."""
    return dict.fromkeys(shapes, density)


def erdos_renyi_kernel(shapes: Mapping[str, Shape], density: float) -> dict[str, float]:
    """ERK: densities in proportion to (sum of a matrix's dimensions) / (their product), none above 1.

    So the number of weights kept grows with in + out, and small matrices stay denser than large ones. A matrix that
    would need more than all of its weights is kept whole, and the others share what is left.
    Source: Evci et al., "Rigging the lottery", arXiv:1911.11134, after Mocanu et al., arXiv:1707.04780.
    """
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    wanted = density * sum(sizes.values())
    whole: set[str] = set()
    while True:
        rest = {name: sum(shape) for name, shape in shapes.items() if name not in whole}
        left = wanted - sum(sizes[name] for name in whole)
        factor = left / sum(rest.values()) if rest else 0.0
        over = {name for name, dimensions in rest.items() if factor * dimensions > sizes[name]}
        if not over:
            return {
                name: 1.0 if name in whole else factor * sum(shapes[name]) / sizes[name] for name in shapes
            }
        whole |= over


DISTRIBUTIONS = {"erk": erdos_renyi_kernel, "uniform": uniform}

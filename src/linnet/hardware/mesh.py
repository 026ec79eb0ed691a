"""Where cores lie on the mesh, and which links a message crosses.

Chips stand in a row, so that their meshes form one long mesh. A message goes along x first, then along y (XY routing).
Where it passes from chip to chip it shares one link with all others in that direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.hardware.parameters import Chip

Place = tuple[int, int]  # column and row of a router; column x lies on chip x // columns
PORT: Place = (0, 0)  # the router at which inputs enter and outputs leave
Link = tuple[Place, Place]


@dataclass(frozen=True)
class Routes:
    """For pairs of places: hops [pairs], and which links each crosses, 0 or 1 [pairs, links].

    `between_chips` [links] marks links from chip to chip.
    """

    hops: npt.NDArray[np.int64]
    crosses: npt.NDArray[np.float64]
    links: tuple[Link, ...]
    between_chips: npt.NDArray[np.bool_]


def places(count: int, chip: Chip) -> list[Place]:
    """Routers for so many cores in order: column after column, up and down, so that neighbours stay neighbours."""
    columns, rows = chip.count("mesh_columns"), chip.count("mesh_rows")
    usable, per_router = chip.count("cores"), chip.count("cores_per_router")
    found = []
    for core in range(count):
        chip_index, slot = divmod(core, usable)
        column, row = divmod(slot // per_router, rows)
        found.append((chip_index * columns + column, row if column % 2 == 0 else rows - 1 - row))
    return found


def routes(pairs: Sequence[tuple[Place, Place]], chip: Chip) -> Routes:
    """The routes of all pairs (from, to)."""
    columns = chip.count("mesh_columns")
    paths = [[_shared(link, columns) for link in _path(*pair)] for pair in pairs]
    links = sorted({link for path in paths for link in path})
    index = {link: number for number, link in enumerate(links)}
    crosses = np.zeros((len(pairs), len(links)))
    for pair, path in enumerate(paths):
        crosses[pair, [index[link] for link in path]] = 1.0
    between = np.array([a[0] // columns != b[0] // columns for a, b in links], bool)
    return Routes(np.array([len(path) for path in paths], np.int64), crosses, tuple(links), between)


def _path(start: Place, end: Place) -> list[Link]:
    """Links from start to end, x first."""
    found, (x, y) = [], start
    while (x, y) != end:
        ahead = (x + (1 if end[0] > x else -1), y) if x != end[0] else (x, y + (1 if end[1] > y else -1))
        found.append(((x, y), ahead))
        x, y = ahead
    return found


def _shared(link: Link, columns: int) -> Link:
    """The link itself, or, between chips, the one link that all rows share."""
    (x, _), (ahead, _) = link
    return ((x, 0), (ahead, 0)) if x // columns != ahead // columns else link

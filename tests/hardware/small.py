"""Small programs on the chip, for the tests of the room hardware."""

from __future__ import annotations

from functools import partial

import numpy as np

from linnet.hardware.groups import network_of
from linnet.hardware.mapping import Mapping, map_program
from linnet.hardware.parameters import Chip, load_chip
from linnet.hardware.split import Split, by_load
from linnet.hardware.synapses import Activity
from linnet.ir import Program
from tests.ir.programs import random_program

of_small_size = partial(random_program, bins=17, features=9, states=5)


def loihi2() -> Chip:
    return load_chip("loihi2")


def small_program(seed: int, *, layers: int = 2, eight: float = 0.3) -> Program:
    return of_small_size(seed, layers=layers, eight=eight)


def half_active(program: Program) -> Activity:
    wires = {each.wire for each in network_of(program).connections}
    return {wire: np.full((1, program.wires[wire].width), 0.5) for wire in wires}


def mapped(program: Program, *, cores: int | None = None, split: Split = by_load) -> Mapping:
    return map_program(program, loihi2(), activity=half_active(program), cores=cores, split=split)

"""A model that ships as a float model again, and the clips that ship as its features: something real to round."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from linnet.audio.files import read_audio
from linnet.audio.stft import FrontEnd, features, stft
from linnet.ir import DiagonalRecurrence, Linear, Program, Scale, read_program
from linnet.nn.layer import FoldedLayer
from linnet.nn.layers import Linear as FloatLinear
from linnet.nn.network import FoldedNetwork
from linnet.nn.ssm import FoldedS5
from linnet.quant.calibrate import calibrate
from linnet.quant.decays import decay_values
from linnet.quant.matrices import MatrixCodes, WireFormat
from linnet.quant.plan import Ranges
from linnet.train.recipe import parse_recipe
from tests.source_tree import ROOT

NAME = "denoise-dense-medium"
CLIPS = sorted((ROOT / "examples/noisy").glob("*.wav"))


class Shipped(NamedTuple):
    """The float model whose weights are those of the program; its front end; ranges on the first two clips."""

    model: FoldedNetwork
    program: Program
    front_end: FrontEnd
    ranges: Ranges


@cache
def shipped() -> Shipped:
    program = read_program(files("linnet").joinpath("models", f"{NAME}.gguf").read_bytes())
    front_end = parse_recipe(program.metadata.recipe).task.front_end
    assert front_end is not None
    model = float_model(program)
    heard = [jnp.asarray(features_of(path, front_end))[:, None] for path in CLIPS[:2]]
    return Shipped(model, program, front_end, calibrate(model, heard))


def sound(path: Path) -> np.ndarray:
    return read_audio(path)[0][:, 0]


def features_of(path: Path, front_end: FrontEnd) -> np.ndarray:
    return np.asarray(features(stft(sound(path), front_end), front_end), np.float32)


def float_model(program: Program) -> FoldedNetwork:
    """What the constants of a program stand for, with its states as they are balanced."""
    constants = iter([n for n in program.nodes if isinstance(n, (Linear, Scale, DiagonalRecurrence))])

    def matrix() -> tuple[jnp.ndarray, jnp.ndarray]:
        node = next(constants)
        assert isinstance(node, (Linear, Scale))
        ends = (WireFormat(0, program.wires[wire].exponent) for wire in (node.source, node.target))
        weight, bias = MatrixCodes(node.weight, node.bias, node.shift).values(*ends)
        return jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)

    encoder, layers = FloatLinear(*matrix()), []
    for _ in program.recurrences:
        B, drive_bias = matrix()
        node = next(constants)
        assert isinstance(node, DiagonalRecurrence)
        re, im = (
            jnp.asarray(part, jnp.float32)
            for part in decay_values((node.decay_re, node.decay_im, node.decay_shift))
        )
        (C, _), (D, D_bias) = matrix(), matrix()
        layers.append(FoldedLayer(FoldedS5((re, im), B, drive_bias, C, D, D_bias), FloatLinear(*matrix())))
    return FoldedNetwork(encoder, tuple(layers), FloatLinear(*matrix()))

"""Features of the stream made equally demanding of the weights that read them, before anything is rounded.

A row's weights share one power of two. Where a feature is quiet and its weights are large, as behind a norm that was
folded into them, all others of the row are rounded as coarsely as those. But a positive factor passes through ReLU,
gate and sum: the feature can be written so many times louder, and be read by weights so many times smaller.

Source: Nagel et al., "Data-free quantization through weight equalization and bias correction", arXiv:1906.04721, for
two layers in a row. Here all layers add to one stream, so that a feature has one factor throughout; it is a power of
two, so that not a bit of the float model's gains changes.
"""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.nn.bands import Banded
from linnet.nn.gated import FoldedGated
from linnet.nn.layer import FoldedLayer
from linnet.nn.layers import Linear
from linnet.nn.network import FoldedNetwork
from linnet.quant.plan import GATED_MATRICES, S5_MATRICES

ROUNDS = 2  # rows are measured anew after their columns have changed; a third round gave no more on val


def equalized(model: FoldedNetwork) -> FoldedNetwork:
    """The same function with every feature of the stream [H] at a scale where its weights are as large as others'.

    Raises:
        ValueError: the model has a GELU, or lets only the largest activations pass: neither knows positive factors;
            or it has bands, which share their weights.
    """
    if not can_be_equalized(model):
        raise ValueError(
            "the model has a GELU or lets only its largest activations pass, which louder features would change, or "
            "bands, whose weights all bands share; quantize it without equalization."
        )
    for _ in range(ROUNDS):
        model = _scaled(model, _factors(model))
    return model


def can_be_equalized(model: FoldedNetwork) -> bool:
    """Whether all that bends between the matrices of the model lets a positive factor of a feature through."""
    return model.activations.activation == "relu" and model.activations.top == 1 and model.squeeze is None


def _factors(model: FoldedNetwork) -> NDArray[np.float64]:
    """Of every feature [H]: the root mean square of its weights in rows of equal size, to the next power of two."""
    readers = [_whole(model.decoder).weight]
    for layer in model.layers:
        entering = GATED_MATRICES if isinstance(layer.ssm, FoldedGated) else S5_MATRICES
        readers += [*(getattr(layer.ssm, name) for name in entering), layer.gate.weight]
    sizes = _root_mean_square(np.concatenate([_in_rows_of_equal_size(each) for each in readers]), axis=0)
    read = sizes > 0
    typical = np.median(sizes[read]) if read.any() else 1.0
    return np.exp2(np.round(np.log2(np.where(read, sizes / typical, 1.0))))


def _in_rows_of_equal_size(weight: Array) -> NDArray[np.float64]:
    wide = np.asarray(weight, np.float64)
    size = _root_mean_square(wide, axis=1)
    return wide / np.where(size > 0, size, 1.0)[:, None]


def _root_mean_square(values: NDArray[np.float64], *, axis: int) -> NDArray[np.float64]:
    return np.sqrt(np.mean(np.square(values), axis=axis))


def _scaled(model: FoldedNetwork, factors: NDArray[np.float64]) -> FoldedNetwork:
    """The model with feature i of its stream `factors[i]` times as loud, undone by all that reads it."""
    decoder = _whole(model.decoder)
    louder = jnp.asarray(factors, decoder.weight.dtype)

    def layer_of(layer: FoldedLayer) -> FoldedLayer:
        ssm = layer.ssm
        entering = GATED_MATRICES if isinstance(ssm, FoldedGated) else S5_MATRICES
        read = {name: getattr(ssm, name) / louder for name in entering}
        written = replace(ssm, **read, C=louder[:, None] * ssm.C, D_bias=louder * ssm.D_bias)
        return replace(layer, ssm=written, gate=_read(layer.gate, louder))

    encoder = _whole(model.encoder)
    encoder = replace(encoder, weight=louder[:, None] * encoder.weight, bias=louder * encoder.bias)
    layers = tuple(layer_of(layer) for layer in model.layers)
    return replace(model, encoder=encoder, layers=layers, decoder=_read(decoder, louder))


def _whole(matrix: Linear | Banded) -> Linear:
    assert isinstance(matrix, Linear)  # models with bands are refused
    return matrix


def _read(linear: Linear, louder: Array) -> Linear:
    return replace(linear, weight=linear.weight / louder)

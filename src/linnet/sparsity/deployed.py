"""What is special about pruning the denoiser: its deployed matrices, their inputs, their complex halves.

Masks live on the matrices that are really multiplied, discretized and with the norm folded in, so that the integers
have exactly the density asked for. States are balanced first, as at lowering: a slow state is a hundred times smaller
than a fast one, and rows of B and columns of C could not be compared.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Literal

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn.network import FoldedNetwork, Network
from linnet.nn.ssm import S5
from linnet.sparsity.masks import decay_pruned
from linnet.sparsity.trees import named_matrices, with_matrices

Score = Literal["magnitude", "effect"]


def state_units(scales: Mapping[str, Array]) -> dict[str, Array]:
    """What the matrices around each state are multiplied by when that state is multiplied by a scale.

    scales: [states] by "layers.i", for S5 [2P]; answers factors for B of S5 or V of a gated recurrence (by row) and for
    C (by column). A gate has no unit.
    """
    units = {}
    for layer, scale in scales.items():
        units[f"{layer}.ssm.B"] = units[f"{layer}.ssm.V"] = scale[:, None]
        units[f"{layer}.ssm.C"] = 1.0 / scale
    return units


def input_wire(matrix: str, layers: int) -> str:
    """The wire that a deployed matrix multiplies, by their tap names."""
    if matrix == "encoder.weight":
        return "features"
    if matrix == "decoder.weight":
        return f"layers.{layers - 1}.output" if layers else "encoded"
    _, index, part, *_ = matrix.split(".")
    if part == "gate":
        return f"layers.{index}.activation"
    if matrix.endswith(".C"):
        return f"layers.{index}.ssm.state_relu"
    return f"layers.{int(index) - 1}.output" if int(index) else "encoded"


def scores(
    model: FoldedNetwork, scales: Mapping[str, Array], sizes: Mapping[str, Array], kind: Score
) -> dict[str, Array]:
    """Scores of all deployed matrices: |w| of the balanced ones, or |w| times the root mean square of its input.

    sizes: root mean squares [features] by wire (unused for 'magnitude'). 'effect' is what a weight adds to its sum:
    Sun et al., arXiv:2306.11695.
    """
    units, found = state_units(scales), {}
    for name, weight in named_matrices(model).items():
        found[name] = jnp.abs(weight * units.get(name, jnp.ones(())))
        if kind == "effect":
            input_units = 1.0 / units[name] if name.endswith(".C") else jnp.ones(())
            found[name] *= sizes[input_wire(name, len(model.layers))] * input_units
    return found


def pulls(model: Network, gradients: Mapping[str, Array]) -> dict[str, Array]:
    """The sizes of the gradients that reach deployed matrices, from those of parameters, in the parameters' own units.

    gradients: by the names of parameters. With B_bar = factor * B, a gradient by B is the conjugate factor times that
    by B_bar: dividing by its phase gives each part of B_bar what it is pulled by. Norms and scales of rows or columns
    are left as they are, since an optimizer moves parameters.
    """
    found = {}
    for name in named_matrices(model.fold(model.initial_statistics())):
        if name.endswith(".B"):
            factor_re, factor_im = (part[:, None] for part in _ssm_of(model, name).discretize()[1])
            size = jnp.hypot(factor_re, factor_im)
            re, im = gradients[f"{name}_re"], gradients[f"{name}_im"]
            turned = (factor_re * re - factor_im * im) / size, (factor_re * im + factor_im * re) / size
            found[name] = jnp.abs(jnp.concatenate(turned, axis=0))
        elif name.endswith(".C") and name not in gradients:
            found[name] = jnp.abs(jnp.concatenate([gradients[f"{name}_re"], gradients[f"{name}_im"]], axis=1))
        else:
            found[name] = jnp.abs(gradients[name])
    return found


def _ssm_of(model: Network, matrix: str) -> S5:
    ssm = model.layers[int(matrix.split(".")[1])].ssm
    assert isinstance(ssm, S5)  # no other recurrence has a B
    return ssm


def jointly(
    choose: Callable[[dict[str, Array], dict[str, tuple[int, ...]]], dict[str, Array]],
    given: Mapping[str, Array],
) -> dict[str, Array]:
    """Masks by `choose` in which the real and the imaginary part of a complex weight stay or go together.

    The halves of B are its rows, those of C its columns; the pair's score is the root of the mean of squares. `choose`
    is told the shapes of the whole matrices, too, for of these the density is a share.
    """
    complex_ones = {name.rsplit(".", 1)[0] for name in given if name.endswith(".B")}
    axes = {f"{ssm}.{part}": axis for ssm in complex_ones for part, axis in (("B", 0), ("C", 1))}
    pairs = dict(given)
    for name, axis in axes.items():
        re, im = jnp.split(given[name], 2, axis=axis)
        pairs[name] = jnp.hypot(re, im) * 2**-0.5
    masks = choose(pairs, {name: each.shape for name, each in given.items()})
    return {
        name: jnp.concatenate([mask, mask], axes[name]) if name in axes else mask
        for name, mask in masks.items()
    }


def pruned(model: FoldedNetwork, masks: Mapping[str, Array]) -> FoldedNetwork:
    """The model with its masked weights zero, for good."""
    matrices = named_matrices(model)
    return with_matrices(model, jax.tree.map(jnp.multiply, {n: matrices[n] for n in masks}, dict(masks)))


def decayed(model: Network, masks: Mapping[str, Array], share: float) -> Network:
    """The parameters after which every pruned deployed weight is smaller by this share of itself.

    A norm and a scale of 2 only multiply, so parameters take the masks as they are; but B_bar = factor * B is complex,
    and pruning one part of it moves both parts of B: what is lost of B_bar is divided by the factor.
    """
    layers = []
    for i, layer in enumerate(model.layers):
        ssm, name = layer.ssm, f"layers.{i}.ssm"
        if isinstance(ssm, S5):
            ssm = _decayed_s5(ssm, masks[f"{name}.B"], masks[f"{name}.C"], share)
        layers.append(dataclasses.replace(layer, ssm=ssm))
    model = dataclasses.replace(model, layers=tuple(layers))
    same = {name: weight for name, weight in named_matrices(model).items() if name in masks}
    return with_matrices(model, decay_pruned(same, masks, share))


def _decayed_s5(ssm: S5, of_B: Array, of_C: Array, share: float) -> S5:
    factor_re, factor_im = (part[:, None] for part in ssm.discretize()[1])
    off_re, off_im = jnp.split(~of_B, 2, axis=0)
    lost_re = share * off_re * (factor_re * ssm.B_re - factor_im * ssm.B_im)
    lost_im = share * off_im * (factor_re * ssm.B_im + factor_im * ssm.B_re)
    below = factor_re * factor_re + factor_im * factor_im
    B_re = ssm.B_re - (lost_re * factor_re + lost_im * factor_im) / below
    B_im = ssm.B_im - (lost_im * factor_re - lost_re * factor_im) / below
    off_re, off_im = jnp.split(~of_C, 2, axis=1)
    C_re, C_im = ssm.C_re * (1 - share * off_re), ssm.C_im * (1 - share * off_im)
    return dataclasses.replace(ssm, B_re=B_re, B_im=B_im, C_re=C_re, C_im=C_im)

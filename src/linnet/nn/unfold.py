"""The way back from a folded model: parameters that fold to it, with norms that training can go on from."""

from linnet.nn.gated import FoldedGated, Gated
from linnet.nn.layer import Layer
from linnet.nn.layers import NoNorm, Norm
from linnet.nn.network import FoldedNetwork, Network, Statistics


def unfolded(folded: FoldedNetwork, statistics: Statistics, *, normalises: bool = True) -> Network:
    """The parameters of a gated model that fold to `folded` at these statistics, which are to be its own.

    Its norms leave what they meet as it is. A feature that never varies is put into the biases. Where the model does
    not normalise its features, it has no norm for them here either.

    Raises:
        ValueError: the recurrence is S5, whose rates and time steps are one number each once they are folded.
    """
    layers = []
    for layer, given in zip(folded.layers, statistics.layers, strict=True):
        if not isinstance(layer.ssm, FoldedGated):
            raise ValueError(
                "the model has S5 layers, whose time steps cannot be told from what was folded; choose a model with "
                "recurrence='gated', or start from the run that made this one."
            )
        layers.append(Layer(Norm.undoing(given), Gated.unfolded(layer.ssm), layer.gate, layer.groups))
    norm = Norm.undoing(statistics.features) if normalises else NoNorm.create(statistics.features.mean.size)
    ends = folded.decoder, folded.activations, folded.squeeze
    return Network(norm, folded.encoder, tuple(layers), *ends)

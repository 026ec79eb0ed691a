"""Functions that no node of a Program computes, by the names that people give them: why not, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_OF_THE_FRAME = (
    "divides by a number of the frame itself, and a Program can only scale by fixed ones; train with a batch norm, "
    "whose statistics are fixed, or without a norm"
)
_SELECTIVE = (
    "lets the input choose decays that differ from state to state; the recurrence of that kind that a Program has is "
    "mingru, where the gate also weighs the candidate"
)
_ATTENTION = "keeps all frames there ever were, and a Program keeps a state of fixed size; use a recurrence"

REASONS: Mapping[str, str] = {
    **dict.fromkeys(("layer", "layernorm", "layer_norm", "rms", "rmsnorm", "rms_norm"), _OF_THE_FRAME),
    **dict.fromkeys(("group", "groupnorm", "group_norm", "instance", "instance_norm"), _OF_THE_FRAME),
    **dict.fromkeys(("attention", "self_attention", "transformer", "linear_attention"), _ATTENTION),
    **dict.fromkeys(("mamba", "mamba2", "s6", "selective", "deltanet", "gla", "rwkv", "hgrn"), _SELECTIVE),
    **dict.fromkeys(("rglru", "rg_lru", "griffin", "liquid", "gru", "lstm"), _SELECTIVE),
    **dict.fromkeys(
        ("softmax", "log_softmax", "logsoftmax"),
        "divides by a sum over the outputs, which a Program does not; leave it out (the largest output stays the "
        "largest) and apply it to the outputs",
    ),
    **dict.fromkeys(
        ("mean", "pool", "mean_pool", "average"),
        "needs the whole sequence, and a Program gives one output a frame; leave it out and average the outputs",
    ),
    **dict.fromkeys(
        ("conv", "conv1d", "convolution"),
        "reads several frames, and the only memory of a Program is a recurrence; leave it out of the training",
    ),
    **dict.fromkeys(("dropout",), "does nothing once a model is trained; leave it out of the map"),
    **dict.fromkeys(
        ("leaky_relu", "elu", "selu", "softplus", "mish", "exp", "prelu", "softmax_relu"),
        "has no integer form here; train on with one of those that have",
    ),
    **dict.fromkeys(
        ("bidirectional", "bidir", "backward"),
        "needs the frames to come, and a Program runs as they arrive; train it forwards only",
    ),
}


def choose(kind: str, known: Iterable[str], where: str) -> str:
    """`kind`, if it is among those known.

    Raises:
        ValueError: it is not; for a function that is known to have no integer form, with the reason.
    """
    names = tuple(known)
    if kind in names:
        return kind
    reason = REASONS.get(kind.lower())
    if reason is not None:
        raise ValueError(
            f"{kind} of {where} cannot become integers: it {reason}. Known here: {', '.join(names)}."
        )
    raise ValueError(f"{kind!r} of {where} is not known; choose one of {', '.join(names)}.")

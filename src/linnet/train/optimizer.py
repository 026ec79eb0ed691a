"""The optimizer of a recipe: which parameters move by which rule, and how fast over time."""

import jax
import optax

from linnet.nn.network import Network
from linnet.train.recipe import OptimizerSettings


def schedule(settings: OptimizerSettings, updates: int, peak: float) -> optax.Schedule:
    """Linear to `peak` over the warm-up, then a cosine to `final_fraction` of it at the last update."""
    warmup = min(settings.warmup_updates, max(1, updates // 2))
    return optax.warmup_cosine_decay_schedule(
        0.0, peak, warmup, max(updates, warmup + 1), peak * settings.final_fraction
    )


def optimizer(settings: OptimizerSettings, updates: int) -> optax.GradientTransformation:
    """Gradient clipping, then Adam ('ssm'), AdamW ('rest') or Muon ('matrix') by the parameter's group."""

    def rate(peak: float) -> optax.Schedule:
        return schedule(settings, updates, peak)

    groups = {
        "ssm": optax.adam(rate(settings.ssm_learning_rate)),
        "rest": optax.adamw(rate(settings.learning_rate), weight_decay=settings.weight_decay),
    }
    if settings.matrix_learning_rate > 0:
        groups["matrix"] = optax.contrib.muon(
            rate(settings.matrix_learning_rate), weight_decay=settings.weight_decay
        )
    by_group = optax.multi_transform(groups, lambda tree: parameter_groups(tree, "matrix" in groups))
    return optax.chain(optax.clip_by_global_norm(settings.clip_norm), by_group)


def parameter_groups(model: Network, separate_matrices: bool) -> Network:
    """The model's tree with a group name in place of every array: 'ssm', 'rest', and 'matrix' where asked for."""

    def group(path: tuple[object, ...], leaf: jax.Array) -> str:
        if separate_matrices and leaf.ndim == 2:
            return "matrix"
        return "ssm" if any(getattr(part, "name", None) == "ssm" for part in path) else "rest"

    return jax.tree_util.tree_map_with_path(group, model)

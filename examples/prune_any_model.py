"""Prune a model that is not ours while it learns: a small network of Equinox that draws a wave.

Run it with `python examples/prune_any_model.py`. It trains the network whole, cuts 90 % of its weights at once, and
trains another that loses them gradually; of each it prints the density and the mean squared error.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from linnet.sparsity.masks import SparsitySettings, density_of
from linnet.sparsity.transform import masked, prune

X = jnp.linspace(-1.0, 1.0, 256)[:, None]
Y = jnp.sin(8 * X) * jnp.exp(-X * X)


def loss(model: Any, state: Any) -> Any:
    """The mean squared error of the model as it is multiplied."""
    return jnp.mean((jax.vmap(masked(model, state))(X) - Y) ** 2)


def learn(density: float, updates: int) -> tuple[Any, Any]:
    """The model and the optimizer's state after a run that ends at this density."""
    model = eqx.nn.MLP(1, 1, 48, 2, key=jax.random.key(0))
    arrays, rest = eqx.partition(model, eqx.is_array)
    moves = optax.chain(optax.adam(3e-3), prune(SparsitySettings(density=density, every=20), updates=updates))

    def update(carry: Any, _: None) -> tuple[Any, None]:
        arrays, state = carry
        gradient = jax.grad(lambda a: loss(eqx.combine(a, rest), state))(arrays)
        move, state = moves.update(gradient, state, arrays)
        return (optax.apply_updates(arrays, move), state), None

    run = jax.jit(lambda start: jax.lax.scan(update, start, None, length=updates)[0])
    arrays, state = run((arrays, moves.init(arrays)))
    return eqx.combine(arrays, rest), state


def main(updates: int = 2000) -> None:
    """Print density and loss of the whole model, of it cut at once, and of one pruned while learning."""
    whole, free = learn(1.0, updates)
    arrays = eqx.filter(whole, eqx.is_array)
    at_once = prune(SparsitySettings(density=0.1, start=0, end=0), updates=1).init(arrays)
    pruned, gradual = learn(0.1, updates)
    for name, model, state in (
        ("whole", whole, free[-1]),
        ("cut at once", whole, at_once),
        ("pruned while learning", pruned, gradual[-1]),
    ):
        print(f"{name}: density {density_of(state.masks):.3f}, loss {float(loss(model, state)):.5f}")


if __name__ == "__main__":
    main()

"""What training runs compiled on CPUs (native/), as operations of a JAX program: the library, and what nn/ needs of it.

Only the door: what is computed, and what else there is where the library is not, stands in scan.py, affine.py and
columns.py. What training needs besides stands in tasks/spectra.py.
"""

import ctypes
import os
import re
import warnings
from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
from jax import Array

LIBRARY = Path(os.environ.get("LINNET_TRAINING_LIBRARY") or Path(__file__).parent / "liblinnet_training.so")
TARGETS = (
    *("linnet_scan_forward", "linnet_scan_backward"),
    *("linnet_gated_forward", "linnet_gated_backward"),
    *("linnet_analyse", "linnet_synthesise", "linnet_by_gains"),
    *("linnet_by_weights", "linnet_column_sums"),
    *("linnet_layer_forward", "linnet_layer_backward"),
)
TILE = 32  # sequences, mirror of native/layer.c
SUM_FRAMES = 64  # mirror of native/recurrence.c


@cache
def available() -> bool:
    """Whether the library was built and this JAX takes it; warns where it was built and is not taken."""
    if not LIBRARY.exists():
        if os.environ.get("LINNET_TRAINING_LIBRARY"):
            warnings.warn(
                f"LINNET_TRAINING_LIBRARY names {LIBRARY}, which is not there, so training runs in its slower JAX form;"
                " correct the path, or unset the variable.",
                RuntimeWarning,
                stacklevel=2,
            )
        return False
    try:
        library = ctypes.CDLL(str(LIBRARY))
        library.linnet_expect_version(_minor_version())
        for name in TARGETS:
            capsule = jax.ffi.pycapsule(getattr(library, name))
            jax.ffi.register_ffi_target(name, capsule, platform="cpu")
    except Exception as error:  # whatever a later JAX raises: the other forms still work
        warnings.warn(
            f"{LIBRARY.name} was built but JAX {jax.__version__} does not take it ({error}), so training runs "
            "in its slower JAX form; install Linnet again, or report this.",
            RuntimeWarning,
            stacklevel=2,
        )
        return False
    return True


def _minor_version() -> int:
    """The minor version of XLA's interface here, as the header that comes with JAX says.

    Raises:
        OSError: there is no such header.
        ValueError: it is of another major version, whose layout native/xla_ffi.h does not know.
    """
    header = Path(jax.ffi.include_dir()) / "xla" / "ffi" / "api" / "c_api.h"
    version = dict(re.findall(r"#define XLA_FFI_API_(MAJOR|MINOR) (\d+)", header.read_text("utf-8")))
    if version.get("MAJOR") != "0":
        raise ValueError(f"its interface has major version {version.get('MAJOR')}, this library knows 0")
    return int(version["MINOR"])


def takes(*arrays: Array, types: tuple[type, ...] = (jnp.float32,)) -> bool:
    """Whether the library is there and made for these arrays: all of one of the types, none of them empty."""
    return (
        available()
        and all(x.size > 0 for x in arrays)
        and {x.dtype for x in arrays} in [{jnp.dtype(t)} for t in types]
    )


def forward(a: Array, b: Array) -> Array:
    """x_t = a x_{t-1} + b_t from zero: a [2 states], b [frames, ..., 2 states] to x of b's shape."""
    rows = _rows(b)
    like = jax.ShapeDtypeStruct(rows.shape, rows.dtype)
    x = jax.ffi.ffi_call("linnet_scan_forward", like, vmap_method="sequential", input_output_aliases={1: 0})(
        a, rows
    )
    return x.reshape(b.shape)


def backward(a: Array, x: Array, g: Array) -> tuple[Array, Array]:
    """lambda_t = g_t + conj(a) lambda_{t+1}, of g's shape, and sums of conj(x_{t-1}) lambda_t for blocks of frames.

    a [2 states], x and g [frames, ..., 2 states]; the sums are [blocks, clips, 2 states].
    """
    rows = _rows(g)
    frames, clips, width = rows.shape
    like = jax.ShapeDtypeStruct(rows.shape, rows.dtype)
    like_sums = jax.ShapeDtypeStruct((-(-frames // SUM_FRAMES), clips, width), rows.dtype)
    adjoint, sums = jax.ffi.ffi_call(
        "linnet_scan_backward", (like, like_sums), vmap_method="sequential", input_output_aliases={2: 0}
    )(a, _rows(x), rows)
    return adjoint.reshape(g.shape), sums


def gated_forward(g: Array, v: Array) -> Array:
    """h_t = h_{t-1} + g_t (v_t - h_{t-1}) from zero: g and v [frames, ..., states] to h of that shape, float32."""
    return _gated("linnet_gated_forward", g, v)


def gated_backward(g: Array, r: Array) -> Array:
    """lambda_t = r_t + (1 - g_{t+1}) lambda_{t+1}: g and r [frames, ..., states] to lambda of that shape, float32."""
    return _gated("linnet_gated_backward", g, r)


def _gated(target: str, g: Array, x: Array) -> Array:
    rows = x.reshape(x.shape[0], -1)
    like = jax.ShapeDtypeStruct(rows.shape, rows.dtype)
    call = jax.ffi.ffi_call(target, like, vmap_method="sequential", input_output_aliases={1: 0})
    return call(g.reshape(rows.shape), rows).reshape(x.shape)


def by_weights(x: Array, g: Array) -> tuple[Array, Array]:
    """g^T x and the sum of the rows of g: x [rows, in] and g [rows, out] to [out, in] and [out], float32."""
    wide, tall = x.shape[1], g.shape[1]
    like = jax.ShapeDtypeStruct((tall, wide), x.dtype), jax.ShapeDtypeStruct((tall,), x.dtype)
    weights, biases = jax.ffi.ffi_call("linnet_by_weights", like, vmap_method="sequential")(x, g)
    return weights, biases


def column_sums(x: Array, y: Array) -> tuple[Array, Array]:
    """The sums of x and of x y over rows: both [rows, columns] to two [columns], float32."""
    like = jax.ShapeDtypeStruct(x.shape[1:], x.dtype)
    of_x, of_products = jax.ffi.ffi_call("linnet_column_sums", (like, like), vmap_method="sequential")(x, y)
    return of_x, of_products


def layer_forward(u: Array, weights: tuple[Array, Array]) -> tuple[Array, Array]:
    """A whole gated layer (whole_layer.py): u [frames, sequences, H] to its output and its states, both like u."""
    like = jax.ShapeDtypeStruct(u.shape, u.dtype)
    y, h = jax.ffi.ffi_call("linnet_layer_forward", (like, like), vmap_method="sequential")(u, *weights)
    return y, h


def layer_backward(
    u: Array, h: Array, weights: tuple[Array, Array], r: Array
) -> tuple[Array, tuple[Array, Array]]:
    """The derivative by u and by the weights: from input u, states h and the derivative r by the output."""
    matrices, vectors = weights
    tiles, (count, width, _), addends = -(-u.shape[1] // TILE), matrices.shape, vectors.shape[0]
    like = (
        jax.ShapeDtypeStruct(u.shape, u.dtype),
        jax.ShapeDtypeStruct((tiles * count, width, width), u.dtype),
        jax.ShapeDtypeStruct((tiles * addends, width), u.dtype),
    )
    of_u, of_matrices, of_vectors = jax.ffi.ffi_call("linnet_layer_backward", like, vmap_method="sequential")(
        u, h, r, matrices, vectors
    )
    summed = of_matrices.reshape(tiles, *matrices.shape), of_vectors.reshape(tiles, *vectors.shape)
    return of_u, (jnp.sum(summed[0], axis=0), jnp.sum(summed[1], axis=0))


def _rows(clip: Array) -> Array:
    """[frames, ..., 2 states] as [frames, clips, 2 states]."""
    return clip.reshape(clip.shape[0], -1, clip.shape[-1])

"""A Program as a file and back: which keys and tensors of the container hold what.

Tensors "wires" int32 [wires, 3] (width, bits, exponent) and "nodes" int32 [nodes, 12] (kind, source,
other or -1, target, four parameters, four tensor indices or -1), then the constants. A sparse matrix is
stored as nonzeros and gaps (sparse.py) where that is smaller. The C mirror is engine/src/file/artifact.c.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.ir.card import Card, read_card, write_card
from linnet.ir.claims import Claims, check_swelling
from linnet.ir.gguf import (
    ALIGNMENT,
    FLOAT32,
    MAX_FILE_BYTES,
    STRING,
    UINT32,
    ArtifactError,
    Container,
    Value,
    damaged,
    read_container,
    write_container,
)
from linnet.ir.nodes import NODE_KINDS, Add, DiagonalRecurrence, GatedRecurrence, Linear, Node, Scale, Wire
from linnet.ir.program import WINDOW_KINDS, FrontEndSpec, Metadata, Program
from linnet.ir.sparse import SparseForm, decode_sparse, encode_sparse
from linnet.ir.validation import MAX_NODES, MAX_WIDTH
from linnet.output.atomic import WriteError, write_bytes

Array = npt.NDArray[Any]
_KINDS = {kind.kind: kind for kind in NODE_KINDS}
_PARAMETERS: dict[type[Node], tuple[str, ...]] = {
    DiagonalRecurrence: ("out_shift",),
    GatedRecurrence: ("out_shift",),
    Add: ("source_shift", "other_shift", "shift"),
}
_CONSTANTS: dict[type[Node], tuple[str, ...]] = {
    Linear: ("weight", "bias", "shift"),
    DiagonalRecurrence: ("decay_re", "decay_im", "decay_shift"),
    Scale: ("weight", "bias", "shift"),
}
_KEYS = {
    "general.architecture": STRING,
    "general.name": STRING,
    "general.license": STRING,
    "general.alignment": UINT32,
    "linnet.format": UINT32,
    "linnet.sample_rate_hz": UINT32,
    "linnet.window": UINT32,
    "linnet.hop": UINT32,
    "linnet.window_kind": UINT32,
    "linnet.compression_roots": UINT32,
    "linnet.level_alpha": FLOAT32,
    "linnet.level_initial": FLOAT32,
    "linnet.level_floor": FLOAT32,
    "linnet.card": STRING,
}
_OPTIONAL = {  # and what is meant where the key is missing, as it is then
    "linnet.phase_bins": Value(UINT32, 0),
    "linnet.band_ratio": Value(UINT32, 0),
    "linnet.offset_alpha": Value(FLOAT32, 0.0),
    "linnet.frames_per_second": Value(FLOAT32, 0.0),
    "linnet.level_least": Value(FLOAT32, 0.0),
    "linnet.level_most": Value(FLOAT32, 0.0),
    "linnet.activity": Value(STRING, ""),
}


def write_program(program: Program, path: str | os.PathLike[str]) -> None:
    """Write the model file whole or not at all; ValueError if the program is not valid, else ArtifactError."""
    try:
        write_bytes(path, program_to_bytes(program))
    except WriteError as error:
        raise ArtifactError(str(error)) from error


def read_program(source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> Program:
    """Read a model file, or its bytes; ArtifactError with the reason if it is not a valid one."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(source)
    path = Path(source)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ArtifactError(
            f"{path} cannot be read ({error.strerror}); give the path of a model file."
        ) from error
    try:
        return _from_bytes(data)
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error


def program_to_bytes(program: Program) -> bytes:
    """The model file of `program`, validated first; the same program gives the same bytes.

    ValueError if the program is not valid, or so nearly empty that its file would be refused (claims.py).
    """
    program.validate()
    rows = np.array([[wire.width, wire.bits, wire.exponent] for wire in program.wires], np.int32)
    table = np.zeros((len(program.nodes), 12), np.int32)
    tensors: list[tuple[str, Array]] = [("wires", rows), ("nodes", table)]
    for index, node in enumerate(program.nodes):
        table[index] = _write_node(index, node, tensors)
    data = write_container(_write_metadata(program.metadata), tensors)
    check_swelling(program.wires, program.nodes, len(data))
    return data


def _write_metadata(metadata: Metadata) -> dict[str, Value]:
    front = metadata.front_end
    card = Card(metadata.training_data, metadata.recipe, metadata.card)
    contents = {
        "general.architecture": "linnet",
        "general.name": metadata.name,
        "general.license": metadata.licence,
        "general.alignment": ALIGNMENT,
        "linnet.format": metadata.format_version,
        "linnet.sample_rate_hz": front.sample_rate_hz,
        "linnet.window": front.window,
        "linnet.hop": front.hop,
        "linnet.window_kind": WINDOW_KINDS.index(front.window_kind),
        "linnet.compression_roots": front.compression_roots,
        "linnet.level_alpha": front.level_alpha,
        "linnet.level_initial": front.level_initial,
        "linnet.level_floor": front.level_floor,
        "linnet.phase_bins": front.phase_bins,
        "linnet.band_ratio": front.band_ratio,
        "linnet.offset_alpha": front.offset_alpha,
        "linnet.frames_per_second": front.frames_per_second,
        "linnet.level_least": front.level_least,
        "linnet.level_most": front.level_most,
        "linnet.card": write_card(card),
        "linnet.activity": metadata.activity,
    }
    types = _KEYS | {key: missing.type for key, missing in _OPTIONAL.items()}
    values = {key: Value(types[key], content) for key, content in contents.items()}
    return {key: value for key, value in values.items() if value != _OPTIONAL.get(key)}


def _write_node(index: int, node: Node, tensors: list[tuple[str, Array]]) -> list[int]:
    """The row of `node` in the table; its constants are appended to `tensors`."""
    reads = [*node.reads, -1][:2]
    parameters = [int(getattr(node, name)) for name in _PARAMETERS.get(type(node), ())]
    constants = {name: getattr(node, name) for name in _CONSTANTS.get(type(node), ())}
    if isinstance(node, Linear):
        parameters = [0, 0]
        sparse = encode_sparse(node.weight)
        if sparse.values.size > 0 and sparse.stored_bytes < node.weight.nbytes:
            constants = {"values": sparse.values, "gaps": sparse.gaps, "counts": sparse.counts}
            constants |= {"bias": node.bias, "shift": node.shift}
            parameters = [1, len(tensors) + 4]
        parameters.append(node.repeat if node.repeat > 1 else 0)
    first = len(tensors)
    for name, array in constants.items():
        stored = array.view(np.int8) if array.dtype == np.uint8 else array
        tensors.append((f"n{index}.{name}", stored))
    places = list(range(first, len(tensors)))[:4]
    return [
        node.kind,
        *reads,
        node.writes,
        *parameters,
        *[0] * (4 - len(parameters)),
        *places,
        *[-1] * (4 - len(places)),
    ]


def _from_bytes(data: bytes | bytearray | memoryview) -> Program:
    container = read_container(data)
    try:
        metadata = _read_metadata(container.values)
        program = _read_graph(container, metadata, len(data))
        program.validate()
    except ArtifactError:
        raise
    except (ValueError, RecursionError) as error:  # what nodes, metadata and validation refuse
        raise ArtifactError(f"it is no valid program: {error}") from error
    return program


def _read_metadata(values: dict[str, Value]) -> Metadata:
    for key, kind in _KEYS.items():
        if key not in values or values[key].type != kind:
            raise damaged(f"the key {key!r} of type {kind} is missing")
    known = {key: values[key].value for key in _KEYS}
    for key, expected in (("general.architecture", "linnet"), ("general.alignment", ALIGNMENT)):
        if known[key] != expected:
            raise damaged(f"{key} is {known[key]!r}, not {expected!r}")
    if known["linnet.window_kind"] >= len(WINDOW_KINDS):
        raise damaged(f"window kind {known['linnet.window_kind']} is unknown")
    names = ("sample_rate_hz", "window", "hop", "compression_roots")
    levels = ("level_alpha", "level_initial", "level_floor")
    front_end = FrontEndSpec(
        window_kind=WINDOW_KINDS[known["linnet.window_kind"]],
        **{name: known[f"linnet.{name}"] for name in (*names, *levels)},
        phase_bins=_read_optional(values, "linnet.phase_bins"),
        band_ratio=_read_optional(values, "linnet.band_ratio"),
        offset_alpha=_read_optional(values, "linnet.offset_alpha"),
        frames_per_second=_read_optional(values, "linnet.frames_per_second"),
        level_least=_read_optional(values, "linnet.level_least"),
        level_most=_read_optional(values, "linnet.level_most"),
    )
    card = read_card(known["linnet.card"])
    return Metadata(
        name=known["general.name"],
        licence=known["general.license"],
        front_end=front_end,
        training_data=card.training_data,
        recipe=card.recipe,
        card=card.card,
        activity=_read_optional(values, "linnet.activity"),
        format_version=known["linnet.format"],
    )


def _read_optional(values: dict[str, Value], key: str) -> Any:
    found, missing = values.get(key, _OPTIONAL[key]), _OPTIONAL[key]
    if found.type != missing.type:
        raise damaged(f"the key {key!r} is of type {found.type}, not {missing.type}")
    return found.value


def _read_graph(container: Container, metadata: Metadata, file_bytes: int) -> Program:
    tensors = container.tensors
    for index, (name, columns) in enumerate((("wires", 3), ("nodes", 12))):
        if index >= len(tensors) or tensors[index][0] != name:
            raise damaged(f"tensor {index} is not {name!r}")
        table = tensors[index][1]
        if (
            table.dtype != np.int32
            or table.ndim != 2
            or table.shape[1] != columns
            or len(table) > MAX_NODES + 1
        ):
            raise damaged(f"{name!r} is {table.dtype} {table.shape}, not int32 [n, {columns}]")
    wires = tuple(Wire(*row) for row in tensors[0][1].tolist())
    spares = Claims(tensors, wires, file_bytes)
    nodes = tuple(_read_node(index, row, wires, spares) for index, row in enumerate(tensors[1][1].tolist()))
    spares.check_empty()
    return Program(wires, nodes, metadata)


def _read_node(index: int, row: list[int], wires: Sequence[Wire], constants: Claims) -> Node:
    number, source, other, target = row[:4]
    if number not in _KINDS:
        raise damaged(f"node {index} is of kind {number}, which this Linnet does not know")
    kind = _KINDS[number]
    fields: dict[str, Any] = {"source": source, "target": target}
    second = next((name for name in ("control", "other") if name in kind.__dataclass_fields__), None)
    if second is not None:
        fields[second] = other
    parameters, places = _PARAMETERS.get(kind, ()), row[8:]
    names = _CONSTANTS.get(kind, ())
    if kind is Linear:
        fields["repeat"], row = row[6] or 1, [*row[:6], 0, row[7], *places]
    if kind is Linear and row[4] == 1:
        fields |= _read_sparse(row, fields["repeat"], wires, constants)
        return Linear(**fields)
    unused = (*row[4 + len(parameters) : 8], *(place + 1 for place in places[len(names) :]))
    if any(unused) or (second is None and other != -1):
        raise damaged(f"node {index} ({kind.__name__}) has numbers it does not use: {row}")
    fields |= dict(zip(parameters, row[4:8], strict=False))
    for name, place in zip(names, places, strict=False):
        array = constants.claim(place)
        fields[name] = array.view(np.uint8) if name == "decay_shift" and array.dtype == np.int8 else array
    if kind is Linear:
        constants.reserve_weights(fields["weight"].size)
    return kind(**fields)


def _read_sparse(row: list[int], repeat: int, wires: Sequence[Wire], constants: Claims) -> dict[str, Array]:
    """The constants of a sparse Linear, its matrix unpacked."""
    source, other, shift_index = row[1], row[2], row[5]
    if other != -1 or row[6] or row[7] or not 0 <= source < len(wires):
        raise damaged(f"a sparse Linear has numbers it does not use: {row}")
    values, gaps, counts, bias = (constants.claim(place) for place in row[8:])
    types = [(array.dtype.name, array.ndim) for array in (values, gaps, counts)]
    columns = wires[source].width // repeat
    if types != [("int8", 1), ("int8", 1), ("int16", 1)] or not 1 <= columns <= MAX_WIDTH:
        raise damaged(f"a sparse Linear has values, gaps and counts of {types} for {columns} columns")
    constants.reserve_weights(counts.size * columns)
    weight = decode_sparse(SparseForm(values, gaps, counts), columns)
    return {"weight": weight, "bias": bias, "shift": constants.claim(shift_index)}

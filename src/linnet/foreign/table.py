"""One table of a map, read key by key: every value is of its type, and a key that nothing asked for is refused.

A tensor is named by a string, or by a table that says how to take it: `tensor`, `transposed`, `rows`, `index`. A
complex one may also be `re` and `im`, each of them such a name, or a real tensor whose last axis holds both parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from linnet.foreign.tensors import Tensors

Array = NDArray[Any]
COUNTER = "{i}"  # stands for the number of a layer in the tables that `repeat` repeats
TAKING = ("tensor", "transposed", "rows", "index")


class Table:
    """The values of a table of the map; `where` is what messages call it."""

    def __init__(
        self, values: Any, where: str, tensors: Tensors, *, dtype: DTypeLike, number: int | None = None
    ) -> None:
        """Begin to read; `number` is what {i} stands for.

        Raises:
            ValueError: it is no table.
        """
        if not isinstance(values, Mapping):
            raise ValueError(f"{where} came as {values!r}, but it is a table; write it as [{where}].")
        self._values, self.where, self._tensors = dict(values), where, tensors
        self._dtype, self._number = np.dtype(dtype), number
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        """Whether the key is given."""
        self._known.append(key)
        return key in self._values

    def inner(self, key: str) -> Table:
        """The table inside this one."""
        self._known.append(key)
        where = f"{self.where}.{key}" if self.where else key
        return Table(self._values.get(key), where, self._tensors, dtype=self._dtype, number=self._number)

    def repeated(self, key: str) -> list[Table]:
        """The tables of a list, each as often as its key `repeat` says; {i} counts all of them."""
        self._known.append(key)
        listed = self._values.get(key, [])
        if not isinstance(listed, list):
            raise ValueError(f"{key} came as one table, but it is a list of them; write [[{key}]].")
        tables: list[Table] = []
        for values in listed:
            times = values.get("repeat", 1) if isinstance(values, dict) else 1
            if not isinstance(times, int) or not 1 <= times <= 1000:
                raise ValueError(f"repeat of {key} is {times!r}, which is no count; give 1 to 1000.")
            for _ in range(times):
                number = len(tables)
                where = f"{key}.{number}"
                tables.append(Table(values, where, self._tensors, dtype=self._dtype, number=number))
                tables[-1]._known.append("repeat")
        return tables

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required where there is no default."""
        return str(self._typed(key, str, "a string", default))

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        return bool(self._typed(key, bool, "true or false", default))

    def number(self, key: str, default: float) -> float:
        """A number."""
        return float(self._typed(key, (int, float), "a number", default))

    def real(self, key: str) -> Array:
        """A real tensor; required."""
        array = self._read(self._named(key), key)
        if array.dtype.kind == "c":
            raise ValueError(
                f"{key} of {self.where} is a complex tensor, but real numbers are needed here; name another one."
            )
        return array.astype(self._dtype)

    def optional(self, key: str) -> Array | None:
        """A real tensor, or None where the key is missing."""
        return self.real(key) if key in self else None

    def bias(self, key: str, size: int) -> Array:
        """A real tensor, or `size` zeros where the key is missing."""
        return self.real(key) if key in self else np.zeros(size, self._dtype)

    def matrix(self, key: str) -> Array:
        """A real matrix [outputs, inputs]; required."""
        array = self.real(key)
        if array.ndim != 2:
            raise ValueError(
                f"{key} of {self.where} is a tensor of shape {array.shape}, but a matrix [outputs, inputs] is needed; "
                "name another, or take one of many with index."
            )
        return array

    def complex(self, key: str, *, rank: int) -> Array:
        """A complex tensor of this rank, as complex numbers; required."""
        named = self._named(key)
        if isinstance(named, Mapping) and ("re" in named or "im" in named):
            if set(named) != {"re", "im"}:
                raise ValueError(
                    f"{key} of {self.where} has keys {sorted(named)}; give re and im, and no others."
                )
            parts = [self._read(named[part], f"{key}.{part}") for part in ("re", "im")]
            if parts[0].shape != parts[1].shape:
                raise ValueError(
                    f"re and im of {key} of {self.where} have shapes {parts[0].shape} and {parts[1].shape}, which are "
                    "no parts of one tensor; name two of one shape."
                )
            array = parts[0] + 1j * parts[1]
        else:
            array = self._read(named, key)
            if array.dtype.kind != "c" and array.ndim == rank + 1 and array.shape[-1] == 2:
                array = array[..., 0] + 1j * array[..., 1]
        if array.ndim != rank:
            raise ValueError(
                f"{key} of {self.where} is a tensor of shape {array.shape}, but one of rank {rank} is needed (or with "
                "a last axis of 2 for both parts); name another tensor."
            )
        return array.astype(np.result_type(self._dtype, np.complex64))

    def finish(self) -> None:
        """Refuse keys that nothing has asked for.

        Raises:
            ValueError: there is one.
        """
        for key in self._values:
            if key not in self._known:
                near = get_close_matches(key, self._known, 1)
                remedy = (
                    f"did you mean {near[0]}?"
                    if near
                    else f"choose among {', '.join(sorted(set(self._known)))}."
                )
                raise ValueError(
                    f"{key} is no key of {self.where or 'a map'}, so it would be overlooked; {remedy}"
                )

    def _typed(self, key: str, kind: Any, what: str, default: Any) -> Any:
        self._known.append(key)
        value = self._values.get(key, default)
        if value is None:
            raise self._missing(key, what)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{key} of {self.where} is {value!r}, which does not do; give {what}.")
        return value

    def _named(self, key: str) -> Any:
        self._known.append(key)
        if key not in self._values:
            raise self._missing(key, "the name of a tensor")
        return self._values[key]

    def _missing(self, key: str, what: str) -> ValueError:
        there = ", ".join(self._values) or "none"
        return ValueError(f"{self.where} has no key {key}, only {there}, and it is needed; give {what}.")

    def _read(self, named: Any, key: str) -> Array:
        """The tensor that a string or a table names, taken as the table says."""
        how = {"tensor": named} if isinstance(named, str) else named
        if not isinstance(how, Mapping) or not isinstance(how.get("tensor"), str) or set(how) - set(TAKING):
            raise ValueError(
                f"{key} of {self.where} is {named!r}, which names no tensor; give its name, or a table of "
                f"{', '.join(TAKING)}."
            )
        name = self._counted(how["tensor"])
        array = self._tensors[name]
        if "index" in how:
            array = self._part(array, how["index"], name)
        if "rows" in how:
            array = self._rows(array, how["rows"], name)
        return array.T if how.get("transposed", False) else array

    def _counted(self, text: str) -> str:
        if COUNTER in text and self._number is None:
            raise ValueError(
                f"{text!r} of {self.where} has {COUNTER}, which counts layers only; write the name whole."
            )
        return text.replace(COUNTER, str(self._number))

    def _part(self, array: Array, index: Any, name: str) -> Array:
        """One of the tensors that are stacked along the first axis."""
        chosen = int(self._counted(index)) if isinstance(index, str) and index.strip() else index
        if not isinstance(chosen, int) or array.ndim == 0 or not 0 <= chosen < array.shape[0]:
            raise ValueError(
                f"index {index!r} of tensor {name!r} is outside its shape {array.shape}; give 0 to the first of it, "
                f"less one, or {COUNTER}."
            )
        return np.asarray(array[chosen])

    @staticmethod
    def _rows(array: Array, rows: Any, name: str) -> Array:
        """Some of the rows, before anything is turned."""
        whole = isinstance(rows, Sequence) and len(rows) == 2 and all(isinstance(row, int) for row in rows)
        if not whole or array.ndim == 0 or not 0 <= rows[0] < rows[1] <= array.shape[0]:
            raise ValueError(
                f"rows {rows!r} are not within tensor {name!r} of shape {array.shape}; give [first, end] within "
                f"0 and {array.shape[0] if array.ndim else 0}."
            )
        return array[rows[0] : rows[1]]

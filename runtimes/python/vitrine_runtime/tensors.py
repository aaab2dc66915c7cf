"""Converts arrays of numbers from callers and for the stage. numpy is imported only when a model needs it."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Union

from .problems import Problem

Dimension = Union[int, None]
# A larger array becomes a file, because a page cannot show so many numbers.
_SHOWN_AT_MOST = 100_000
_SUGGESTED_AT_MOST = 64


class TensorSpec(NamedTuple):
    """The model's description of one input. A dimension that may have any length is None."""

    name: str
    # A type of numpy, such as ``float32``; ``str`` for texts.
    dtype: str
    shape: List[Dimension]

    @property
    def words(self) -> str:
        """``float32 [?, 3]``"""
        return f"{self.dtype} [{', '.join('?' if one is None else str(one) for one in self.shape)}]"

    @property
    def has_batch(self) -> bool:
        """Whether the first dimension can be the number of elements, so that one element need not have it."""
        return len(self.shape) > 1 and self.shape[0] in (None, 1)


def tensor_schema(spec: TensorSpec) -> Dict[str, Any]:
    """The JSON Schema of nested lists of numbers or texts for one input."""
    schema: Dict[str, Any] = {"title": spec.name, "description": spec.words}
    if len(spec.shape) > 0:
        schema["type"] = "array"
    shape = [1 if one is None else one for one in spec.shape]
    if math.prod(shape) <= _SUGGESTED_AT_MOST:
        schema["default"] = _filled(shape, "" if spec.dtype == "str" else False if spec.dtype == "bool" else 0)
    return schema


def _filled(shape: Sequence[int], value: Any) -> Any:
    return value if not shape else [_filled(shape[1:], value) for _ in range(shape[0])]


def read_tensor(spec: TensorSpec, value: Any) -> Any:
    """The array for a caller's value. Raises :class:`Problem` if it does not fit the input."""
    import numpy

    try:
        array = numpy.asarray(value, dtype=object if spec.dtype == "str" else spec.dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise _invalid(spec, str(error)) from error
    if spec.has_batch and array.ndim == len(spec.shape) - 1:
        array = array[numpy.newaxis]
    if not _fits(spec.shape, array.shape):
        raise _invalid(spec, f"the shape is {list(array.shape)}")
    return array


def _fits(expected: Sequence[Dimension], given: Sequence[int]) -> bool:
    return len(expected) == len(given) and all(one in (None, other) for one, other in zip(expected, given))


def _invalid(spec: TensorSpec, got: str) -> Problem:
    return Problem("input.invalid", message=f"{spec.name} must be {spec.words}: {got}")


def read_array_file(path: str, specs: Sequence[TensorSpec]) -> Dict[str, Any]:
    """The arrays of an ``.npy`` file for the only input, or of an ``.npz`` file by their names."""
    import numpy

    try:
        # Pickles are not allowed, because reading one runs code of its author.
        loaded = numpy.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise Problem("input.invalid", message=f"the file has no arrays of NumPy: {error}") from error
    if hasattr(loaded, "files"):
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    return {specs[0].name: loaded}


@contextlib.contextmanager
def shown_array(name: str, array: Any) -> Iterator[Dict[str, Any]]:
    """An output for an array: a number, a table, or JSON; a large one is an ``.npy`` file while this is open."""
    import numpy

    array = numpy.asarray(array)
    if array.size > _SHOWN_AT_MOST:
        with tempfile.TemporaryDirectory(prefix="vitrine-array-") as folder:
            path = Path(folder) / f"{os.path.basename(name) or 'output'}.npy"
            numpy.save(path, array, allow_pickle=False)
            yield {"name": name, "path": path}
        return
    yield {"name": name, **_small(array)}


def _small(array: Any) -> Dict[str, Any]:
    if array.size == 1 and array.dtype.kind in "iuf":
        return {"kind": "number", "data": {"value": number(array.reshape(-1)[0])}}
    if array.size == 1 and array.dtype.kind in "OU":
        return {"kind": "text", "data": str(array.reshape(-1)[0])}
    if array.ndim in (1, 2) and array.dtype.kind in "iufb":
        rows = array if array.ndim == 2 else array.reshape(1, -1)
        kind = "boolean" if array.dtype.kind == "b" else "number"
        columns = [{"name": str(at), "type": kind} for at in range(rows.shape[1])]
        return {"kind": "table", "data": {"columns": columns, "rows": numbers_of(rows)}}
    data = {"shape": list(array.shape), "dtype": str(array.dtype), "data": numbers_of(array)}
    return {"kind": "json", "data": data}


def number(value: Any) -> Optional[Any]:
    """A number for JSON. None for NaN and the infinities, which JSON does not have."""
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def numbers_of(array: Any) -> Any:
    """Nested lists of an array, with None for numbers that JSON does not have."""
    import numpy

    if array.dtype.kind == "f" and not numpy.isfinite(array).all():
        return numpy.where(numpy.isfinite(array), array.astype(object), None).tolist()
    return array.tolist()

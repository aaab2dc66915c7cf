"""Converts the value that ``predict`` returns for an element to its ``outputs``."""

from __future__ import annotations

import functools
import numbers
from pathlib import PurePath
from typing import Any, Dict, List, Optional, Protocol, Union

from .encode import encode
from .returned import is_array, picture_of, pictures_in, plain

Output = Dict[str, Any]
_EXPLICIT = frozenset({"kind", "data", "name"})
_LISTS = frozenset({"classification", "detection", "segmentation", "keypoints", "tokens"})


class Publish(Protocol):
    """Converts a file that was returned to an output with a URL. None if the file does not exist."""

    def __call__(self, file: Union[PurePath, bytes], /) -> Optional[Output]:
        """``file`` is a path, or the bytes of a PNG."""


def encoded_outputs(value: Any, declared: Optional[str], publish: Publish) -> str:
    """JSON text of the outputs of one element.

    An array of a kind that was declared or stated keeps its numbers: what looks like a picture is one only inside
    ``image``, or where nobody said what the value is.
    """
    value = plain(value)
    inferred = declared is None and not _states_kinds(value)

    def convert(inner: Any, draws_arrays: bool) -> Any:
        picture = picture_of(inner) if draws_arrays or not is_array(inner) else None
        if picture is None and not isinstance(inner, PurePath):
            return plain(inner)
        published = publish(inner if picture is None else picture)
        return str(inner) if published is None else published["data"]

    texts = []
    for output in outputs_of(value, declared, publish):
        draws_arrays = inferred or output["kind"] == "image"
        texts.append(encode(output, functools.partial(convert, draws_arrays=draws_arrays)))
    return f"[{','.join(texts)}]"


def outputs_of(value: Any, declared: Optional[str], publish: Publish) -> List[Output]:
    """The outputs of one element.

    An explicit kind from the algorithm is used first, then the ``x-kind`` of the manifest's ``output``;
    otherwise the kind is inferred.
    """
    value = plain(value)
    if value is None:
        return []
    if _states_kinds(value):
        return [value] if isinstance(value, dict) else list(value)
    if isinstance(value, PurePath):
        return [_file(value, publish)]
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, PurePath) for item in value):
        return [_file(item, publish) for item in value]
    drawn = _drawn(value, publish) if declared in (None, "image") else []
    if drawn:
        return drawn
    if isinstance(value, (list, tuple)):
        value = [plain(item) for item in value]
    if declared is not None:
        return [{"kind": declared, "data": _data_of(declared, value)}]
    return [_inferred(value)]


def _file(path: PurePath, publish: Publish) -> Output:
    published = publish(path)
    return published if published is not None else {"kind": "text", "data": str(path)}


def _drawn(value: Any, publish: Publish) -> List[Output]:
    """The outputs of a picture, or of several; empty for anything else."""
    picture = picture_of(value)
    pictures = [(None, picture)] if picture is not None else pictures_in(value)
    published = [(name, publish(content)) for name, content in pictures or []]
    return [{**output, **({} if name is None else {"name": name})} for name, output in published if output is not None]


def _is_explicit(value: Any) -> bool:
    return isinstance(value, dict) and "kind" in value and "data" in value and _EXPLICIT.issuperset(value)


def _states_kinds(value: Any) -> bool:
    """Whether the algorithm itself says of which kind its output is, or each of its outputs."""
    if isinstance(value, (list, tuple)):
        return len(value) > 0 and all(_is_explicit(item) for item in value)
    return _is_explicit(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _data_of(kind: str, value: Any) -> Any:
    if kind in _LISTS and isinstance(value, dict):
        return [value]
    if kind == "number" and _is_number(value):
        return {"value": value}
    return value


def _inferred(value: Any) -> Output:
    if isinstance(value, str):
        return {"kind": "text", "data": value}
    if _is_number(value):
        return {"kind": "number", "data": {"value": value}}
    if isinstance(value, dict) and "text" in value and "chunks" in value:
        return {"kind": "transcript", "data": value}
    items = [value] if isinstance(value, dict) else value
    if isinstance(items, (list, tuple)) and items and all(_is_scored(item) for item in items):
        return {"kind": "detection" if all("box" in item for item in items) else "classification", "data": items}
    return {"kind": "json", "data": value}


def _is_scored(value: Any) -> bool:
    return isinstance(value, dict) and "label" in value and "score" in value

"""Converts the value that ``predict`` returns for an element to its ``outputs``."""

from __future__ import annotations

import numbers
from pathlib import PurePath
from typing import Any, Callable, Dict, List, Optional

Output = Dict[str, Any]
_EXPLICIT = frozenset({"kind", "data", "name"})
_LISTS = frozenset({"classification", "detection", "segmentation", "keypoints", "tokens"})


def outputs_of(value: Any, declared: Optional[str], publish: Callable[[PurePath], Optional[Output]]) -> List[Output]:
    """The outputs of one element.

    An explicit kind from the algorithm is used first, then the ``x-kind`` of the manifest's ``output``;
    otherwise the kind is inferred. ``publish`` converts a path to an output with a URL, or None if the file
    does not exist.
    """
    if value is None:
        return []
    if _is_explicit(value):
        return [value]
    if isinstance(value, (list, tuple)) and value and all(_is_explicit(item) for item in value):
        return list(value)
    if isinstance(value, PurePath):
        published = publish(value)
        return [published if published is not None else {"kind": "text", "data": str(value)}]
    if declared is not None:
        return [{"kind": declared, "data": _data_of(declared, value)}]
    return [_inferred(value)]


def _is_explicit(value: Any) -> bool:
    return isinstance(value, dict) and "kind" in value and "data" in value and _EXPLICIT.issuperset(value)


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

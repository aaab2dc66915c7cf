"""Converts Python values to JSON text. NaN and infinity become null; numpy and other common values become
their JSON equivalents.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import json
import math
from typing import Any, Callable

from .problems import bad_output

_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ascii = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def encode(value: Any, convert: Callable[[Any], Any] = lambda value: value) -> str:
    """JSON text of any value. ``convert`` may replace values that JSON does not have (paths by their URL).

    Raises :class:`Problem` if a value has no JSON form.
    """
    try:
        text = _plain.encode(value)
    except (TypeError, ValueError):
        text = _plain.encode(clean(value, convert))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return _ascii.encode(json.loads(text))
    return text


def clean(value: Any, convert: Callable[[Any], Any], depth: int = 0) -> Any:
    """The value, with everything in it replaced by JSON types."""
    if depth > 200:
        raise bad_output("output.too_deep")
    if isinstance(value, enum.Enum):
        return clean(value.value, convert, depth + 1)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, (float, decimal.Decimal)):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, dict):
        return {_key(key): clean(item, convert, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item, convert, depth + 1) for item in value]
    return clean(_known_object(value, convert), convert, depth + 1)


def _key(key: Any) -> str:
    plain = key.item() if hasattr(key, "item") else key
    if isinstance(plain, bool) or plain is None:
        return json.dumps(plain)
    return plain if type(plain) is str else str(plain)


def _known_object(value: Any, convert: Callable[[Any], Any]) -> Any:
    converted = convert(value)
    if converted is not value:
        return converted
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump()
    raise bad_output("output.no_json", type=f"{type(value).__module__}.{type(value).__qualname__}")

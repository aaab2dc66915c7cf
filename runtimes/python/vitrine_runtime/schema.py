"""JSON Schema of parameters and elements: checks, defaults and the paths of invalid fields.

``jsonschema`` is imported only if a schema checks more than a type, because it costs 0.1 s of every start.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .problems import FieldProblem

Schema = Dict[str, Any]
Check = Callable[[Any, str], List[FieldProblem]]

MEDIA_KINDS = frozenset({"image", "audio", "video", "file"})
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$schema", "$id", "$comment"})
_NAMED = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems pattern multipleOf".split()
)
_PYTHON_TYPES = {"string": str, "boolean": bool, "array": list, "object": dict}


def is_media(schema: Any) -> bool:
    """Whether a schema is for an image, a recording, a video or a file."""
    return isinstance(schema, dict) and schema.get("x-kind") in MEDIA_KINDS


def without_media(schema: Any) -> Any:
    """The schema with media left unchecked, because the code that fetches them checks them."""
    if is_media(schema):
        return {}
    if not isinstance(schema, dict):
        return schema
    changed = dict(schema)
    if isinstance(schema.get("properties"), dict):
        changed["properties"] = {key: without_media(value) for key, value in schema["properties"].items()}
    if "items" in schema:
        changed["items"] = without_media(schema["items"])
    return changed


def compile_check(schema: Schema) -> Check:
    """Compiles the check for one schema. Raises if the schema itself is invalid."""
    asserting = {key for key in schema if key not in _ANNOTATIONS and not key.startswith("x-")}
    if not asserting:
        return lambda value, path: []
    kind = schema.get("type")
    if asserting == {"type"} and isinstance(kind, str) and kind in _PYTHON_TYPES:
        return _type_check(kind)
    return _full_check(schema)


def _type_check(kind: str) -> Check:
    expected = _PYTHON_TYPES[kind]

    def check(value: Any, path: str) -> List[FieldProblem]:
        return [] if isinstance(value, expected) else [FieldProblem(path, "field.type", {"expected": kind})]

    return check


def _multiple_of(validator: Any, step: float, value: Any, schema: Any) -> Iterable[Any]:
    """``multipleOf`` for decimal steps: 0.6 is a multiple of 0.1, although 0.6 / 0.1 is not whole in binary
    floating point.
    """
    from jsonschema import ValidationError

    if validator.is_type(value, "number") and abs(value / step - round(value / step)) > 1e-9:
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _full_check(schema: Schema) -> Check:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    Draft202012Validator.check_schema(schema)
    validator = extend(Draft202012Validator, {"multipleOf": _multiple_of})(schema)

    def check(value: Any, path: str) -> List[FieldProblem]:
        problems: Dict[Tuple[str, str], FieldProblem] = {}
        for error in validator.iter_errors(value):
            for problem in _describe(error, path):
                problems.setdefault((problem.path, problem.key), problem)
        return list(problems.values())

    return check


def _describe(error: Any, prefix: str) -> Iterable[FieldProblem]:
    path = prefix + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    keyword, expected = error.validator, error.validator_value
    if keyword == "required":
        return [FieldProblem(f"{path}.{name}", "field.required", {}) for name in expected if name not in error.instance]
    if keyword == "additionalProperties":
        known = error.schema.get("properties", {})
        return [FieldProblem(f"{path}.{name}", "field.unknown", {}) for name in error.instance if name not in known]
    if keyword == "type":
        words = expected if isinstance(expected, str) else ", ".join(expected)
        return [FieldProblem(path, "field.type", {"expected": words})]
    if keyword in ("enum", "const"):
        choices = expected if keyword == "enum" else [expected]
        words = ", ".join(json.dumps(choice, ensure_ascii=False) for choice in choices)
        return [FieldProblem(path, "field.enum", {"expected": words})]
    if keyword in _NAMED:
        return [FieldProblem(path, f"field.{keyword}", {"expected": expected})]
    return [FieldProblem(path, "field.other", {"keyword": keyword})]

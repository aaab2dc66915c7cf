"""JSON Schema of parameters and elements: checks, defaults and the paths of invalid fields.

``jsonschema`` is imported only if a schema checks more than types and which fields there are, because it takes a quarter of the
processor time of a start.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from .problems import FieldProblem

Schema = Dict[str, Any]
Check = Callable[[Any, str], List[FieldProblem]]

MEDIA_KINDS = frozenset({"image", "audio", "video", "file"})
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$schema", "$id", "$comment"})
_NAMED = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems pattern multipleOf".split()
)
_TYPES: Dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: not isinstance(value, bool)
    and (isinstance(value, int) or isinstance(value, float) and value.is_integer()),
}
_OF_FIELDS = frozenset({"type", "properties", "required", "additionalProperties"})


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
    return _simple_check(schema) or _full_check(schema)


def _asserts(key: str, value: Any) -> bool:
    """Whether a keyword can refuse a value. Empty ``properties``, as of an algorithm without parameters, refuse nothing."""
    if key == "properties":
        return bool(value != {})
    return key not in _ANNOTATIONS and not key.startswith("x-")


def _simple_check(schema: Any) -> Optional[Check]:
    """The check of a type, or of an object whose fields have such checks: most algorithms need no other. None for other schemas."""
    if not isinstance(schema, dict):
        return None
    asserting = {key for key, value in schema.items() if _asserts(key, value)}
    if not asserting:
        return lambda value, path: []
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        return None
    if asserting == {"type"}:
        return _type_check(kind)
    return _fields_check(schema) if kind == "object" and asserting <= _OF_FIELDS else None


def _type_check(kind: str) -> Check:
    is_expected = _TYPES[kind]

    def check(value: Any, path: str) -> List[FieldProblem]:
        return [] if is_expected(value) else [FieldProblem(path, "field.type", {"expected": kind})]

    return check


def _fields_check(schema: Schema) -> Optional[Check]:
    """The check of an object. Its problems have the order of the keywords, as in ``jsonschema``."""
    properties, required = schema.get("properties", {}), schema.get("required", [])
    is_open = schema.get("additionalProperties", True)
    if not isinstance(properties, dict) or not isinstance(required, list) or not isinstance(is_open, bool):
        return None
    checks = {name: _simple_check(field) for name, field in properties.items()}
    known = {name: check for name, check in checks.items() if check is not None}
    if len(known) < len(checks) or not all(isinstance(name, str) for name in required):
        return None
    is_object = _type_check("object")

    def problems(keyword: str, value: Dict[str, Any], path: str) -> Iterable[FieldProblem]:
        if keyword == "properties":
            for name, check in known.items():
                if name in value:
                    yield from check(value[name], f"{path}.{name}")
        if keyword == "required":
            yield from (FieldProblem(f"{path}.{name}", "field.required", {}) for name in required if name not in value)
        if keyword == "additionalProperties" and not is_open:
            yield from (FieldProblem(f"{path}.{name}", "field.unknown", {}) for name in value if name not in known)

    def check_fields(value: Any, path: str) -> List[FieldProblem]:
        wrong = is_object(value, path)
        return wrong or [problem for keyword in schema for problem in problems(keyword, value, path)]

    return check_fields


def _multiple_of(validator: Any, step: float, value: Any, schema: Any) -> Iterable[Any]:
    """``multipleOf`` for decimal steps: 0.6 is a multiple of 0.1, although 0.6 / 0.1 is not whole in binary
    floating point.
    """
    from jsonschema import ValidationError

    if validator.is_type(value, "number") and not _is_multiple(value, step):
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _is_multiple(value: float, step: float) -> bool:
    try:
        return abs(value / step - round(value / step)) <= 1e-9
    except OverflowError:
        # Numbers this large are further apart than any step, as for ajv of the Node runtime.
        return True


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

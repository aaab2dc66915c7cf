"""JSON Schema of one argument, from its annotation and its default in the source."""

from __future__ import annotations

import ast
from typing import Any, Dict, Optional

Schema = Dict[str, Any]

_SIMPLE: Dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "dict": {"type": "object"},
    "list": {"type": "array"},
    "Path": {"x-kind": "file"},
    "File": {"x-kind": "file"},
    "Secret": {"type": "string", "x-widget": "password"},
}
_RULES = {
    "ge": "minimum",
    "le": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "regex": "pattern",
    "choices": "enum",
    "description": "description",
}
_MEDIA_WORDS = (
    ("image", ("image", "img", "picture", "photo", "mask", "frame")),
    ("audio", ("audio", "speech", "voice", "sound", "song", "wav")),
    ("video", ("video", "clip", "movie")),
)


def written(node: Optional[ast.AST]) -> str:
    """An annotation or a name as code, as ``ast.unparse`` writes it, which Python 3.8 does not have. "" for the rest."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{written(node.value)}.{node.attr}"
    if isinstance(node, ast.Constant):
        return str(node.value) if node.value is None else repr(node.value)
    if isinstance(node, ast.Subscript):
        return f"{written(node.value)}[{written(inside(node))}]"
    if isinstance(node, (ast.Tuple, ast.List)):
        return ", ".join(written(one) for one in node.elts)
    if isinstance(node, ast.BinOp):
        return f"{written(node.left)} | {written(node.right)}"
    return ""


def inside(node: ast.Subscript) -> ast.expr:
    """What stands in the brackets. Python 3.8 has it in a node of its own."""
    wrapped = getattr(node.slice, "value", node.slice) if type(node.slice).__name__ == "Index" else node.slice
    return wrapped  # type: ignore[no-any-return]


def schema_of_argument(argument: ast.arg, default: Optional[ast.expr]) -> Schema:
    """The schema of one argument. What is unknown without running the code is left open."""
    schema = _schema_of(argument.annotation)
    rules = _input_call(default)
    if rules is not None:
        for keyword in rules.keywords:
            value = _literal(keyword.value)
            if keyword.arg in _RULES and value is not None:
                schema[_RULES[keyword.arg]] = value
    given = _default_of(default)
    value = _literal(given) if given is not None else None
    if value is not None:
        if not schema:
            schema.update(_type_of(value))
        schema["default"] = value
    if schema.get("x-kind") == "file":
        schema["x-kind"] = _media_kind(argument.arg)
    return schema


def is_required(argument: ast.arg, default: Optional[ast.expr]) -> bool:
    """Whether a caller must give the argument."""
    return _default_of(default) is None and not _is_optional(argument.annotation)


def _default_of(default: Optional[ast.expr]) -> Optional[ast.expr]:
    call = _input_call(default)
    if call is None:
        return default
    named = [keyword.value for keyword in call.keywords if keyword.arg == "default"]
    given = call.args[0] if call.args else (named[0] if named else None)
    return None if isinstance(given, ast.Constant) and given.value is Ellipsis else given


def _input_call(default: Optional[ast.expr]) -> Optional[ast.Call]:
    is_input = isinstance(default, ast.Call) and written(default.func).split(".")[-1] == "Input"
    return default if is_input and isinstance(default, ast.Call) else None


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _type_of(value: Any) -> Schema:
    words = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    word = words.get(type(value))
    return {"type": word} if word else {}


def _is_optional(node: Optional[ast.expr]) -> bool:
    return node is not None and ("Optional" in written(node).split("[")[0].split(".") or "None" in written(node).split(" | "))


def _schema_of(node: Optional[ast.expr]) -> Schema:
    if node is None:
        return {}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _schema_of(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.BinOp):
        sides = [side for side in (node.left, node.right) if written(side) != "None"]
        return _schema_of(sides[0]) if len(sides) == 1 else {}
    if isinstance(node, ast.Subscript):
        return _generic(written(node.value).split(".")[-1], inside(node))
    return dict(_SIMPLE.get(written(node).split(".")[-1], {}))


def _generic(name: str, inner: ast.expr) -> Schema:
    if name in ("List", "list", "Sequence"):
        return {"type": "array", "items": _schema_of(inner)}
    if name in ("Dict", "dict"):
        return {"type": "object"}
    if name == "Optional":
        return _schema_of(inner)
    if name == "Literal":
        choices = [_literal(item) for item in (inner.elts if isinstance(inner, ast.Tuple) else [inner])]
        return {**_type_of(choices[0]), "enum": choices}
    return {}


def _media_kind(name: str) -> str:
    for kind, words in _MEDIA_WORDS:
        if any(word in name.lower() for word in words):
            return kind
    return "file"

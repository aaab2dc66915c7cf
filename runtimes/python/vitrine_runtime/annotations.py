"""JSON Schema of one argument, from its annotation and its default in the source."""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, Mapping, Optional

Schema = Dict[str, Any]
# The names of a module with their values: literal constants, members of an Enum, and the values of an Enum by its name.
Constants = Mapping[str, Any]

_SIMPLE: Dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "dict": {"type": "object"},
    "list": {"type": "array"},
    "bytes": {"x-kind": "file"},
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
    """The node in the brackets. Python 3.8 wraps it in another node."""
    wrapped = getattr(node.slice, "value", node.slice) if type(node.slice).__name__ == "Index" else node.slice
    return wrapped  # type: ignore[no-any-return]


def schema_of_argument(
    argument: ast.arg, default: Optional[ast.expr], constants: Constants = {}, kind: Optional[str] = None
) -> Schema:
    """The schema of one argument. What is unknown without running the code is left open. ``kind`` is its type as a
    docstring names it, for an argument without an annotation.
    """
    schema = _schema_of(argument.annotation, constants) or _schema_of_words(kind)
    rules = _input_call(default)
    if rules is not None:
        for keyword in rules.keywords:
            value = _literal(keyword.value, constants)
            if keyword.arg in _RULES and value is not None:
                schema[_RULES[keyword.arg]] = value
    given = _default_of(default)
    value = _literal(given, constants) if given is not None else None
    if value is not None:
        if not schema:
            schema.update(_type_of(value))
        schema["default"] = value
    if schema.get("x-kind") == "file":
        schema["x-kind"] = _media_kind(argument.arg)
    return schema


def is_media(schema: Schema) -> bool:
    """Whether a caller gives a file for this."""
    return "x-kind" in schema or "x-kind" in (schema.get("items") or {})


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


def module_constants(tree: ast.Module) -> Dict[str, Any]:
    """The values of the names at the top of a module, if they are literals or members of an ``Enum``."""
    found: Dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = _literal(node.value, found)
            if value is not None:
                found.update({target.id: value for target in targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.ClassDef) and any("Enum" in written(base) for base in node.bases):
            members = _members_of(node)
            found.update({f"{node.name}.{name}": value for name, value in members.items()})
            found[f"class {node.name}"] = list(members.values())
    return found


def _members_of(node: ast.ClassDef) -> Dict[str, Any]:
    members = {}
    for one in node.body:
        if isinstance(one, ast.Assign) and len(one.targets) == 1 and isinstance(one.targets[0], ast.Name):
            value = _literal(one.value)
            if value is not None:
                members[one.targets[0].id] = value
    return members


def _literal(node: ast.expr, constants: Constants = {}) -> Any:
    """The value of a literal or of a named constant. ``list(X)`` and ``X.keys()`` of a constant are its items."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        pass
    if isinstance(node, ast.Call):
        is_list = written(node.func) in ("list", "sorted", "tuple") and len(node.args) == 1
        inner = node.args[0] if is_list else node.func
        if is_list or (isinstance(inner, ast.Attribute) and inner.attr == "keys" and not node.args):
            items = _literal(inner if is_list else inner.value, constants)  # type: ignore[attr-defined]
            listed = list(items) if isinstance(items, (dict, list, tuple)) else None
            return sorted(listed, key=str) if listed and written(node.func) == "sorted" else listed
        return None
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [_literal(one, constants) for one in node.elts]
        return None if any(value is None for value in values) else values
    return constants.get(written(node).replace(".value", ""))


def _type_of(value: Any) -> Schema:
    words = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    word = words.get(type(value))
    return {"type": word} if word else {}


def _is_optional(node: Optional[ast.expr]) -> bool:
    return node is not None and ("Optional" in written(node).split("[")[0].split(".") or "None" in written(node).split(" | "))


def _schema_of(node: Optional[ast.expr], constants: Constants = {}) -> Schema:
    if node is None:
        return {}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _schema_of_words(node.value, constants)
    if isinstance(node, ast.BinOp):
        sides = [side for side in (node.left, node.right) if written(side) != "None"]
        return _schema_of(sides[0], constants) if len(sides) == 1 else {}
    if isinstance(node, ast.Subscript):
        return _generic(written(node.value).split(".")[-1], inside(node), constants)
    name = written(node)
    # `Image.Image` and `PIL.Image.Image`, and an image of Pillow that is imported by name.
    if name in ("Image", "Image.Image", "PIL.Image", "PIL.Image.Image"):
        return {"x-kind": "image"}
    choices = constants.get(f"class {name}")
    if choices:
        return {**_type_of(choices[0]), "enum": list(choices)}
    return dict(_SIMPLE.get(name.split(".")[-1], {}))


def _schema_of_words(words: Optional[str], constants: Constants = {}) -> Schema:
    """The schema of a type that is written as text: an annotation in quotes, or a type in a docstring."""
    text = re.sub(r",?\s*(optional|default\b.*)$", "", (words or "").strip())
    text = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}.get(text, text)
    try:
        return _schema_of(ast.parse(text, mode="eval").body, constants)
    except (SyntaxError, ValueError):
        return {}


def _generic(name: str, inner: ast.expr, constants: Constants) -> Schema:
    if name in ("List", "list", "Sequence"):
        return {"type": "array", "items": _schema_of(inner, constants)}
    if name in ("Dict", "dict"):
        return {"type": "object"}
    if name == "Optional":
        return _schema_of(inner, constants)
    if name == "Annotated" and isinstance(inner, ast.Tuple):
        return _schema_of(inner.elts[0], constants)
    if name == "Literal":
        choices = [_literal(item) for item in (inner.elts if isinstance(inner, ast.Tuple) else [inner])]
        return {**_type_of(choices[0]), "enum": choices}
    return {}


def _media_kind(name: str) -> str:
    for kind, words in _MEDIA_WORDS:
        if any(word in name.lower() for word in words):
            return kind
    return "file"

"""Reads the inputs and parameters of an algorithm from its source, without running it.

``python -m vitrine_runtime.describe FILE [CLASS]`` prints ``{form, input, parameters, generator, batched}``
as JSON: ``form`` is ``cog`` or ``algorithm``, ``input`` the JSON Schema of one element, ``parameters`` that
of the parameters. The exit code is 1 with ``{"error": …}`` if the file cannot be read or has no such class.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

from .annotations import Constants, Schema, is_media, is_required, module_constants, schema_of_argument, written
from .docstring import Words, argument_words

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Named = Union[ast.ClassDef, Function]


class NotDescribed(ValueError):
    """The source contains nothing to describe."""


def describe(source: str, class_name: Optional[str] = None) -> Dict[str, Any]:
    """Describes the named class or function, or else ``Predictor``, ``Runner`` or ``Algorithm``. Raises :class:`NotDescribed`."""
    tree = _parsed(source)
    found = _find(tree, class_name)
    if not isinstance(found, ast.ClassDef) or _is_cog(found):
        described = describe_cog(source, found.name)
        return {name: described[name] for name in ("form", "input", "parameters", "generator", "batched")}
    predict = _method_of(found, ("predict",))
    generator = _yields(predict)
    named = [(argument, default) for argument, default in _arguments(predict)[2:]]
    schema = _object_schema(named, predict.args.kwarg is None, module_constants(tree), ast.get_docstring(predict))
    return {
        "form": "algorithm",
        "input": {},
        "parameters": schema,
        "generator": generator,
        "batched": not generator,
    }


def describe_cog(source: str, name: str) -> Dict[str, Any]:
    """In addition to the values of :func:`describe`: ``element``, the schema of an element as an object of
    all arguments; ``bare``, the argument that may be given alone; ``joins``, whether the pieces of the output
    are one text; ``method``, the name of the method that predicts, None for a function. A file that need not be given is part
    of the input, because parameters are values.
    """
    tree = _parsed(source)
    found = _find(tree, name)
    is_class = isinstance(found, ast.ClassDef)
    predict = _cog_method(found) if isinstance(found, ast.ClassDef) else found
    arguments = _arguments(predict)[1 if is_class else 0 :]
    element = _object_schema(arguments, True, module_constants(tree), ast.get_docstring(predict))
    properties: Dict[str, Schema] = element["properties"]
    required = [argument.arg for argument, default in arguments if is_required(argument, default)]
    names = [argument.arg for argument, _ in arguments]
    bare = required[0] if len(required) == 1 else (names[0] if len(names) == 1 else None)
    needed = {bare, *required, *(name for name in names if is_media(properties[name]))}
    is_bare = needed == {bare}
    inputs = names if bare is None else [name for name in names if name in needed]
    others = [name for name in names if name not in inputs]
    returns = written(predict.returns)
    generator = _yields(predict) or "Iterator[" in returns
    return {
        "form": "cog",
        "input": properties[bare] if is_bare and bare is not None else _part_of(element, inputs),
        "parameters": _part_of(element, others),
        "generator": generator,
        "batched": False,
        "element": element,
        "bare": bare,
        "joins": "ConcatenateIterator" in returns,
        "method": predict.name if is_class else None,
    }


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise NotDescribed(f"not valid Python: {error}") from error


def _find(tree: ast.Module, name: Optional[str]) -> Named:
    wanted = [name] if name else ["Predictor", "Runner", "Algorithm"]
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef) if name else (ast.ClassDef,)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and node.name in wanted:
            return node
    raise NotDescribed(f"no class {' or '.join(wanted)}")


def _is_cog(found: ast.ClassDef) -> bool:
    return any(written(base).split(".")[-1] in ("BasePredictor", "BaseRunner") for base in found.bases)


def _cog_method(found: ast.ClassDef) -> Function:
    """A runner has ``run``, and a predictor, as it was called before, ``predict``."""
    is_runner = any(written(base).split(".")[-1] == "BaseRunner" for base in found.bases)
    return _method_of(found, ("run", "predict") if is_runner else ("predict", "run"))


def _method_of(found: ast.ClassDef, names: Tuple[str, ...]) -> Function:
    methods = {node.name: node for node in found.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for name in names:
        if name in methods:
            return methods[name]
    raise NotDescribed(f"class {found.name} has no {' or '.join(names)}")


def _arguments(function: Function) -> List[Tuple[ast.arg, Optional[ast.expr]]]:
    """Arguments, also ``self``, each with its default."""
    listed = function.args
    positional = [*listed.posonlyargs, *listed.args]
    missing: List[Optional[ast.expr]] = [None] * (len(positional) - len(listed.defaults))
    pairs = list(zip(positional, [*missing, *listed.defaults]))
    return [*pairs, *zip(listed.kwonlyargs, listed.kw_defaults)]


def _yields(function: Function) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function))


def _object_schema(
    arguments: List[Tuple[ast.arg, Optional[ast.expr]]], closed: bool, constants: Constants, docstring: Optional[str]
) -> Schema:
    words = argument_words(docstring)
    properties: Dict[str, Schema] = {}
    for order, (argument, default) in enumerate(arguments):
        said = words.get(argument.arg, Words(None, None))
        schema = schema_of_argument(argument, default, constants, said.kind)
        described = {"description": said.description} if said.description else {}
        properties[argument.arg] = {**described, **schema, "x-order": order}
    required = [argument.arg for argument, default in arguments if is_required(argument, default)]
    schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema


def _part_of(element: Schema, names: List[str]) -> Schema:
    """The schema of an object that has only some of its fields."""
    properties = {name: {**element["properties"][name], "x-order": order} for order, name in enumerate(names)}
    required = [name for name in element.get("required", []) if name in names]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="vitrine_runtime.describe")
    parser.add_argument("file")
    parser.add_argument("class_name", nargs="?")
    given = parser.parse_args()
    try:
        result = describe(Path(given.file).read_text("utf-8"), given.class_name)
    except (OSError, ValueError) as error:
        print(json.dumps({"error": str(error)}, ensure_ascii=False))
        return 1
    print(json.dumps(result, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

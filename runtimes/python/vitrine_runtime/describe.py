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

from .annotations import Schema, is_required, schema_of_argument

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]


class NotDescribed(ValueError):
    """The source contains nothing to describe."""


def describe(source: str, class_name: Optional[str] = None) -> Dict[str, Any]:
    """Describes the named class, or else ``Predictor`` or ``Algorithm``. Raises :class:`NotDescribed`."""
    found = _find_class(source, class_name)
    if _is_cog(found):
        described = describe_cog(source, found.name)
        return {name: described[name] for name in ("form", "input", "parameters", "generator", "batched")}
    predict = _predict_of(found)
    generator = _yields(predict)
    named = [(argument, default) for argument, default in _arguments(predict)[1:]]
    schema = _object_schema(named, predict.args.kwarg is None)
    return {
        "form": "algorithm",
        "input": {},
        "parameters": schema,
        "generator": generator,
        "batched": not generator,
    }


def describe_cog(source: str, class_name: str) -> Dict[str, Any]:
    """In addition to the values of :func:`describe`: ``element``, the schema of an element as an object of
    all arguments; ``bare``, the argument that may be given alone; ``joins``, whether the pieces of the output
    are one text.
    """
    predict = _predict_of(_find_class(source, class_name))
    arguments = _arguments(predict)
    element = _object_schema(arguments, closed=True)
    required = [argument.arg for argument, default in arguments if is_required(argument, default)]
    names = [argument.arg for argument, _ in arguments]
    bare = required[0] if len(required) == 1 else (names[0] if len(names) == 1 else None)
    others = [(argument, default) for argument, default in arguments if argument.arg not in (bare, *required)]
    returns = ast.unparse(predict.returns) if predict.returns is not None else ""
    generator = _yields(predict) or "Iterator[" in returns
    return {
        "form": "cog",
        "input": element["properties"][bare] if bare is not None else element,
        "parameters": _object_schema(others, closed=True) if bare is not None else _object_schema([], closed=True),
        "generator": generator,
        "batched": False,
        "element": element,
        "bare": bare,
        "joins": "ConcatenateIterator" in returns,
    }


def _find_class(source: str, class_name: Optional[str]) -> ast.ClassDef:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise NotDescribed(f"not valid Python: {error}") from error
    wanted = [class_name] if class_name else ["Predictor", "Algorithm"]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in wanted:
            return node
    raise NotDescribed(f"no class {' or '.join(wanted)}")


def _is_cog(found: ast.ClassDef) -> bool:
    return any(ast.unparse(base).split(".")[-1] == "BasePredictor" for base in found.bases)


def _predict_of(found: ast.ClassDef) -> Function:
    for node in found.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "predict":
            return node
    raise NotDescribed(f"class {found.name} has no predict")


def _arguments(function: Function) -> List[Tuple[ast.arg, Optional[ast.expr]]]:
    """Arguments after ``self``, each with its default."""
    listed = function.args
    positional = [*listed.posonlyargs, *listed.args]
    missing: List[Optional[ast.expr]] = [None] * (len(positional) - len(listed.defaults))
    pairs = list(zip(positional, [*missing, *listed.defaults]))[1:]
    return [*pairs, *zip(listed.kwonlyargs, listed.kw_defaults)]


def _yields(function: Function) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function))


def _object_schema(arguments: List[Tuple[ast.arg, Optional[ast.expr]]], closed: bool) -> Schema:
    properties = {
        argument.arg: {**schema_of_argument(argument, default), "x-order": order}
        for order, (argument, default) in enumerate(arguments)
    }
    required = [argument.arg for argument, default in arguments if is_required(argument, default)]
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema


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

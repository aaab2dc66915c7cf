"""A Cog predictor, or a function alone, as an algorithm. An element is an object of its keyword arguments, or the bare value
of one. Its signature is the form of its stage.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import typing
from enum import Enum
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from .algorithm import Algorithm, Values, finished, is_stream, values_of
from .describe import describe_cog


class _Predictor:
    """The predictor that a name in ``cog.yaml`` means: an instance of a class with ``predict`` or ``run``, or a function."""

    def __init__(self, named: Any, method: Optional[str]) -> None:
        instance = named() if isinstance(named, type) else None
        self.predict: Callable[..., Any] = named if method is None else getattr(instance, method)
        self._setup = getattr(instance, "setup", None)

    def setup(self) -> Any:
        """Runs its own ``setup``. One that takes ``weights`` gets what ``COG_WEIGHTS`` names, as with Cog."""
        if self._setup is None:
            return None
        if "weights" in inspect.signature(self._setup).parameters:
            return self._setup(weights=os.environ.get("COG_WEIGHTS"))
        return self._setup()


class CogPredictor(Algorithm):
    """Called with one element at a time. The request's parameters are the defaults for an element."""

    def __init__(self, named: Any, file: Path, name: str) -> None:
        described = describe_cog(file.read_text("utf-8"), name)
        super().__init__(_Predictor(named, described["method"]))
        self.batched = False
        self.element_schema = described["element"]
        self.told = {"input": described["input"], "parameters": _open(described["parameters"]), "translations": {}}
        self._bare = described["bare"]
        self._joins = described["joins"]
        self._defaults = _defaults_of(self._predict)
        self._types = _types_of(self._predict)
        self.accepted = frozenset(self._properties)

    @property
    def _properties(self) -> Dict[str, Any]:
        return dict((self.element_schema or {}).get("properties", {}))

    def wrap(self, element: Any) -> Any:
        """Wraps the bare value of a predictor's only required argument in an object."""
        is_object = isinstance(element, dict) and set(element).issubset(self._properties)
        return element if is_object or self._bare is None else {self._bare: element}

    def predict_each(self, element: Any, parameters: Dict[str, Any]) -> Values:
        """Yields each value of the predictor, or the one that it returns. Joined text grows with each piece.
        """
        arguments = {**self._defaults, **parameters, **element}
        converted = {name: _typed(self._types.get(name), value) for name, value in arguments.items()}
        returned = finished(self._predict(**converted))
        if not is_stream(returned) and not isinstance(returned, typing.Iterator):
            yield returned
            return
        text = ""
        with contextlib.closing(values_of(returned)) as values:
            for value in values:
                text = text + str(value) if self._joins else ""
                yield text if self._joins else value


def _open(schema: Dict[str, Any]) -> Dict[str, Any]:
    """The schema of an object that may have more fields: a caller may give any argument among the parameters."""
    return {name: value for name, value in schema.items() if name != "additionalProperties"}


def _types_of(predict: Callable[..., Any]) -> Dict[str, Any]:
    """The evaluated annotations. Empty if one names something that is not imported, as code only for type checkers may."""
    try:
        return typing.get_type_hints(predict)
    except (NameError, AttributeError, TypeError):
        return {}


def _defaults_of(predict: Callable[..., Any]) -> Dict[str, Any]:
    """The defaults of its arguments. With Cog they are inside the result of ``Input(…)``."""
    found = {}
    for name, parameter in inspect.signature(predict).parameters.items():
        default = parameter.default
        if type(default).__name__ == "FieldInfo":
            factory = getattr(default, "default_factory", None)
            default = factory() if callable(factory) else default.default
        is_stated = default is not ... and default is not parameter.empty
        if is_stated and type(default).__name__ != "PydanticUndefinedType":
            found[name] = default
    return found


def _typed(hint: Any, value: Any) -> Any:
    """The value in the type of its annotation: a path becomes a ``Path``, also in a list and if it is optional."""
    inner = typing.get_args(hint)
    if isinstance(value, list) and inner:
        return [_typed(inner[0], one) for one in value] if len(inner) == 1 else value
    wanted = [one for one in (inner or (hint,)) if inspect.isclass(one) and one is not type(None)]
    if len(wanted) != 1 or wanted[0] is str:
        return value
    (kind,) = wanted
    if issubclass(kind, Enum):
        return kind(value)
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and isinstance(value, list):
        return sys.modules["numpy"].array(value)
    if not isinstance(value, str):
        return value
    if kind is bytes:
        return Path(value).read_bytes()
    if kind.__module__ == "PIL.Image":
        return sys.modules["PIL.Image"].open(value)
    if issubclass(kind, Path) or kind.__name__ == "Secret":
        return kind(value)
    return open(value, "rb") if kind.__name__ in ("IOBase", "File") else value

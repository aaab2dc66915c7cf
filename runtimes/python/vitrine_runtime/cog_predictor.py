"""A Cog predictor as an algorithm. An element is an object of its keyword arguments, or the bare value of
one.
"""

from __future__ import annotations

import contextlib
import inspect
import typing
from pathlib import Path
from typing import Any, Dict

from .algorithm import Algorithm, Values, finished, is_stream, values_of
from .describe import describe_cog


class CogPredictor(Algorithm):
    """Called with one element at a time. The request's parameters are the defaults for an element."""

    def __init__(self, instance: Any, file: Path, class_name: str) -> None:
        super().__init__(instance)
        self.batched = False
        described = describe_cog(file.read_text("utf-8"), class_name)
        self.element_schema = described["element"]
        self._bare = described["bare"]
        self._joins = described["joins"]
        self._defaults = {name: one["default"] for name, one in self._properties.items() if "default" in one}
        self._types = {
            name: one for name, one in typing.get_type_hints(instance.predict).items() if inspect.isclass(one)
        }

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
        converted = {name: self._typed(name, value) for name, value in arguments.items()}
        returned = finished(self._predict(**converted))
        if not is_stream(returned) and not isinstance(returned, typing.Iterator):
            yield returned
            return
        text = ""
        with contextlib.closing(values_of(returned)) as values:
            for value in values:
                text = text + str(value) if self._joins else ""
                yield text if self._joins else value

    def _typed(self, name: str, value: Any) -> Any:
        wanted = self._types.get(name)
        if wanted is None or not isinstance(value, str) or issubclass(wanted, str) and wanted is str:
            return value
        if issubclass(wanted, Path) or wanted.__name__ == "Secret":
            return wanted(value)
        return open(value, "rb") if wanted.__name__ in ("IOBase", "File") else value

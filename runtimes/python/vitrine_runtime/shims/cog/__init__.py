"""A small replacement for the ``cog`` package, found only if cog itself is not installed.

Names and meaning follow cog's public Python API (https://cog.run/python), enough to run a predictor here.
"""

from __future__ import annotations

import io
import pathlib
from typing import Any, AsyncIterator, Callable, Generic, Iterator, List, Optional, TypeVar, Union

from pydantic import BaseModel

__version__ = "0.23.0"
__all__ = [
    "AsyncConcatenateIterator",
    "BaseModel",
    "BasePredictor",
    "BaseRunner",
    "ConcatenateIterator",
    "ExperimentalFeatureWarning",
    "FieldInfo",
    "File",
    "Input",
    "Path",
    "Secret",
    "concurrent",
    "current_scope",
    "emit_metric",
    "streaming",
]

Item = TypeVar("Item")


class BasePredictor:
    """Base of predictors: ``setup`` runs once, ``predict`` for each input."""

    def setup(self) -> None:
        """Prepares the predictor; nothing by default."""

    def predict(self, **kwargs: Any) -> Any:
        """To be overridden."""
        raise NotImplementedError


class BaseRunner:
    """Base of runners, as newer versions of cog call predictors: ``run`` takes each input."""

    def setup(self) -> None:
        """Prepares the runner; nothing by default."""


class Path(pathlib.PosixPath):
    """A file given to or returned by a predictor."""


File = io.IOBase


class ConcatenateIterator(Iterator[Item], Generic[Item]):
    """Marks an output whose pieces belong together as one text."""


class AsyncConcatenateIterator(AsyncIterator[Item], Generic[Item]):
    """The same for an asynchronous predictor."""


class ExperimentalFeatureWarning(FutureWarning):
    """Filtered by predictors of older versions."""


class Secret(str):
    """A text that is hidden when printed."""

    def __repr__(self) -> str:
        return "Secret('**********')"

    def get_secret_value(self) -> str:
        """The text."""
        return str.__str__(self)


class FieldInfo:
    """The result of ``Input(...)``: the default and the rules."""

    def __init__(self, default: Any, default_factory: Optional[Callable[[], Any]], rules: "dict[str, Any]") -> None:
        self.default = default
        self.default_factory = default_factory
        self.rules = rules


def Input(
    default: Any = ...,
    description: Optional[str] = None,
    ge: Optional[float] = None,
    le: Optional[float] = None,
    min_length: Optional[int] = None,
    max_length: Optional[int] = None,
    regex: Optional[str] = None,
    choices: Optional[List[Union[str, int]]] = None,
    deprecated: Optional[bool] = None,
    accept: Optional[str] = None,
    default_factory: Optional[Callable[[], Any]] = None,
) -> Any:
    """An argument of ``predict``. ``vitrine_runtime.describe`` reads the rules from the source."""
    rules = {"description": description, "ge": ge, "le": le, "min_length": min_length, "max_length": max_length}
    more = {"regex": regex, "choices": choices, "deprecated": deprecated, "accept": accept}
    return FieldInfo(default, default_factory, {**rules, **more})


def streaming(predict: Any = None) -> Any:
    """Marks a predictor that yields. Whether it does is seen when it is called."""
    return predict if predict is not None else (lambda inner: inner)


def concurrent(predict: Any = None, *, max: int = 1) -> Any:
    """Says how many predictions of an asynchronous predictor may run at once. ``concurrency`` in ``algorithm.yaml`` decides."""
    return predict if predict is not None else (lambda inner: inner)


class _Scope:
    """The prediction that is being made. Metrics are not kept."""

    def __init__(self) -> None:
        self.context: "dict[str, str]" = {}
        self.metrics: "dict[str, Any]" = {}

    def record_metric(self, name: str, value: Any, mode: str = "replace") -> None:
        """Does nothing."""


def current_scope() -> _Scope:
    """The scope of the prediction that is being made."""
    return _Scope()


def emit_metric(name: str, value: float) -> None:
    """Does nothing."""

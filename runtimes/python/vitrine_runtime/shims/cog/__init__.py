"""A small replacement for the ``cog`` package, found only if cog itself is not installed.

Names and meaning follow cog's public Python API (https://cog.run/python), enough to run a predictor here.
"""

from __future__ import annotations

import io
import pathlib
from typing import Any, Generic, Iterator, List, Optional, TypeVar, Union

from pydantic import BaseModel

__all__ = ["BaseModel", "BasePredictor", "ConcatenateIterator", "File", "Input", "Path", "Secret"]

Item = TypeVar("Item")


class BasePredictor:
    """Base of predictors: ``setup`` runs once, ``predict`` for each input."""

    def setup(self) -> None:
        """Prepares the predictor; nothing by default."""

    def predict(self, **kwargs: Any) -> Any:
        """To be overridden."""
        raise NotImplementedError


class Path(pathlib.PosixPath):
    """A file given to or returned by a predictor."""


File = io.IOBase


class ConcatenateIterator(Iterator[Item], Generic[Item]):
    """Marks an output whose pieces belong together as one text."""


class Secret(str):
    """A text that is hidden when printed."""

    def __repr__(self) -> str:
        return "Secret('**********')"

    def get_secret_value(self) -> str:
        """The text."""
        return str.__str__(self)


class _Input:
    """The result of ``Input(...)``: the default and the rules."""

    def __init__(self, default: Any, rules: "dict[str, Any]") -> None:
        self.default = default
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
) -> Any:
    """An argument of ``predict``. ``vitrine_runtime.describe`` reads the rules from the source."""
    rules = {"description": description, "ge": ge, "le": le, "min_length": min_length, "max_length": max_length}
    return _Input(default, {**rules, "regex": regex, "choices": choices, "deprecated": deprecated})

"""Errors of the algorithm in the log."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Optional

_RUNTIME = str(Path(__file__).parent)
_IMPORTS = str(importlib.__file__)


def print_error(error: BaseException) -> None:
    """Prints an error with its traceback, from the algorithm's own code on. What called it is the runtime and the import
    system, which would fill the few lines that pages show. An error with no code of the algorithm keeps its whole traceback.

    It goes to the process's own stream, because the logs for callers must not contain tracebacks.
    """
    own = _from_own_code(error.__traceback__)
    traceback.print_exception(type(error), error, own or error.__traceback__, file=sys.__stderr__)


def _from_own_code(first: Optional[TracebackType]) -> Optional[TracebackType]:
    step = first
    while step is not None and _calls_the_algorithm(step.tb_frame.f_code.co_filename):
        step = step.tb_next
    return step


def _calls_the_algorithm(file: str) -> bool:
    return file.startswith((_RUNTIME, "<frozen importlib")) or file == _IMPORTS

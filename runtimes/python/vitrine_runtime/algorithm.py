"""Calls a person's algorithm, whatever its form: plain, generator, async, or a Cog predictor."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any, AsyncGenerator, Callable, Dict, FrozenSet, Generator, List, Optional

from .problems import bad_output

Values = Generator[Any, None, None]

_thread = threading.local()


class Algorithm:
    """The loaded algorithm.

    ``batched`` tells whether ``predict`` takes a list of inputs and returns a list of outputs; otherwise it is called
    with one element at a time.
    """

    # Schema of one element if the code itself gives it; None: the manifest's ``input``.
    element_schema: Optional[Dict[str, Any]] = None
    # Schemas of the model itself for parts that the manifest leaves open: input, parameters, translations.
    told: Dict[str, Any] = {}
    # The function of the package to call when values of its configuration change while it runs.
    on_config: Optional[Callable[[Dict[str, Optional[str]]], Any]] = None

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self._predict: Callable[..., Any] = instance.predict
        self.batched = not _is_generator_function(self._predict)
        self.accepted = accepted_parameters(self._predict)

    def wrap(self, element: Any) -> Any:
        """Converts an element to the form that ``element_schema`` describes."""
        return element

    def setup(self) -> None:
        """Runs the algorithm's own ``setup``, if it has one."""
        setup = getattr(self.instance, "setup", None)
        if callable(setup):
            finished(setup())

    def predict_all(self, elements: List[Any], parameters: Dict[str, Any]) -> List[Any]:
        """Makes one call for all elements. Raises :class:`Problem` if it does not return one output for each
        element.
        """
        returned = finished(self._predict(elements, **parameters))
        if is_stream(returned):
            self.batched = False
            raise NotBatched
        if isinstance(returned, tuple) or (hasattr(returned, "tolist") and getattr(returned, "ndim", 0) > 0):
            returned = list(returned)
        if not isinstance(returned, list):
            raise bad_output("output.no_list", type=type(returned).__name__, count=len(elements))
        if len(returned) != len(elements):
            raise bad_output("output.count", returned=len(returned), count=len(elements))
        return returned

    def predict_each(self, element: Any, parameters: Dict[str, Any]) -> Values:
        """Runs one element: yields the values of its generator, the last of which is the result."""
        returned = finished(self._predict([element], **parameters))
        if is_stream(returned):
            return values_of(returned)
        raise bad_output("output.no_generator")


class NotBatched(Exception):
    """``predict`` returned a generator: call it again with one element at a time."""


def _is_generator_function(function: Callable[..., Any]) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def is_stream(value: Any) -> bool:
    """Whether ``predict`` returned something that yields."""
    return inspect.isgenerator(value) or inspect.isasyncgen(value)


def values_of(stream: Any) -> Values:
    """The values of a generator, an async generator or another iterator. Closing it closes the stream."""
    if inspect.isasyncgen(stream):
        return _async_values(stream)
    return stream if inspect.isgenerator(stream) else (value for value in stream)


def _async_values(stream: AsyncGenerator[Any, None]) -> Values:
    try:
        while True:
            try:
                value = finished(stream.__anext__())
            except StopAsyncIteration:
                return
            yield value
    finally:
        finished(stream.aclose())


def finished(value: Any) -> Any:
    """Returns the value itself, or awaits a coroutine on an event loop of the calling thread."""
    if not inspect.isawaitable(value):
        return value
    loop: Optional[asyncio.AbstractEventLoop] = getattr(_thread, "loop", None)
    if loop is None:
        loop = _thread.loop = asyncio.new_event_loop()
    return loop.run_until_complete(_awaited(value))


async def _awaited(value: Any) -> Any:
    return await value


def accepted_parameters(function: Callable[..., Any]) -> Optional[FrozenSet[str]]:
    """Names of the arguments that ``predict`` accepts in addition to its inputs; None if it accepts any
    (``**parameters``).
    """
    listed = list(inspect.signature(function).parameters.values())
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in listed):
        return None
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return frozenset(one.name for one in listed[1:] if one.kind in named)

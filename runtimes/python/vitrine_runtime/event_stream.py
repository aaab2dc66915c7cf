"""The answer of ``Accept: text/event-stream``: the events of a prediction, as they happen."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, List, MutableMapping, Tuple

from .answers import Answers
from .prediction import Prediction

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def stream_events(
    answers: Answers,
    prediction: Prediction,
    headers: List[Tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Sends ``start``, ``progress``, ``output``, ``log`` and finally ``completed``, until the caller
    disconnects.

    For a prediction that has already ended, only ``completed`` is sent. A caller that reads slower than events
    come gets fewer of them (:class:`.PendingEvents`).
    """
    await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *headers]})
    events = prediction.follow(receive)
    try:
        async for event in events:
            body = b": still here\n\n" if event is None else f"event: {event.name}\ndata: {event.data}\n\n".encode("utf-8")
            await send({"type": "http.response.body", "body": body, "more_body": True})
    finally:
        await events.aclose()
    if prediction.ended:
        body = f"event: completed\ndata: {answers.completed(prediction.job).body}\n\n".encode("utf-8")
        await send({"type": "http.response.body", "body": body})

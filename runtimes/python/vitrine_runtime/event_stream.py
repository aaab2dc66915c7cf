"""The answer of ``Accept: text/event-stream``: what happens to a job, as it happens."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, MutableMapping, Optional, Tuple

from .answers import Answers
from .job import Job
from .service import Service

_HEARTBEAT_S = 15.0
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

Event = Tuple[str, str]


async def stream_events(
    service: Service,
    answers: Answers,
    job: Job,
    cleanup: Callable[[], None],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Submits the job and sends ``start``, ``progress``, ``output``, ``log`` and at last ``completed``.

    A caller that leaves cancels the job.
    """
    loop = asyncio.get_running_loop()
    events: "asyncio.Queue[Optional[Event]]" = asyncio.Queue()

    def listen(name: str, data: str) -> None:
        loop.call_soon_threadsafe(events.put_nowait, (name, data))

    def done() -> None:
        cleanup()
        # After the events that the worker has handed to the loop before it finished.
        loop.call_soon(events.put_nowait, None)

    job.listener = listen
    if not job.pending:
        job.start()
    service.submit(job, done)
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    gone = loop.create_task(_gone(receive))
    try:
        while not gone.done():
            event = await _next(events, gone)
            if event is None:
                break
            await send({"type": "http.response.body", "body": event, "more_body": True})
    finally:
        job.cancelled = job.finished_at is None
        gone.cancel()
    if job.finished_at is not None:
        body = f"event: completed\ndata: {answers.completed(job).body}\n\n".encode("utf-8")
        await send({"type": "http.response.body", "body": body})


async def _next(events: "asyncio.Queue[Optional[Event]]", gone: "asyncio.Task[None]") -> Optional[bytes]:
    """The next event's bytes, a comment when nothing happens for long, None at the end or when the caller has left."""
    waiting = asyncio.ensure_future(events.get())
    done, _ = await asyncio.wait({waiting, gone}, timeout=_HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:
        event = waiting.result()
        return None if event is None else f"event: {event[0]}\ndata: {event[1]}\n\n".encode("utf-8")
    waiting.cancel()
    return None if gone in done else b": still here\n\n"


async def _gone(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue

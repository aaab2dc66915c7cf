"""``POST /predict`` and ``GET /predict/{id}`` as plain ASGI: one pass over headers and body, no model layer."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections import OrderedDict
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, MutableMapping, Optional, Tuple

from .answers import Answer, Answers
from .event_stream import stream_events
from .job import Job
from .problems import Problem
from .request_body import parse_body
from .request_headers import RequestHeaders
from .service import Service

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LONGEST_BODY = 1 << 30
_PARSED_ON_LOOP = 1 << 18
_WATCH_AFTER_S = 0.5
_KEPT_RESULTS = 1000
_STATUS = {"service.starting": 503, "service.setup_failed": 503, "service.stopping": 503, "request.too_large": 413}


class ClientGone(Exception):
    """The caller hung up before its request was whole."""


class PredictRoute:
    """Takes requests for one service, and keeps the results of those that were to be answered later."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._answers = Answers(service.release.manifest)
        self._kept: "OrderedDict[str, Job]" = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry for ``POST /predict``."""
        headers = RequestHeaders(scope["headers"])
        try:
            await self._answer(headers, receive, send)
        except Problem as problem:
            status = _STATUS.get(problem.code, 422)
            await send_answer(send, self._answers.refused(problem, headers.language, status))
        except ClientGone:
            return
        except Exception:
            traceback.print_exc(file=sys.__stderr__)
            await send_answer(send, self._answers.refused(Problem("service.internal"), headers.language, 500))

    async def _answer(self, headers: RequestHeaders, receive: Receive, send: Send) -> None:
        self._service.refuse_unless_ready()
        raw = await read_body(receive)
        loop = asyncio.get_running_loop()
        if len(raw) <= _PARSED_ON_LOOP:
            job = self._service.prepare(parse_body(raw), headers)
        else:
            job = await loop.run_in_executor(None, lambda: self._service.prepare(parse_body(raw), headers))
        temporary = await loop.run_in_executor(None, self._service.fetch_media, job) if self._service.has_media else []
        if headers.respond_async:
            self._keep(job)
            self._service.submit(job, lambda: _remove(temporary))
            location = f"{headers.prefix}/predict/{job.id}".encode("ascii")
            await send_answer(send, self._answers.pending(job)._replace(headers=((b"location", location),)))
        elif headers.events:
            await stream_events(self._service, self._answers, job, lambda: _remove(temporary), receive, send)
        else:
            await self._answer_when_done(job, temporary, receive, send)

    async def _answer_when_done(self, job: Job, temporary: List[Path], receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        finished: "asyncio.Future[None]" = loop.create_future()

        def done() -> None:
            if temporary:
                _remove(temporary)
            if not finished.done():
                finished.set_result(None)

        self._service.submit(job, done)
        # Most requests are over before anybody could hang up: the watch costs a task, so only the long ones get it.
        watch = loop.call_later(_WATCH_AFTER_S, lambda: watchers.append(loop.create_task(_cancel_when_gone(job, receive))))
        watchers: List["asyncio.Task[None]"] = []
        try:
            await finished
        finally:
            watch.cancel()
            for watcher in watchers:
                watcher.cancel()
        await send_answer(send, self._answers.completed(job))

    def _keep(self, job: Job) -> None:
        self._kept[job.id] = job
        for job_id, kept in list(self._kept.items())[: max(0, len(self._kept) - _KEPT_RESULTS)]:
            if kept.finished_at is not None:
                del self._kept[job_id]

    def result(self, job_id: str, language: str) -> Answer:
        """The answer of ``GET /predict/{id}``: 202 while it runs, then what the request itself would have got."""
        job: Optional[Job] = self._kept.get(job_id)
        if job is None:
            return self._answers.refused(Problem("prediction.not_found", {"id": job_id}), language, 404)
        return self._answers.pending(job) if job.finished_at is None else self._answers.completed(job)


async def read_body(receive: Receive) -> bytes:
    """All of the request's body. Raises :class:`Problem` ``request.too_large``, or :class:`ClientGone`."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        first: bytes = message.get("body", b"")
        return first
    parts: List[bytes] = []
    total = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        total += len(part)
        if total > _LONGEST_BODY:
            raise Problem("request.too_large", {"limit": _LONGEST_BODY})
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


async def send_answer(send: Send, answer: Answer) -> None:
    """Sends a JSON answer."""
    body = answer.body.encode("utf-8")
    length: Tuple[bytes, bytes] = (b"content-length", b"%d" % len(body))
    headers = [(b"content-type", b"application/json"), length, *answer.headers]
    start: Dict[str, Any] = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _cancel_when_gone(job: Job, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    job.cancelled = True


def _remove(files: List[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)

"""``POST /predict`` as plain ASGI: one pass over headers and body, without a model layer."""

from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path
from typing import Any, List, Optional

from .answers import Answers
from .event_stream import stream_events
from .fetching import Fetching
from .http_messages import ClientGone, Receive, Scope, Send, client_gone, read_body, send_answer
from .job import Job
from .kept_predictions import KeptPredictions
from .left_files import remove_files
from .prediction import Prediction
from .problems import Problem
from .request_body import parse_body
from .request_headers import RequestHeaders
from .service import Service

_PARSED_ON_LOOP = 1 << 18
_WATCH_AFTER_S = 0.5
# How long the media of one request may take in all. A sender that is slow but never silent would otherwise hold a thread
# for ever.
_LONGEST_FETCH_S = 1800


class PredictRoute:
    """Takes requests for one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.answers = Answers(service.release.manifest)
        self.kept = KeptPredictions(service.release.manifest.get("max_waiting"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry for ``POST /predict``."""
        headers = RequestHeaders(scope["headers"])
        try:
            await self._answer(headers, receive, send)
        except Problem as problem:
            await send_answer(send, self.answers.refused(problem, headers.language))
        except ClientGone:
            return
        except Exception:
            traceback.print_exc(file=sys.__stderr__)
            await send_answer(send, self.answers.refused(Problem("service.internal"), headers.language))

    async def _answer(self, headers: RequestHeaders, receive: Receive, send: Send) -> None:
        known = self._known(headers)
        unattended_s = headers.unattended_s
        if known is None:
            self._service.refuse_unless_ready()
        raw = await read_body(receive, headers.announced)
        if known is not None:
            await self._answer_kept(known, headers, receive, send)
            return
        is_kept = headers.prediction_id is not None or headers.respond_async
        if is_kept:
            self.kept.require_room(len(raw))
        job = await self._prepare(raw, headers)
        temporary: List[Path] = []
        if self._service.has_media:
            temporary = await self._fetch_media(job, None if is_kept else receive)
        if is_kept:
            # The same id may have been sent a second time while the media of the first were fetched.
            twin = self._known(headers)
            prediction = self._begin(job, temporary, unattended_s, len(raw)) if twin is None else twin
            if twin is not None:
                remove_files(temporary)
            await self._answer_kept(prediction, headers, receive, send)
        elif headers.events:
            prediction = Prediction(job, 0, len(raw))
            prediction.submit(self._service, lambda: remove_files(temporary))
            await stream_events(self.answers, prediction, [], receive, send)
        else:
            await self._answer_when_done(job, temporary, receive, send)

    async def _prepare(self, raw: bytes, headers: RequestHeaders) -> Job:
        """The checked request."""
        if len(raw) <= _PARSED_ON_LOOP:
            return self._service.prepare(parse_body(raw), headers)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, lambda: self._service.prepare(parse_body(raw), headers))

    async def _fetch_media(self, job: Job, receive: Optional[Receive]) -> List[Path]:
        """Fetches the media of a job. Returns the files that belong to it.

        If ``receive`` is given, it ends when the caller disconnects: raises :class:`ClientGone`.
        """
        loop = asyncio.get_running_loop()
        fetching = Fetching()
        fetched = self._service.fetch_media(job, fetching)
        end = loop.call_later(_LONGEST_FETCH_S, fetching.end, f"took longer than {_LONGEST_FETCH_S} s")
        watched: "List[asyncio.Future[Any]]" = [fetched]
        if receive is not None:
            watched.append(loop.create_task(client_gone(receive)))
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            is_gone = not fetched.done()
            if is_gone:
                fetching.end("the caller has left")
            temporary = await fetched
        finally:
            end.cancel()
            for watcher in watched[1:]:
                watcher.cancel()
        if is_gone:
            remove_files(temporary)
            raise ClientGone
        return temporary

    def _known(self, headers: RequestHeaders) -> Optional[Prediction]:
        prediction_id = headers.prediction_id
        return None if prediction_id is None else self.kept.get(prediction_id)

    def _begin(self, job: Job, temporary: List[Path], unattended_s: Optional[int], size: int) -> Prediction:
        try:
            # Others may have come while its media were fetched.
            self.kept.require_room(size)
        except Problem:
            remove_files(temporary)
            raise
        prediction = Prediction(job, unattended_s, size)
        self.kept.add(prediction)

        def done() -> None:
            remove_files(temporary)
            self.kept.make_room()

        prediction.submit(self._service, done)
        return prediction

    async def _answer_kept(
        self, prediction: Prediction, headers: RequestHeaders, receive: Receive, send: Send
    ) -> None:
        """Answers with a prediction that continues if its caller disconnects."""
        job = prediction.job
        named = (b"prediction-id", job.id.encode("ascii"))
        if headers.respond_async and not headers.events:
            location = (b"location", f"{headers.prefix}/predict/{job.id}".encode("ascii"))
            await send_answer(send, self.answers.pending(job)._replace(headers=(location, named)))
        elif headers.events:
            await stream_events(self.answers, prediction, [named], receive, send)
        else:
            async for _ in prediction.follow(receive):
                continue
            if prediction.ended:
                await send_answer(send, self.answers.completed(job)._replace(headers=(named,)))

    async def _answer_when_done(self, job: Job, temporary: List[Path], receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        finished: "asyncio.Future[None]" = loop.create_future()

        def done() -> None:
            if temporary:
                remove_files(temporary)
            if not finished.done():
                finished.set_result(None)

        self._service.submit(job, done)
        # Most requests end before anybody could disconnect. Watching costs a task, so only long requests are
        # watched.
        watch = loop.call_later(_WATCH_AFTER_S, lambda: watchers.append(loop.create_task(_cancel_when_gone(job, receive))))
        watchers: List["asyncio.Task[None]"] = []
        try:
            await finished
        finally:
            watch.cancel()
            for watcher in watchers:
                watcher.cancel()
        await send_answer(send, self.answers.completed(job))


async def _cancel_when_gone(job: Job, receive: Receive) -> None:
    await client_gone(receive)
    job.cancelled = True

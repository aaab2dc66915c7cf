"""``POST /predict`` as plain ASGI: one pass over headers and body, without a model layer."""

from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path
from typing import List, Optional, Tuple

from .answers import Answers
from .event_stream import stream_events
from .http_messages import ClientGone, Receive, Scope, Send, read_body, send_answer
from .job import Job
from .kept_predictions import KeptPredictions
from .prediction import Prediction
from .problems import Problem
from .request_body import parse_body
from .request_headers import RequestHeaders
from .service import Service

_PARSED_ON_LOOP = 1 << 18
_WATCH_AFTER_S = 0.5


class PredictRoute:
    """Takes requests for one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.answers = Answers(service.release.manifest)
        self.kept = KeptPredictions()

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
        if known is None:
            self._service.refuse_unless_ready()
        raw = await read_body(receive)
        if known is not None:
            await self._answer_kept(known, headers, receive, send)
            return
        job, temporary = await self._prepare(raw, headers)
        if headers.prediction_id is not None or headers.respond_async:
            # The same id may have been sent a second time while the media of the first were fetched.
            twin = self._known(headers)
            prediction = self._begin(job, temporary, headers.unattended_s) if twin is None else twin
            if twin is not None:
                _remove(temporary)
            await self._answer_kept(prediction, headers, receive, send)
        elif headers.events:
            prediction = Prediction(job, 0)
            prediction.submit(self._service, lambda: _remove(temporary))
            await stream_events(self.answers, prediction, [], receive, send)
        else:
            await self._answer_when_done(job, temporary, receive, send)

    async def _prepare(self, raw: bytes, headers: RequestHeaders) -> Tuple[Job, List[Path]]:
        """The checked request with its media, and the files that belong to it."""
        loop = asyncio.get_running_loop()
        if len(raw) <= _PARSED_ON_LOOP:
            job = self._service.prepare(parse_body(raw), headers)
        else:
            job = await loop.run_in_executor(None, lambda: self._service.prepare(parse_body(raw), headers))
        if not self._service.has_media:
            return job, []
        return job, await loop.run_in_executor(None, self._service.fetch_media, job)

    def _known(self, headers: RequestHeaders) -> Optional[Prediction]:
        prediction_id = headers.prediction_id
        return None if prediction_id is None else self.kept.get(prediction_id)

    def _begin(self, job: Job, temporary: List[Path], unattended_s: Optional[int]) -> Prediction:
        prediction = Prediction(job, unattended_s)
        self.kept.add(prediction)

        def done() -> None:
            _remove(temporary)
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
                _remove(temporary)
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
    while (await receive())["type"] != "http.disconnect":
        continue
    job.cancelled = True


def _remove(files: List[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)

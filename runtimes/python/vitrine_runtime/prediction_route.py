"""``/predict/{id}``: reads, follows and deletes a kept prediction."""

from __future__ import annotations

from .answers import Answers
from .event_stream import stream_events
from .http_messages import Receive, Scope, Send, send_answer
from .kept_predictions import KeptPredictions
from .problems import Problem
from .request_headers import RequestHeaders


class PredictionRoute:
    """The kept predictions of one service."""

    def __init__(self, answers: Answers, kept: KeptPredictions) -> None:
        self._answers = answers
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry for ``GET`` and ``DELETE``.

        ``GET`` answers 202 while it runs, and then the answer of the request itself, or its events.
        ``DELETE`` ends it and forgets it.
        """
        headers = RequestHeaders(scope["headers"])
        prediction_id: str = scope["path_params"]["id"]
        prediction = self._kept.get(prediction_id)
        if prediction is None:
            problem = Problem("prediction.not_found", {"id": prediction_id})
            await send_answer(send, self._answers.refused(problem, headers.language))
        elif scope["method"] == "DELETE":
            self._kept.delete(prediction_id)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            job = prediction.job
            named = (b"prediction-id", job.id.encode("ascii"))
            if headers.events:
                await stream_events(self._answers, prediction, [named], receive, send)
            else:
                answer = self._answers.pending(job) if job.finished_at is None else self._answers.completed(job)
                await send_answer(send, answer._replace(headers=(named,)))

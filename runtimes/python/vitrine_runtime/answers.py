"""Bodies and statuses of the answers, as JSON text."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Tuple

from .encode import encode
from .job import Job
from .problems import Problem


class Answer(NamedTuple):
    """An HTTP status and its JSON body."""

    status: int
    body: str
    headers: Tuple[Tuple[bytes, bytes], ...] = ()


class Answers:
    """Writes the answers of one model."""

    def __init__(self, manifest: Dict[str, Any]) -> None:
        name, version = encode(manifest.get("id")), encode(manifest.get("version"))
        self._model = f'"model_name":{name},"model_version":{version}'

    def refused(self, problem: Problem, language: str) -> Answer:
        """The request as a whole is invalid, or the service cannot accept it."""
        status = problem.status
        error = encode(problem.body(language))
        body = (
            f'{{"batch_id":null,"id":null,"status":"failed",{self._model},"predictions":[],'
            f'"metrics":{{}},"logs":"","error":{error}}}'
        )
        return Answer(status, body, ((b"retry-after", b"1"),) if status == 503 else ())

    def completed(self, job: Job) -> Answer:
        """All elements have their prediction: 200, or 422 if all elements were invalid, else 500 if all
        failed.
        """
        count, failed = len(job.predictions), len(job.failures)
        status, word, error = 200, "succeeded", "null"
        if failed and failed < count:
            word = "partial"
        elif failed:
            status, word = (422 if job.invalid == failed else 500), "failed"
            error = encode(_whole_problem(job).body(job.language))
        finished, started = job.finished_at or job.queued_at, job.started_at
        metrics = (
            f'{{"predict_time":{round(finished - started, 6)},"queue_time":{round(started - job.queued_at, 6)}}}'
            if started is not None
            else "{}"
        )
        logs = job.logs
        body = (
            f'{{"batch_id":{_quoted(job.batch_id)},"id":"{job.id}","status":"{word}",{self._model},'
            f'"predictions":[{",".join(job.predictions)}],"metrics":{metrics},'
            f'"logs":{encode(logs) if logs else _EMPTY},"error":{error}}}'
        )
        return Answer(status, body)

    @staticmethod
    def pending(job: Job) -> Answer:
        """The answer for a prediction that was accepted and is not finished yet."""
        word = "queued" if job.started_at is None else "running"
        state = {"id": job.id, "batch_id": job.batch_id, "status": word, "progress": job.progress}
        return Answer(202, encode(state))


_EMPTY = '""'


def _quoted(text: Optional[str]) -> str:
    return "null" if text is None else encode(text)


def _whole_problem(job: Job) -> Problem:
    """One error for the whole request: the fields of every invalid element, or the first exception."""
    if job.invalid == len(job.failures):
        return Problem("input.invalid", fields=[field for one in job.failures.values() for field in one.fields])
    return next(problem for _, problem in sorted(job.failures.items()) if problem.code != "input.invalid")

"""One request in the runtime."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Optional

from .encode import encode
from .parameters import Parameters
from .problems import Problem

_LONGEST_LOG = 64 * 1024

# Receives the name of an event, the index of its element (None for the whole job), and its data as JSON text.
Listener = Callable[[str, Optional[int], str], None]


class Job:
    """The elements of a request and, one by one, the JSON text of their predictions.

    Written by one worker thread at a time; read by the event loop once ``done`` has been called.
    """

    __slots__ = (
        "batch_id", "cancelled", "done", "elements", "failures", "finished_at", "id", "invalid", "language", "listener",
        "parameters", "pending", "predictions", "prefix", "progress", "queued_at", "started_at", "_logs", "_logged",
    )  # fmt: skip

    def __init__(self, job_id: str, batch_id: Optional[str], elements: List[Any], parameters: Parameters) -> None:
        self.id = job_id
        self.batch_id = batch_id
        self.elements = elements
        self.parameters = parameters
        self.pending: List[int] = []
        self.predictions: List[str] = [""] * len(elements)
        self.failures: Dict[int, Problem] = {}
        self.invalid = 0
        self.language = "zh"
        self.prefix = ""
        self.listener: Optional[Listener] = None
        self.done: Callable[["Job"], None] = lambda job: None
        self.cancelled = False
        self.progress: Optional[float] = None
        self.queued_at = time.perf_counter()
        self.started_at: Optional[float] = None
        self.finished_at: Optional[float] = None
        self._logs: List[str] = []
        self._logged = 0

    @property
    def logs(self) -> str:
        """The printed text, at most the last 64 KiB."""
        return "".join(self._logs)[-_LONGEST_LOG:]

    @property
    def size(self) -> int:
        """The number of characters of its predictions and its log."""
        return sum(map(len, self.predictions)) + min(self._logged, _LONGEST_LOG)

    def start(self) -> None:
        """Records that the worker has started the job."""
        self.started_at = time.perf_counter()
        if self.listener is not None:
            self.listener("start", None, encode({"id": self.id, "batch_id": self.batch_id}))

    def succeed(self, index: int, outputs: str, announce: bool = True) -> None:
        """Records that an element has succeeded. ``outputs`` is JSON text."""
        self.predictions[index] = f'{{"index":{index},"status":"succeeded","outputs":{outputs}}}'
        if announce:
            self.announce(index, outputs)

    def announce(self, index: int, outputs: str) -> None:
        """Sends the outputs of an element to the listener, final or not."""
        if self.listener is not None:
            self.listener("output", index, f'{{"index":{index},"outputs":{outputs}}}')

    def fail(self, index: int, problem: Problem) -> None:
        """Records that a single element has failed."""
        self.failures[index] = problem
        if problem.code == "input.invalid":
            self.invalid += 1
        error = encode(problem.body(self.language))
        self.predictions[index] = f'{{"index":{index},"status":"failed","error":{error},"outputs":[]}}'

    def report(self, index: Optional[int], fraction: float, message: Optional[str]) -> None:
        """Progress from 0 to 1, of one element or (None) of the whole job."""
        self.progress = fraction
        if self.listener is not None:
            self.listener("progress", index, encode({"index": index, "progress": fraction, "message": message}))

    def log(self, stream: str, text: str) -> None:
        """Adds text printed to ``stdout`` or ``stderr``."""
        self._logs.append(text)
        self._logged += len(text)
        if self._logged > 2 * _LONGEST_LOG:
            self._logs = [self.logs]
            self._logged = len(self._logs[0])
        if self.listener is not None:
            self.listener("log", None, encode({"stream": stream, "text": text}))

    def finish(self) -> None:
        """All elements have their prediction."""
        self.finished_at = time.perf_counter()
        self.done(self)

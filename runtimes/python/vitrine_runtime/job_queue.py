"""The queue between the event loop and the workers. It joins requests if micro-batching is on."""

from __future__ import annotations

import queue
import threading
import time
from typing import List, Optional

from .job import Job


class JobQueue:
    """A first-in, first-out queue. ``take`` joins waiting jobs with equal parameters, up to ``max_size``
    elements.
    """

    def __init__(self, max_size: int, max_wait_s: float) -> None:
        self._max_size = max_size
        self._max_wait_s = max_wait_s
        # None marks the end. A SimpleQueue is written in C and costs a tenth of a Condition for each request.
        self._jobs: "queue.SimpleQueue[Optional[Job]]" = queue.SimpleQueue()
        self._one_joins = threading.Lock()
        self._held: Optional[Job] = None
        self.put = self._jobs.put

    def close(self) -> None:
        """Ends the queue. ``take`` still returns the jobs in it."""
        self._jobs.put(None)

    def take(self) -> Optional[List[Job]]:
        """Waits for jobs; None if the queue is closed and empty."""
        if self._max_size <= 1:
            job = self._next()
            return None if job is None else [job]
        with self._one_joins:
            first = self._held or self._next()
            self._held = None
            return None if first is None else self._joined(first)

    def _next(self, timeout: Optional[float] = None) -> Optional[Job]:
        job = self._jobs.get(timeout=timeout)
        if job is None:
            self._jobs.put(None)  # the end is for every worker
        return job

    def _joined(self, first: Job) -> List[Job]:
        """Joins the first job and the following ones, as long as they fit. One that does not fit is held for
        the next call.
        """
        taken = [first]
        room = self._max_size - len(first.pending)
        deadline = time.monotonic() + self._max_wait_s
        while room > 0:
            try:
                job = self._next(max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return taken
            if job is None:
                return taken
            if job.parameters.key != first.parameters.key or len(job.pending) > room:
                self._held = job
                return taken
            taken.append(job)
            room -= len(job.pending)
        return taken

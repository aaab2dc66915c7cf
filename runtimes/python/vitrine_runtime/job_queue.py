"""The one queue between the event loop and the workers; joins requests where micro-batching is on."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Deque, List, Optional

from .job import Job


class JobQueue:
    """First in, first out. ``take`` joins waiting jobs with equal parameters up to ``max_size`` elements."""

    def __init__(self, max_size: int, max_wait_s: float) -> None:
        self._max_size = max_size
        self._max_wait_s = max_wait_s
        self._jobs: Deque[Job] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def put(self, job: Job) -> None:
        """Adds a job at the end."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def close(self) -> None:
        """Nothing more will come; ``take`` still hands out what is there."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self) -> Optional[List[Job]]:
        """Waits for work; None when closed and empty."""
        with self._changed:
            while not self._jobs:
                if self._closed:
                    return None
                self._changed.wait()
            taken = [self._jobs.popleft()]
            if self._max_size > 1:
                self._join(taken)
                if self._jobs:
                    # The wake-up for what did not fit may have come to this thread: hand it on.
                    self._changed.notify()
            return taken

    def _join(self, taken: List[Job]) -> None:
        room = self._max_size - len(taken[0].pending)
        deadline = time.monotonic() + self._max_wait_s
        while room > 0:
            room -= self._take_fitting(taken, room)
            left = deadline - time.monotonic()
            if room <= 0 or left <= 0 or self._closed or self._jobs:
                return
            self._changed.wait(left)

    def _take_fitting(self, taken: List[Job], room: int) -> int:
        """Moves jobs from the front as long as they have the same parameters and fit; answers how many elements."""
        used = 0
        key = taken[0].parameters.key
        while self._jobs and self._jobs[0].parameters.key == key and len(self._jobs[0].pending) <= room - used:
            job = self._jobs.popleft()
            used += len(job.pending)
            taken.append(job)
        return used

"""A prediction that can be followed: its events so far, its followers, and how long it continues without
them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import AsyncGenerator, Callable, Deque, Dict, Optional, Set, Tuple

from .http_messages import Receive, client_gone
from .job import Job
from .pending_events import LONGEST_LOG, Event, PendingEvents
from .service import Service

_HEARTBEAT_S = 15.0


class Prediction:
    """A job with its events. Belongs to the event loop; only ``_heard`` is called by a worker.

    ``unattended_s`` is how long it continues while nobody follows it: 0 means not at all, None without limit. ``size`` are the
    bytes of its request.
    """

    def __init__(self, job: Job, unattended_s: Optional[float], size: int) -> None:
        self.job = job
        self.size = size
        self.ended = False
        self._unattended_s = unattended_s
        self._loop = asyncio.get_running_loop()
        self._followers: Set[PendingEvents] = set()
        self._timer: Optional[asyncio.TimerHandle] = None
        # Newer progress and newer output of an element replace older ones.
        self._events: Dict[Tuple[str, Optional[int]], Event] = {}
        self._logs: Deque[Tuple[Tuple[str, Optional[int]], int]] = deque()
        self._logged = 0
        self._log_number = 0
        job.listener = self._heard

    def submit(self, service: Service, cleanup: Callable[[], None]) -> None:
        """Queues the job. ``cleanup`` is called on the event loop when it has finished."""

        def done() -> None:
            cleanup()
            # This runs after the events that the worker passed to the loop before it finished.
            self._loop.call_soon(self._end)

        if not self.job.pending:
            self.job.start()
        service.submit(self.job, done)
        # With 0, the prediction ends with its last follower, but it has not had its first one yet.
        if self._unattended_s != 0:
            self._watch()

    def cancel(self) -> None:
        """Asks the algorithm to end. Has no effect after the end."""
        self.job.cancelled = self.job.finished_at is None

    async def follow(self, receive: Receive) -> AsyncGenerator[Optional[Event], None]:
        """Yields the events so far and all later ones, and None after every 15 s without an event.

        Ends when the prediction has ended, or when the caller has disconnected: then ``ended`` is False.
        """
        events = PendingEvents()
        for event in self._events.values():
            events.add(event)
        if self.ended:
            events.end()
        self._followers.add(events)
        self._watch()
        gone = self._loop.create_task(client_gone(receive))
        try:
            while True:
                waiting = asyncio.ensure_future(events.next())
                done, _ = await asyncio.wait({waiting, gone}, timeout=_HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
                if waiting not in done:
                    waiting.cancel()
                    if gone in done:
                        return
                    yield None
                    continue
                found = waiting.result()
                if found is None:
                    return
                yield found
        finally:
            gone.cancel()
            self._followers.discard(events)
            self._watch()

    def _heard(self, name: str, index: Optional[int], data: str) -> None:
        self._loop.call_soon_threadsafe(self._add, name, index, data)

    def _add(self, name: str, index: Optional[int], data: str) -> None:
        key = (name, index)
        if name == "log":
            self._log_number += 1
            key = (name, self._log_number)
            self._forget_old_logs(key, len(data))
        self._events.pop(key, None)
        event = self._events[key] = Event(key, data)
        for events in self._followers:
            events.add(event)

    def _forget_old_logs(self, key: Tuple[str, Optional[int]], length: int) -> None:
        self._logs.append((key, length))
        self._logged += length
        while self._logged > LONGEST_LOG and len(self._logs) > 1:
            oldest, its_length = self._logs.popleft()
            self._events.pop(oldest, None)
            self._logged -= its_length

    def _end(self) -> None:
        self.ended = True
        # The answer contains everything, and the input is no longer needed.
        self._events.clear()
        self.job.elements = []
        self._watch()
        for events in self._followers:
            events.end()

    def _watch(self) -> None:
        """Starts or stops the timer for the time without followers."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._followers or self.ended or self._unattended_s is None:
            return
        self._timer = self._loop.call_later(self._unattended_s, self.cancel)

"""The events that one follower of a prediction has not read yet."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Deque, List, NamedTuple, Optional, Set, Tuple

LONGEST_LOG = 64 * 1024
"""How many characters of log events are kept for somebody who has not read them yet."""

_LONGEST_BEHIND = 1_000_000
"""How far a reader may be behind before events that newer ones replace are left out, in characters."""

_EVENT_LENGTH = 100
"""What an event takes besides its data, roughly."""


class Event(NamedTuple):
    """An event of a prediction, with its data as JSON text. A newer one with the same key says all that it says."""

    key: Tuple[str, Optional[int]]
    data: str

    @property
    def name(self) -> str:
        return self.key[0]

    @property
    def length(self) -> int:
        return len(self.data) + _EVENT_LENGTH


class PendingEvents:
    """A reader that keeps up gets every event.

    One that reads slowly gets what somebody gets who comes later: the newest output and progress of each
    element, and the end of the log.
    """

    def __init__(self) -> None:
        self._events: Deque[Event] = deque()
        self._length = 0
        self._limit = _LONGEST_BEHIND
        self._ended = False
        self._changed = asyncio.Event()

    def add(self, event: Event) -> None:
        self._events.append(event)
        self._length += event.length
        if self._length > self._limit:
            self._leave_out()
        self._changed.set()

    def end(self) -> None:
        """Says that no event follows."""
        self._ended = True
        self._changed.set()

    async def next(self) -> Optional[Event]:
        """Waits for the next event. None if there is none any more."""
        while not self._events:
            if self._ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        event = self._events.popleft()
        self._length -= event.length
        return event

    def _leave_out(self) -> None:
        seen: Set[Tuple[str, Optional[int]]] = set()
        kept: List[Event] = []
        logged = 0
        for event in reversed(self._events):
            if event.key in seen:
                continue
            seen.add(event.key)
            if event.name == "log":
                logged += len(event.data)
                if logged > LONGEST_LOG:
                    continue
            kept.append(event)
        self._events = deque(reversed(kept))
        self._length = sum(event.length for event in kept)
        # Outputs that are larger than the limit are not looked at again with each event.
        self._limit = max(_LONGEST_BEHIND, 2 * self._length)

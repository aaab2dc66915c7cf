"""Fetching the media of one request, which can be ended from another thread."""

from __future__ import annotations

import socket
import threading
from typing import Optional

from .problems import Problem


class Fetching:
    """Belongs to the thread that fetches, one file after the other. Only ``end`` is called by others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Optional[socket.socket] = None
        self._ended: Optional[str] = None

    @property
    def problem(self) -> Optional[Problem]:
        """Why it was ended; None if it was not. Each time a new object, because one that is raised keeps its frames."""
        return None if self._ended is None else Problem("media.fetch_failed", {"reason": self._ended})

    def end(self, reason: str) -> None:
        """Ends fetching: what is not fetched yet fails for this reason, and a read that waits returns at once."""
        with self._lock:
            if self._ended is not None:
                return
            self._ended = reason
            if self._held is not None:
                _shut_down(self._held)

    def check(self) -> None:
        """Raises :class:`Problem` ``media.fetch_failed`` if it was ended."""
        problem = self.problem
        if problem is not None:
            raise problem

    def watch(self, connected: socket.socket) -> None:
        """From now on, ``end`` ends this connection, and no longer the former one. Raises as ``check`` does."""
        # A second descriptor of the connection also ends it while TLS is being agreed on, or when its object is closed.
        held = connected.dup()
        with self._lock:
            former, self._held = self._held, held
            if former is not None:
                former.close()
            if self._ended is not None:
                _shut_down(held)
        self.check()

    def close(self) -> None:
        """Must be called when everything is fetched."""
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._held = None


def _shut_down(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The other side has ended it before.
        return

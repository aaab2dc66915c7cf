"""A lock for each name, as long as anybody uses it."""

from __future__ import annotations

import contextlib
import threading
from typing import Callable, Dict, Iterator

_ASKED_EVERY_S = 1.0


class NamedLocks:
    """Locks that exist only while a thread holds them or waits for them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: Dict[str, threading.Lock] = {}
        self._users: Dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @contextlib.contextmanager
    def hold(self, name: str, check: Callable[[], None]) -> Iterator[None]:
        """Holds the lock of a name. While it waits, it calls ``check`` each second, which may raise to give up."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
            self._users[name] = self._users.get(name, 0) + 1
        try:
            while not lock.acquire(timeout=_ASKED_EVERY_S):
                check()
            try:
                yield
            finally:
                lock.release()
        finally:
            with self._guard:
                self._users[name] -= 1
                if self._users[name] == 0:
                    del self._users[name], self._locks[name]

"""Which run belongs to which thread: the target of ``print`` and ``vitrine.progress``."""

from __future__ import annotations

import sys
import threading
from typing import Any, Iterable, List, Optional, Set, TextIO

from .job import Job
from .problems import Cancelled


class Run:
    """One call of ``predict``: its jobs, and the element if there is only one."""

    __slots__ = ("index", "jobs", "_partial")

    def __init__(self, jobs: List[Job], index: Optional[int]) -> None:
        self.jobs = jobs
        self.index = index
        self._partial = {"stdout": "", "stderr": ""}

    def printed(self, stream: str, text: str) -> None:
        """Splits text into lines, each of which is a log entry. A very long one is cut."""
        text = self._partial[stream] + text
        end = text.rfind("\n") + 1 if len(text) < 8192 else len(text)
        self._partial[stream] = text[end:]
        for line in text[:end].splitlines(keepends=True):
            for job in self.jobs:
                job.log(stream, line)

    def flush(self) -> None:
        """Logs the text that has no line break yet."""
        for stream, text in self._partial.items():
            if text:
                self._partial[stream] = ""
                for job in self.jobs:
                    job.log(stream, text)

    def progress(self, fraction: float, message: Optional[str]) -> None:
        """Reports progress to all callers. Raises :class:`Cancelled` if none is left."""
        if all(job.cancelled for job in self.jobs):
            raise Cancelled
        for job in self.jobs:
            job.report(self.index, fraction, message)


_thread = threading.local()
_running: Set[Run] = set()


def enter(run: Run) -> None:
    """Makes the calling thread work for ``run`` from now on."""
    _thread.run = run
    _running.add(run)


def leave(run: Run) -> None:
    """Ends the work of the calling thread for ``run``."""
    run.flush()
    _thread.run = None
    _running.discard(run)


def current() -> Optional[Run]:
    """The run of this thread. In a thread that the algorithm created, the only run there is, else None."""
    own: Optional[Run] = getattr(_thread, "run", None)
    if own is not None:
        return own
    # A copy, because runs begin and end in other threads meanwhile.
    runs = tuple(_running)
    return runs[0] if len(runs) == 1 else None


class Printed:
    """Replaces ``sys.stdout`` or ``sys.stderr``: writes through, and to the log of the current run."""

    def __init__(self, name: str, target: TextIO) -> None:
        self._name = name
        self._target = target

    def write(self, text: str) -> int:
        """Writes through and logs."""
        run = current()
        if run is not None and text:
            run.printed(self._name, text)
        return self._target.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Writes each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def capture_printed() -> None:
    """Replaces the two standard streams by :class:`Printed`, once."""
    if not isinstance(sys.stdout, Printed):
        sys.stdout = Printed("stdout", sys.stdout)
        sys.stderr = Printed("stderr", sys.stderr)

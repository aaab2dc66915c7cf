"""Tests which run a thread's words belong to."""

import sys
import threading
import unittest
from typing import List

from vitrine_runtime.current_run import Run, current, enter, leave


class CurrentRun(unittest.TestCase):
    """Threads that an algorithm has made ask, while runs begin and end in others."""

    def setUp(self) -> None:
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())

    def ask_elsewhere(self) -> object:
        """What another thread learns."""
        answers: List[object] = []
        asking = threading.Thread(target=lambda: answers.append(current()))
        asking.start()
        asking.join()
        return answers[0]

    def test_another_thread_belongs_to_the_only_run(self) -> None:
        first, second = Run([], None), Run([], None)
        enter(first)
        self.assertIs(self.ask_elsewhere(), first)
        enter(second)
        self.assertIsNone(self.ask_elsewhere())
        leave(first)
        leave(second)
        self.assertIsNone(self.ask_elsewhere())

    def test_asking_while_runs_begin_and_end_never_fails(self) -> None:
        sys.setswitchinterval(1e-6)
        ended = threading.Event()

        def work() -> None:
            while not ended.is_set():
                run = Run([], None)
                enter(run)
                leave(run)

        working = threading.Thread(target=work)
        working.start()
        try:
            for _ in range(500_000):
                current()
        finally:
            ended.set()
            working.join()


if __name__ == "__main__":
    unittest.main()

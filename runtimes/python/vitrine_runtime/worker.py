"""The threads that run ``predict``. ``concurrency`` is their number, and one queue feeds them."""

from __future__ import annotations

import contextlib
import threading
from pathlib import PurePath
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from . import current_run
from .algorithm import Algorithm, NotBatched
from .current_run import Run
from .job import Job
from .job_queue import JobQueue
from .outputs import encoded_outputs
from .problems import Cancelled, Problem, failure_of
from .published import PublishedFiles
from .tracebacks import print_error

Place = Tuple[Job, int]


class Workers:
    """Loads the algorithm in the first thread, then takes jobs until told to stop.

    ``state`` is STARTING, READY or SETUP_FAILED; ``detail`` is then the reason.
    """

    def __init__(
        self, load: Callable[[], Algorithm], queue: JobQueue, published: PublishedFiles, concurrency: int, kind: Optional[str]
    ) -> None:
        self._load = load
        self._queue = queue
        self._published = published
        self._concurrency = concurrency
        self._kind = kind
        self._threads: List[threading.Thread] = []
        self._busy = 0
        self._count = threading.Lock()
        self.state = "STARTING"
        self.detail: Optional[str] = None
        self.algorithm: Optional[Algorithm] = None

    @property
    def is_busy(self) -> bool:
        """Whether every worker is inside ``predict``."""
        return self._busy >= self._concurrency

    def start(self, loaded: Callable[[Algorithm], None]) -> None:
        """Starts the first thread, which calls ``loaded`` before the service is READY."""
        self._spawn(lambda: self._set_up(loaded))

    def stop(self) -> None:
        """Finishes all accepted jobs, then returns. A setup that still runs has accepted nothing."""
        self._queue.close()
        if self.state == "STARTING":
            return
        for thread in self._threads:
            thread.join()

    def _spawn(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"vitrine-worker-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _set_up(self, loaded: Callable[[Algorithm], None]) -> None:
        try:
            algorithm = self._load()
            algorithm.setup()
            loaded(algorithm)
        except BaseException as error:
            print_error(error)
            self.detail = f"{type(error).__name__}: {error}".strip(": ")
            self.state = "SETUP_FAILED"
            return
        self.algorithm = algorithm
        for _ in range(self._concurrency - 1):
            self._spawn(lambda: self._work(algorithm))
        self.state = "READY"
        self._work(algorithm)

    def _work(self, algorithm: Algorithm) -> None:
        while True:
            jobs = self._queue.take()
            if jobs is None:
                return
            with self._count:
                self._busy += 1
            try:
                self._run(algorithm, jobs)
            except BaseException as error:
                # What an algorithm returns or raises can raise in any place. Without its thread, the service would
                # answer nobody any more.
                self._report(error)
                _fail_the_rest(jobs, failure_of(error))
            finally:
                with self._count:
                    self._busy -= 1
                for job in jobs:
                    job.finish()

    def _run(self, algorithm: Algorithm, jobs: List[Job]) -> None:
        places = [(job, index) for job in jobs for index in job.pending]
        for job in jobs:
            job.start()
        wanted = [place for place in places if not place[0].cancelled]
        for job, index in places:
            if job.cancelled:
                job.fail(index, Problem("algorithm.cancelled"))
        if wanted and not (algorithm.batched and self._run_together(algorithm, wanted)):
            for place in wanted:
                self._run_alone(algorithm, place)

    def _run_together(self, algorithm: Algorithm, places: List[Place]) -> bool:
        """Makes one call for all elements. False if it raised and each element must be tried separately."""
        jobs = list(dict.fromkeys(job for job, _ in places))
        run = Run(jobs, places[0][1] if len(places) == 1 else None)
        current_run.enter(run)
        try:
            returned = algorithm.predict_all([job.elements[i] for job, i in places], jobs[0].parameters.values())
        except NotBatched:
            return False
        except BaseException as error:
            self._report(error)
            if len(places) > 1 and not isinstance(error, Cancelled):
                return False
            for job, index in places:
                job.fail(index, failure_of(error))
            return True
        finally:
            current_run.leave(run)
        for (job, index), value in zip(places, returned):
            self._conclude(job, index, value)
        return True

    def _run_alone(self, algorithm: Algorithm, place: Place) -> None:
        job, index = place
        if algorithm.batched:
            self._run_together(algorithm, [place])
            return
        run = Run([job], index)
        current_run.enter(run)
        outputs = "[]"
        try:
            with contextlib.closing(algorithm.predict_each(job.elements[index], job.parameters.values())) as values:
                for value in values:
                    if job.cancelled:
                        raise Cancelled
                    outputs = self._encoded(job, value)
                    job.announce(index, outputs)
        except BaseException as error:
            self._report(error)
            job.fail(index, failure_of(error))
        else:
            job.succeed(index, outputs, announce=False)
        finally:
            current_run.leave(run)

    def _conclude(self, job: Job, index: int, value: Any) -> None:
        try:
            outputs = self._encoded(job, value)
        except Exception as error:
            self._report(error)
            known = isinstance(error, Problem)
            job.fail(index, error if known else Problem("algorithm.bad_output", {"reason": str(error)}))
        else:
            job.succeed(index, outputs)

    def _encoded(self, job: Job, value: Any) -> str:
        def publish(file: Union[PurePath, bytes], /) -> Optional[Dict[str, Any]]:
            if isinstance(file, bytes):
                return self._published.publish_picture(file, job.prefix)
            return self._published.publish(file, job.prefix)

        return encoded_outputs(value, self._kind, publish)

    @staticmethod
    def _report(error: BaseException) -> None:
        if not isinstance(error, Cancelled):
            print_error(error)


def _fail_the_rest(jobs: List[Job], problem: Problem) -> None:
    """Fails the elements that have no prediction yet."""
    for job in jobs:
        for index, prediction in enumerate(job.predictions):
            if not prediction:
                job.fail(index, problem)

"""The algorithm as a service. It accepts checked requests and knows its own health."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Deque, Dict, List

from .algorithm import Algorithm
from .current_run import capture_printed
from .fetching import Fetching
from .identifiers import new_id
from .job import Job
from .job_queue import JobQueue
from .left_files import remove_files
from .loading import loader_for
from .live_config import LiveConfig
from .media import Media, holds_media
from .parameters import ParameterRules
from .problems import Problem
from .published import PublishedFiles
from .release import Release
from .request_body import RequestBody
from .request_headers import RequestHeaders
from .schema import Check, Schema, compile_check, without_media
from .worker import Workers

Wrap = Callable[[Any], Any]

# How many requests fetch their media at once.
_FETCHERS = 32


class Service:
    """One instance. ``start`` and ``stop`` belong to the event loop that serves it."""

    def __init__(self, release: Release) -> None:
        manifest = release.manifest
        batch: Dict[str, Any] = manifest.get("batch") or {}
        folder = release.media_dir or Path(tempfile.mkdtemp(prefix="vitrine-media-"))
        self.release = release
        self.config = LiveConfig(release)
        self.media = Media(release, folder)
        self.published = PublishedFiles(folder / "outputs")
        self._queue = JobQueue(int(batch.get("max_size", 1)), float(batch.get("max_wait_ms", 5)) / 1000)
        kind = (manifest.get("output") or {}).get("x-kind")
        self.workers = Workers(
            loader_for(release), self._queue, self.published, int(manifest.get("concurrency", 1)), kind
        )
        self._started = time.monotonic()
        self._finished: Deque[Callable[[], None]] = deque()
        self._draining = False
        # Slow senders must not take the threads of the loop, which parse bodies and stop the service.
        self._fetchers = ThreadPoolExecutor(_FETCHERS, "vitrine-media")
        self.stopping = False
        # When the model is loaded, this is completed with the model's own information about its input and parameters.
        self.manifest = manifest
        self.element_schema: Schema = {}
        self.has_media = False

    def start(self) -> None:
        """Starts loading the algorithm."""
        self._loop = asyncio.get_running_loop()
        capture_printed()
        self.workers.start(self._accept)

    async def stop(self) -> None:
        """Accepts no more jobs and waits for the accepted ones."""
        self.stopping = True
        await self._loop.run_in_executor(None, self.workers.stop)

    def _accept(self, algorithm: Algorithm) -> None:
        """Compiles the checks, in the thread that loads the algorithm: an invalid schema is a failed setup.
        """
        manifest = self.manifest = _completed(self.release.manifest, algorithm.told)
        self.element_schema = algorithm.element_schema or manifest.get("input") or {}
        self.wrap: Wrap = algorithm.wrap
        self.has_media = holds_media(self.element_schema)
        self.check_element: Check = compile_check(without_media(self.element_schema))
        self.parameter_rules = ParameterRules(manifest.get("parameters") or {}, algorithm.accepted)

    @property
    def info(self) -> Dict[str, Any]:
        """The answer of ``GET /info``."""
        return {**self.release.info, **self.manifest, **self._revision}

    @property
    def health(self) -> Dict[str, Any]:
        """The answer of ``GET /health``."""
        word = self.workers.state
        if self.stopping:
            word = "DEFUNCT"
        elif word == "READY" and self.workers.is_busy:
            word = "BUSY"
        uptime = round(time.monotonic() - self._started, 3)
        return {"status": word, "uptime_s": uptime, "detail": self.workers.detail, **self._revision}

    @property
    def _revision(self) -> Dict[str, Any]:
        """The revision of the configuration that the instance has. By hand, it has none."""
        return {} if self.config.revision is None else {"config_revision": self.config.revision}

    def refuse_unless_ready(self) -> None:
        """Raises :class:`Problem` ``service.…`` while it cannot accept requests."""
        if self.stopping:
            raise Problem("service.stopping")
        if self.workers.state == "STARTING":
            raise Problem("service.starting")
        if self.workers.state == "SETUP_FAILED":
            raise Problem("service.setup_failed", {"reason": self.workers.detail})

    def prepare(self, body: RequestBody, headers: RequestHeaders) -> Job:
        """Checks a request. Elements that do not match the schema are marked as failed in the job at once.

        Raises :class:`Problem` if the request as a whole is invalid.
        """
        parameters = self.parameter_rules.apply(body.parameters)
        job = Job(headers.prediction_id or new_id(), body.batch_id, list(map(self.wrap, body.input_data)), parameters)
        job.language = headers.language
        job.prefix = headers.prefix
        for index, element in enumerate(job.elements):
            wrong = self.check_element(element, f"input_data[{index}]")
            if wrong:
                job.fail(index, Problem("input.invalid", fields=wrong))
            else:
                job.pending.append(index)
        return job

    def fetch_media(self, job: Job, fetching: Fetching) -> "asyncio.Future[List[Path]]":
        """Replaces media by local paths, in a thread. Gives the files that belong to the job."""
        return self._loop.run_in_executor(self._fetchers, self._fetch_media, job, fetching)

    def _fetch_media(self, job: Job, fetching: Fetching) -> List[Path]:
        temporary: List[Path] = []
        fetched: List[int] = []
        try:
            for index in job.pending:
                path = f"input_data[{index}]"
                try:
                    job.elements[index] = self.media.localise(
                        self.element_schema, job.elements[index], path, temporary, fetching
                    )
                except Problem as problem:
                    job.fail(index, problem)
                else:
                    fetched.append(index)
        except BaseException:
            remove_files(temporary)
            raise
        finally:
            fetching.close()
        job.pending = fetched
        return temporary

    def submit(self, job: Job, done: Callable[[], None]) -> None:
        """Queues a job. ``done`` is called on the event loop when it has finished."""
        job.done = lambda _: self._hand_over(done)
        if job.pending:
            self._queue.put(job)
        else:
            job.finish()

    def _hand_over(self, done: Callable[[], None]) -> None:
        """Passes a finished job from a worker to the loop. All jobs that finish before the loop runs share
        one wake-up.
        """
        self._finished.append(done)
        if not self._draining:
            self._draining = True
            self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._draining = False
        while self._finished:
            self._finished.popleft()()


def says_nothing(schema: Schema) -> bool:
    """Whether a schema says nothing: it states at most that the value is an object, and names no fields.

    The platform has the same rule (``saysNothing``), because it stores what this completes.
    """
    return set(schema) <= {"type", "properties"} and schema.get("type", "object") == "object" and not schema.get("properties")


def _completed(manifest: Dict[str, Any], told: Dict[str, Any]) -> Dict[str, Any]:
    """The manifest, completed with the information of a model where the manifest says nothing itself."""
    if not told:
        return manifest
    completed = dict(manifest)
    for name in ("input", "parameters"):
        if name in told and says_nothing(manifest.get(name) or {}):
            completed[name] = told[name]
    words = {**told.get("translations", {}).get("en", {}), **(manifest.get("translations") or {}).get("en", {})}
    return {**completed, "translations": {**(manifest.get("translations") or {}), "en": words}}

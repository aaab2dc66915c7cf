"""New values of the configuration for an instance that runs, if its package has ``on_config``."""

from __future__ import annotations

import hmac
import json
import os
import re
import sys
import threading
import traceback
from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .algorithm import finished
from .encode import encode
from .problems import Problem, field_problem
from .release import Release
from .request_headers import RequestHeaders
from .reserved_variables import is_reserved

# A package is unlikely to use this path for its own route.
CONFIG_PATH = "/vitrine/config"

OnConfig = Callable[[Dict[str, Optional[str]]], Any]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Asked(NamedTuple):
    """A request of the platform: the changes between two revisions."""

    since: int
    revision: int
    changes: Dict[str, Optional[str]]


def read_asked(body: bytes) -> Asked:
    """Reads the body of a change. Raises :class:`Problem` if it has another form, or names a variable that is reserved."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem("request.not_json", {"reason": str(error)}) from None
    if not isinstance(asked, dict):
        raise field_problem("", "field.type", expected="object")
    for name in ("since", "revision"):
        # A bool is an int in Python.
        if type(asked.get(name)) is not int:
            raise field_problem(name, "field.type", expected="integer")
    changes = asked.get("changes")
    if not isinstance(changes, dict):
        raise field_problem("changes", "field.type", expected="object")
    for name, value in changes.items():
        if not _VARIABLE.fullmatch(name) or is_reserved(name):
            raise field_problem("changes", "field.unknown")
        if value is not None and not (isinstance(value, str) and _can_be_set(value)):
            raise field_problem("changes", "field.type", expected="string")
    return Asked(asked["since"], asked["revision"], changes)


def _can_be_set(value: str) -> bool:
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


class LiveConfig:
    """Holds the revision of the configuration that the instance has, and takes changes to another one."""

    def __init__(self, release: Release) -> None:
        self.revision = release.config_revision
        self._key = release.config_key
        self._lock = threading.Lock()

    def is_from_platform(self, given: Optional[str]) -> bool:
        """Whether a request carries the key that only the platform and this instance have. Callers reach the same routes
        through the gateway.
        """
        return self._key is not None and hmac.compare_digest(self._key.encode(), (given or "").encode())

    def take(self, on_config: Optional[OnConfig], since: int, revision: int, changes: Mapping[str, Optional[str]]) -> int:
        """Tells the package of changes. Blocks. Returns the status of the answer: 200 if the instance now has the
        revision, also if none of its values is another one; 409 if the changes do not begin at the revision that it has; 501 without ``on_config``; 500 if that
        raised, and then the environment is as before.
        """
        with self._lock:
            if self.revision == revision:
                return 200
            if self.revision != since:
                return 409
            if changes and all(os.environ.get(name) == value for name, value in changes.items()):
                # The instance was started with these values, before their revision had a number, so nothing is new for
                # its package.
                self.revision = revision
                return 200
            if on_config is None:
                return 501
            before = {name: os.environ.get(name) for name in changes}
            _set_environment(changes)
            try:
                finished(on_config(dict(changes)))
            except BaseException:
                traceback.print_exc(file=sys.__stderr__)
                _set_environment(before)
                return 500
            self.revision = revision
            return 200


def _set_environment(values: Mapping[str, Optional[str]]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


async def configure(request: Request) -> Response:
    """``POST /vitrine/config``: ``{since, revision, changes}``. For everybody but the platform it does not exist."""
    service = request.app.service
    config: LiveConfig = service.config
    if not config.is_from_platform(request.headers.get("vitrine-config-key")):
        raise HTTPException(404)
    try:
        asked = read_asked(await request.body())
    except Problem as problem:
        language = RequestHeaders(request.scope["headers"]).language
        return Response(encode({"error": problem.body(language)}), problem.status, media_type="application/json")
    algorithm = service.workers.algorithm
    on_config = None if algorithm is None else algorithm.on_config
    status = await run_in_threadpool(config.take, on_config, asked.since, asked.revision, asked.changes)
    return Response(encode({"revision": config.revision}), status, media_type="application/json")

"""New values of the configuration for an instance that runs, if its package has ``on_config``."""

from __future__ import annotations

import hmac
import json
import os
import sys
import threading
import traceback
from typing import Any, Callable, Dict, Mapping, Optional

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .algorithm import finished
from .encode import encode
from .release import Release

# Not a word that a package is likely to use for a route of its own.
CONFIG_PATH = "/vitrine/config"

OnConfig = Callable[[Dict[str, Optional[str]]], Any]


class LiveConfig:
    """The revision of the configuration that the instance has, and how it gets another one."""

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
        revision; 409 if the changes do not begin at the revision that it has; 501 without ``on_config``; 500 if that
        raised, and then the environment is as before.
        """
        with self._lock:
            if self.revision == revision:
                return 200
            if self.revision != since:
                return 409
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
    asked = json.loads(await request.body())
    algorithm = service.workers.algorithm
    on_config = None if algorithm is None else algorithm.on_config
    status = await run_in_threadpool(config.take, on_config, asked["since"], asked["revision"], asked["changes"])
    return Response(encode({"revision": config.revision}), status, media_type="application/json")

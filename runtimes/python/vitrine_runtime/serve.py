"""Serves until SIGTERM or SIGINT, then finishes running requests and exits with 0.

It serves on the socket that the process runner made. By hand, it serves on ``$HOST:$PORT``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Any, Dict, Iterator

from .listening import LISTENING


def _address() -> Dict[str, Any]:
    if LISTENING is not None:
        return {}
    return {"host": os.environ.get("HOST", "127.0.0.1"), "port": int(os.environ.get("PORT", "8000"))}


def serve(app: Any) -> None:
    """Runs an application. Returns when it was told to stop and all its requests are answered."""
    run(server_of(app))


def run(server: Any) -> None:
    """Runs the server of an application. Returns as :func:`serve` does."""
    server.run(sockets=None if LISTENING is None else [LISTENING])


def server_of(app: Any) -> Any:
    """The server of an application, which does not run yet."""
    import uvicorn

    class Server(uvicorn.Server):
        """uvicorn, but a stop by a signal is a normal end. uvicorn itself raises the signal again and exits
        with -15.
        """

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                # The loop handles the signal, because a handler of the signal module would wait until the loop next
                # runs Python code.
                loop.add_signal_handler(number, self._stop, number)
            yield

        def _stop(self, number: int) -> None:
            self.force_exit = self.should_exit and number == signal.SIGINT
            self.should_exit = True
            service = getattr(app, "service", None)
            if service is not None:
                service.stopping = True

    config = uvicorn.Config(
        app,
        **_address(),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        backlog=4096,
        timeout_keep_alive=75,
    )
    return Server(config)

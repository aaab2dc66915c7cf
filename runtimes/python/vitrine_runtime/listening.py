"""The listening socket that the process runner made for this instance, if it made one."""

from __future__ import annotations

import os
import socket
from typing import Optional


def _take() -> Optional[socket.socket]:
    number = os.environ.pop("VITRINE_LISTEN_FD", None)
    if number is None:
        return None
    taken = socket.socket(fileno=int(number))
    taken.set_inheritable(False)
    return taken


# The socket is taken when the runtime is imported, before any code of the algorithm runs, so that programs of the
# algorithm do not get it.
LISTENING = _take()

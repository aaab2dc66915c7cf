"""Saves the body of an HTTP answer to a file."""

from __future__ import annotations

import http.client
from typing import BinaryIO

from .problems import Problem
from .sniff import extension_of, mime_of

_CHUNK = 1 << 20
_LONGEST = 20 << 30


def save_body(response: http.client.HTTPResponse, target: BinaryIO, longest: int = _LONGEST) -> str:
    """Streams a body into ``target``. Returns the extension for its content, or else for its Content-Type.

    Raises :class:`Problem` if it is longer than ``longest`` bytes or shorter than announced.
    """
    total = 0
    head = b""
    announced = response.length
    for chunk in iter(lambda: response.read(_CHUNK), b""):
        head = head or chunk[:16]
        total += len(chunk)
        if total > longest:
            raise Problem("media.fetch_failed", {"reason": f"more than {longest} bytes"})
        target.write(chunk)
    if announced is not None and total < announced:
        raise Problem("media.fetch_failed", {"reason": f"{total} of {announced} bytes came"})
    by_content = mime_of(head)
    if by_content != "application/octet-stream":
        return extension_of(by_content)
    return extension_of(response.getheader("Content-Type") or "")

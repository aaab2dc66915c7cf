"""Saves the body of an HTTP answer to a file."""

from __future__ import annotations

import http.client
from typing import BinaryIO

from .fetching import Fetching
from .problems import Problem
from .sniff import extension_of, mime_of

_CHUNK = 1 << 20
_LONGEST = 20 << 30


def save_body(
    response: http.client.HTTPResponse, target: BinaryIO, fetching: Fetching, longest: int = _LONGEST
) -> str:
    """Streams a body into ``target``. Returns the extension for its content, or else for its Content-Type.

    Raises :class:`Problem` if it is longer than ``longest`` bytes or cut off, or if fetching was ended.
    """
    try:
        head = _copied(response, target, longest)
    except (OSError, http.client.HTTPException) as error:
        raise Problem("media.fetch_failed", {"reason": str(error)}) from error
    fetching.check()
    by_content = mime_of(head)
    if by_content != "application/octet-stream":
        return extension_of(by_content)
    return extension_of(response.getheader("Content-Type") or "")


def _copied(response: http.client.HTTPResponse, target: BinaryIO, longest: int) -> bytes:
    """Copies a body. Returns its first bytes."""
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
    return head

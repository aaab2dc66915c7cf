"""Bodies of requests and answers over plain ASGI."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Dict, List, MutableMapping, Tuple

from .answers import Answer
from .problems import Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LONGEST_BODY = 1 << 30


class ClientGone(Exception):
    """The caller disconnected before its request was complete."""


async def client_gone(receive: Receive) -> None:
    """Returns when the caller has disconnected. The body of its request must be read before."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def read_body(receive: Receive, announced: int) -> bytes:
    """Reads the whole body of a request, of which ``announced`` bytes are promised. Raises :class:`Problem`
    ``request.too_large``, or :class:`ClientGone`.
    """
    if announced > _LONGEST_BODY:
        raise Problem("request.too_large", {"limit_bytes": _LONGEST_BODY})
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        first: bytes = message.get("body", b"")
        return first
    parts: List[bytes] = []
    total = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        total += len(part)
        if total > _LONGEST_BODY:
            raise Problem("request.too_large", {"limit_bytes": _LONGEST_BODY})
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


async def send_answer(send: Send, answer: Answer) -> None:
    """Sends a JSON answer."""
    body = answer.body.encode("utf-8")
    length: Tuple[bytes, bytes] = (b"content-length", b"%d" % len(body))
    headers = [(b"content-type", b"application/json"), length, *answer.headers]
    start: Dict[str, Any] = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})

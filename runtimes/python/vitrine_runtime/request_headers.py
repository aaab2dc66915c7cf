"""The few request headers that matter to the runtime."""

from __future__ import annotations

import re
from typing import Iterable, Tuple

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")


class RequestHeaders:
    """Read in one pass over the raw headers."""

    __slots__ = ("events", "language", "prefix", "respond_async")

    def __init__(self, raw: Iterable[Tuple[bytes, bytes]]) -> None:
        self.language = "zh"
        self.prefix = ""
        self.respond_async = False
        self.events = False
        for name, value in raw:
            if name == b"accept":
                self.events = b"text/event-stream" in value
            elif name == b"accept-language":
                self.language = preferred_language(value.decode("latin-1"))
            elif name == b"prefer":
                self.respond_async = b"respond-async" in value
            elif name == b"x-forwarded-prefix":
                text = value.decode("latin-1").strip()
                self.prefix = text.rstrip("/") if _PREFIX.fullmatch(text) else ""


def preferred_language(header: str) -> str:
    """``zh`` or ``en`` by weight; ``zh`` where neither is asked for."""
    best, weight = "zh", 0.0
    for entry in header.split(","):
        tag, _, parameter = entry.strip().partition(";")
        language = tag.split("-")[0].strip().lower()
        try:
            quality = float(parameter.strip()[2:]) if parameter.strip().startswith("q=") else 1.0
        except ValueError:
            quality = 0.0
        if language in ("zh", "en") and quality > weight:
            best, weight = language, quality
    return best

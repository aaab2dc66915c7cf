"""The request headers that the runtime uses."""

from __future__ import annotations

import re
from typing import Iterable, Optional, Tuple

from .problems import Problem

_PREDICTION_ID = re.compile(r"[0-9A-Za-z-]{16,64}")
_UNATTENDED_S = 3600
_LONGEST_UNATTENDED_S = 86400
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")


class RequestHeaders:
    """Reads the raw headers in one pass."""

    __slots__ = ("announced", "events", "language", "prefix", "respond_async", "_prediction_id", "_unattended")

    def __init__(self, raw: Iterable[Tuple[bytes, bytes]]) -> None:
        self.language = "zh"
        # The length of the body, as far as it is stated.
        self.announced = 0
        self.prefix = ""
        self.respond_async = False
        self.events = False
        self._prediction_id: Optional[str] = None
        self._unattended: Optional[str] = None
        for name, value in raw:
            if name == b"content-length":
                self.announced = int(value)
            elif name == b"accept":
                self.events = b"text/event-stream" in value
            elif name == b"accept-language":
                self.language = preferred_language(value.decode("latin-1"))
            elif name == b"prefer":
                self.respond_async = b"respond-async" in value
            elif name == b"prediction-id":
                self._prediction_id = value.decode("latin-1").strip()
            elif name == b"prediction-unattended":
                self._unattended = value.decode("latin-1").strip()
            elif name == b"x-forwarded-prefix":
                text = value.decode("latin-1").strip()
                self.prefix = text.rstrip("/") if _PREFIX.fullmatch(text) else ""

    @property
    def prediction_id(self) -> Optional[str]:
        """The id that the caller gave its prediction. Raises :class:`Problem` ``prediction.bad_id``."""
        given = self._prediction_id
        if given is not None and not _PREDICTION_ID.fullmatch(given):
            raise Problem("prediction.bad_id")
        return given

    @property
    def unattended_s(self) -> Optional[int]:
        """How long a kept prediction continues while nobody follows it; None without limit.

        Raises :class:`Problem` ``prediction.bad_time``.
        """
        given = self._unattended
        if given is None:
            return None if self.respond_async else _UNATTENDED_S
        if not re.fullmatch(r"[0-9]{1,5}", given) or int(given) > _LONGEST_UNATTENDED_S:
            raise Problem("prediction.bad_time", {"longest": _LONGEST_UNATTENDED_S})
        return int(given)


def preferred_language(header: str) -> str:
    """``zh`` or ``en`` by weight; ``zh`` if neither is requested."""
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

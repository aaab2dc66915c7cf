"""Keeps predictions by id: while they run, and a limited number of them afterwards."""

from __future__ import annotations

from collections import OrderedDict
from typing import Optional

from .prediction import Prediction
from .problems import Problem

_KEPT = 1000
# How many may be unfinished if the manifest does not say, and how many bytes their requests may have together.
_UNFINISHED = 1000
_WAITING_BYTES = 256 << 20
_KEPT_CHARACTERS = 64 << 20


class KeptPredictions:
    """Belongs to the event loop. The oldest finished predictions are dropped for newer ones."""

    def __init__(self, most_unfinished: Optional[int] = None) -> None:
        self._most_unfinished = most_unfinished or _UNFINISHED
        self._kept: "OrderedDict[str, Prediction]" = OrderedDict()

    def require_room(self, size: int) -> None:
        """Raises :class:`Problem` ``service.queue_full`` if too many are unfinished already for another one with so many
        bytes. Their callers may have left, so nothing else bounds them.
        """
        unfinished = [one for one in self._kept.values() if one.job.finished_at is None]
        too_large = bool(unfinished) and size + sum(one.size for one in unfinished) > _WAITING_BYTES
        if len(unfinished) >= self._most_unfinished or too_large:
            raise Problem("service.queue_full", {"count": len(unfinished)})

    def add(self, prediction: Prediction) -> None:
        """Keeps a prediction under its job's id."""
        self._kept[prediction.job.id] = prediction

    def get(self, prediction_id: str) -> Optional[Prediction]:
        """Returns the prediction; None if it is unknown or was forgotten."""
        return self._kept.get(prediction_id)

    def delete(self, prediction_id: str) -> bool:
        """Ends a prediction if it runs, and forgets it. False if it is unknown."""
        prediction = self._kept.pop(prediction_id, None)
        if prediction is None:
            return False
        prediction.cancel()
        return True

    def make_room(self) -> None:
        """Forgets the oldest finished predictions while there are too many, or while they are too large
        together.
        """
        ended = [(key, one.job.size) for key, one in self._kept.items() if one.job.finished_at is not None]
        count, total = len(self._kept), sum(size for _, size in ended)
        for key, size in ended[:-1]:
            if count <= _KEPT and total <= _KEPT_CHARACTERS:
                return
            del self._kept[key]
            count -= 1
            total -= size

"""Functions with which an algorithm informs the platform while it runs.

Outside the platform they do nothing, so the same code also runs by itself.
"""

from __future__ import annotations

import math
from typing import Optional

__all__ = ["progress"]


def progress(fraction: float, message: Optional[str] = None) -> None:
    """Reports the progress of the running ``predict``: ``fraction`` from 0 to 1, and a sentence for people.

    Ends the run if all callers that wanted its result have disconnected. Raises ``ValueError`` if
    ``fraction`` is not a number.
    """
    number = float(fraction)
    if math.isnan(number):
        raise ValueError("progress needs a number from 0 to 1")
    from vitrine_runtime.current_run import current

    run = current()
    if run is not None:
        run.progress(min(1.0, max(0.0, number)), message)

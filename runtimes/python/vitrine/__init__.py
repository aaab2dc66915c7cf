"""What an algorithm may tell the platform while it runs.

Outside the platform the calls do nothing, so that the same code runs by itself.
"""

from __future__ import annotations

import math
from typing import Optional

__all__ = ["progress"]


def progress(fraction: float, message: Optional[str] = None) -> None:
    """Reports how far the running ``predict`` is: ``fraction`` from 0 to 1, and a sentence for people.

    Ends the run when all who wanted its result have left. Raises ``ValueError`` when ``fraction`` is no number.
    """
    number = float(fraction)
    if math.isnan(number):
        raise ValueError("progress needs a number from 0 to 1")
    from vitrine_runtime.running import current

    run = current()
    if run is not None:
        run.progress(min(1.0, max(0.0, number)), message)

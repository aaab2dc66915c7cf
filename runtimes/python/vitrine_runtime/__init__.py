"""Vitrine's Python runtime: an algorithm as a service.

``python -m vitrine_runtime`` serves the release in the working folder. A ``main.py`` of a package may do the same with
``app = create_app()`` and ``serve(app)``, and add routes and middleware of its own to ``app``.
"""

from .bytecode import compile_apart

# Must come first, because most of the start time is importing.
compile_apart()

from typing import TYPE_CHECKING, Optional

from .release import Release
from .serve import serve

if TYPE_CHECKING:
    from .own_app import VitrineApp

__all__ = ["create_app", "serve"]


def create_app(release: Optional[Release] = None) -> "VitrineApp":
    """Creates a FastAPI application of the release that the environment names, for a package that adds to it. Raises if
    there is none.
    """
    # Imported here, because FastAPI takes longer to import than everything else.
    from .own_app import own_app

    return own_app(release)

"""Vitrine's Python runtime: an algorithm as a service.

``python -m vitrine_runtime`` serves the release in the working folder. A ``main.py`` of a package may do the same with
``app = create_app()`` and ``serve(app)``.
"""

from .bytecode import compile_apart

# Must come first, because most of the start time is importing.
compile_apart()

from .app import create_app
from .serve import serve

__all__ = ["create_app", "serve"]

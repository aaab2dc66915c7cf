"""Vitrine's Python runtime: an algorithm as a service.

``main.py`` of a release is ``app = create_app()`` and ``serve(app)``.
"""

from .app import create_app
from .serve import serve

__all__ = ["create_app", "serve"]

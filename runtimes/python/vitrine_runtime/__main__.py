"""``python -m vitrine_runtime`` serves the algorithm of the release in the working folder."""

from . import serve
from .app import runtime_app

serve(runtime_app())

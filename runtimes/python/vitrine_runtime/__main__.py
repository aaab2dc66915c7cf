"""``python -m vitrine_runtime`` serves the algorithm of the release in the working folder."""

from . import create_app, serve

serve(create_app())

"""``python -m vitrine_runtime`` serves the algorithm of the release in the working folder."""

import gc

# What is imported lives as long as the process. To look for garbage in it takes four fifths of the processor time of an end.
gc.disable()

from .app import runtime_app
from .serve import run, server_of

server = server_of(runtime_app())
gc.freeze()
gc.enable()
run(server)

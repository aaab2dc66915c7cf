"""``python -m vitrine_runtime`` serves the algorithm of the release in the working folder."""

import gc

# Imported objects live as long as the process. Searching them for garbage would take four fifths of the processor time
# of an exit.
gc.disable()

from .app import runtime_app
from .serve import run, server_of

server = server_of(runtime_app())
gc.freeze()
gc.enable()
run(server)

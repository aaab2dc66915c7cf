"""Removes what instances that were killed have left."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Callable

# No request takes as long as this: the longest timeout of a service is a day.
_LONGEST_USE_S = 7 * 86400


def remove_left_files(folder: Path, is_temporary: Callable[[str], bool]) -> None:
    """Removes left files from a folder, and creates it if it is missing. All instances of a service share the folder,
    so only plain files that are older than any request are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - _LONGEST_USE_S
    for path in filter(lambda path: is_temporary(path.name), list(folder.iterdir())):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()


def is_hidden(name: str) -> bool:
    """Whether a name is one of a file that is not complete yet."""
    return name.startswith(".")

"""Removes what requests have left when they end, and what instances that were killed have left."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from pathlib import Path
from typing import Callable, Iterable

# No request takes as long as this: the longest timeout of a service is a day.
_LONGEST_USE_S = 7 * 86400


def remove_files(files: Iterable[Path]) -> None:
    """Removes the files that were created for one request, also if the algorithm has made a folder of one.

    What cannot be removed is only told: an exception would leave the request without an answer, and all that ended with it.
    """
    for file in files:
        try:
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)
        except OSError as error:
            print(f"A file of a request stays: {error}", file=sys.__stderr__)


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

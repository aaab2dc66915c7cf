"""Which kept file is which asset."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from pathlib import Path
from typing import List, Optional, Tuple

from .left_files import is_hidden, remove_left_files

# A note that is missing costs one more download.
_MOST = 10_000


class AssetNotes:
    """One small file for each asset, named by its id. All instances of a service share them.

    Too many are looked for at the start, and then once for each tenth of ``most`` that are written.
    """

    def __init__(self, folder: Path, most: int = _MOST) -> None:
        self._folder = folder
        self._most = most
        self._written = 0
        self._lock = threading.Lock()
        remove_left_files(folder, is_hidden)
        self._remove_oldest()

    def read(self, asset_id: str) -> Optional[str]:
        """The name of the kept file of an asset; None if it is not known."""
        note = self._folder / asset_id
        try:
            os.utime(note)
            return Path(note.read_text("utf-8")).name
        except FileNotFoundError:
            return None

    def write(self, asset_id: str, file_name: str) -> None:
        """Notes the kept file of an asset."""
        handle, name = self.temporary()
        with os.fdopen(handle, "w") as note:
            note.write(file_name)
        os.replace(name, self._folder / asset_id)
        with self._lock:
            self._written += 1
            if self._written % -(-self._most // 10) == 0:
                self._remove_oldest()

    def temporary(self) -> Tuple[int, str]:
        """A new file in the folder, for what is not complete yet."""
        return tempfile.mkstemp(dir=self._folder, prefix=".fetch-")

    def _remove_oldest(self) -> None:
        """Removes the notes that were not used for the longest time, down to nine tenths of ``most``."""
        notes = [path for path in self._folder.iterdir() if not is_hidden(path.name)]
        if len(notes) <= self._most:
            return
        used: List[Tuple[float, Path]] = []
        for note in notes:
            with contextlib.suppress(FileNotFoundError):
                used.append((note.stat().st_mtime, note))
        for _, note in sorted(used)[: len(notes) - self._most * 9 // 10]:
            note.unlink(missing_ok=True)

"""Folders of files named by content. Above a limit, the oldest files are deleted."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO, List, Tuple

from .left_files import is_hidden, remove_left_files
from .sniff import mime_of

_CHUNK = 1 << 20
_BOUND = 4 << 30
# The folder is looked through each time when this part of the bound was added, because that is slow where files are many.
_LOOKS = 64
_DIGEST_LENGTH = 64


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    for chunk in iter(lambda: stream.read(_CHUNK), b""):
        digest.update(chunk)
    return digest.hexdigest()


def digest_in(path: Path) -> str:
    """The hash in the name of a kept file."""
    return path.name[:_DIGEST_LENGTH]


def type_of(path: Path) -> str:
    """MIME type of a file by its content, then by its name."""
    with path.open("rb") as stream:
        return mime_of(stream.read(16), path.name)


class KeptFiles:
    """One folder. If all files together exceed ``bound`` bytes, the least recently used ones are deleted, down to nine
    tenths of it. That is looked at with the first file, and then after each 64th of ``bound`` that was added.
    """

    def __init__(self, folder: Path, bound: int = _BOUND) -> None:
        self.folder = folder
        self._bound = bound
        self._lock = threading.Lock()
        self._added = bound
        remove_left_files(folder, is_hidden)

    def take(self, source: Path, extension: str) -> Path:
        """Moves a file in, named by its content hash. Equal contents are stored once."""
        with source.open("rb") as stream:
            name = digest_of(stream) + extension
            size = os.fstat(stream.fileno()).st_size
        target = self.folder / name
        os.replace(source, target)
        self._prune(target, size)
        return target

    def copy(self, source: Path, extension: str) -> Path:
        """Copies a file in, named by its content hash."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".copy-")
        os.close(handle)
        temporary = Path(name)
        try:
            shutil.copyfile(source, temporary)
            return self.take(temporary, extension)
        finally:
            temporary.unlink(missing_ok=True)

    def touch(self, path: Path) -> bool:
        """Marks a file as used. False if it was deleted."""
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _prune(self, keep: Path, size: int) -> None:
        with self._lock:
            self._added += size
            if self._added <= self._bound // _LOOKS:
                return
            self._added = 0
            entries = self._entries()
            total = sum(status.st_size for _, status in entries)
            if total <= self._bound:
                return
            for path, status in sorted(entries, key=lambda item: item[1].st_mtime):
                if total <= self._bound * 9 // 10:
                    return
                if path != keep:
                    path.unlink(missing_ok=True)
                    total -= status.st_size

    def _entries(self) -> List[Tuple[Path, os.stat_result]]:
        """The files with their sizes. Another thread, or another instance, adds and removes some meanwhile."""
        found: List[Tuple[Path, os.stat_result]] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if is_hidden(entry.name):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    found.append((Path(entry.path), entry.stat()))
        return found

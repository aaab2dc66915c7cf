"""Folders of files that are kept by their content and thrown away, oldest first, above a bound."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from pathlib import Path
from typing import BinaryIO

from .sniff import mime_of

_CHUNK = 1 << 20
_BOUND = 4 << 30


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of a file's content, in hex."""
    digest = hashlib.sha256()
    for chunk in iter(lambda: stream.read(_CHUNK), b""):
        digest.update(chunk)
    return digest.hexdigest()


def type_of(path: Path) -> str:
    """MIME type of a file by its content, then by its name."""
    with path.open("rb") as stream:
        return mime_of(stream.read(16), path.name)


class KeptFiles:
    """One folder. The least recently used files go when all together exceed ``bound`` bytes."""

    def __init__(self, folder: Path, bound: int = _BOUND) -> None:
        self.folder = folder
        self._bound = bound
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, source: Path, extension: str) -> Path:
        """Moves a file in, under its content hash; a file with the same content is there once."""
        with source.open("rb") as stream:
            name = digest_of(stream) + extension
        target = self.folder / name
        os.replace(source, target)
        self._prune(target)
        return target

    def copy(self, source: Path, extension: str) -> Path:
        """Copies a file in, under its content hash."""
        temporary = self.folder / f".{os.getpid()}-{threading.get_ident()}.tmp"
        shutil.copyfile(source, temporary)
        return self.take(temporary, extension)

    def touch(self, path: Path) -> bool:
        """Marks a file as used; False when it is gone."""
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _prune(self, keep: Path) -> None:
        with self._lock:
            entries = [(entry, entry.stat()) for entry in os.scandir(self.folder) if entry.is_file()]
            total = sum(status.st_size for _, status in entries)
            for entry, status in sorted(entries, key=lambda item: item[1].st_mtime):
                if total <= self._bound:
                    return
                if entry.path != str(keep):
                    os.unlink(entry.path)
                    total -= status.st_size

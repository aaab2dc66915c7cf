"""Folders of files named by content. Above a limit, the oldest files are deleted."""

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
    """One folder. If all files together exceed ``bound`` bytes, the least recently used ones are deleted."""

    def __init__(self, folder: Path, bound: int = _BOUND) -> None:
        self.folder = folder
        self._bound = bound
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, source: Path, extension: str) -> Path:
        """Moves a file in, named by its content hash. Equal contents are stored once."""
        with source.open("rb") as stream:
            name = digest_of(stream) + extension
        target = self.folder / name
        os.replace(source, target)
        self._prune(target)
        return target

    def copy(self, source: Path, extension: str) -> Path:
        """Copies a file in, named by its content hash."""
        temporary = self.folder / f".{os.getpid()}-{threading.get_ident()}.tmp"
        shutil.copyfile(source, temporary)
        return self.take(temporary, extension)

    def touch(self, path: Path) -> bool:
        """Marks a file as used. False if it was deleted."""
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

"""Assets of the platform. Each is fetched once over loopback with the instance's own token, and kept by
content hash. Before each use, the platform is asked whether this instance may still read it.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO, Dict, Optional
from urllib.parse import quote, urlsplit

from .kept_files import KeptFiles, digest_in
from .problems import Problem
from .release import Release
from .saved_body import save_body

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TIMEOUT_S = 60.0


class _AtSocket(http.client.HTTPConnection):
    """A connection to a unix socket: an instance without a network has no other way to the platform."""

    def __init__(self, path: str, host: str) -> None:
        super().__init__(host, timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT_S)
        self.sock.connect(self._path)


class Assets:
    """Local copies of assets. Equal content is stored once. An asset never changes, so its id identifies its
    content.
    """

    def __init__(self, release: Release, folder: Path) -> None:
        self._release = release
        self._kept = KeptFiles(folder / "assets")
        self._names = folder / "asset-names"
        self._names.mkdir(parents=True, exist_ok=True)
        self._guard = threading.Lock()
        self._locks: Dict[str, threading.Lock] = {}

    def path_of(self, asset_id: str) -> Path:
        """Returns the local file of an asset. The platform decides about each use: a copy from somebody else's run must
        not answer everybody who knows the id. Raises :class:`Problem` ``media.asset_unknown`` if this instance may not
        read it now, or ``media.fetch_failed``.
        """
        if not _ID.fullmatch(asset_id):
            raise Problem("media.asset_unknown", {"id": asset_id[:100]})
        with self._guard:
            lock = self._locks.setdefault(asset_id, threading.Lock())
        with lock:
            return self._ask(asset_id, self._known(asset_id))

    def _known(self, asset_id: str) -> Optional[Path]:
        try:
            name = (self._names / asset_id).read_text("utf-8")
        except FileNotFoundError:
            return None
        path = self._kept.folder / Path(name).name
        return path if self._kept.touch(path) else None

    def _ask(self, asset_id: str, known: Optional[Path]) -> Path:
        handle, name = tempfile.mkstemp(dir=self._names, prefix=".fetch-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                extension = self._download(asset_id, target, known)
            if extension is None and known is not None:
                return known
            path = self._kept.take(temporary, extension)
        finally:
            temporary.unlink(missing_ok=True)
        note = self._names / f".{asset_id}.tmp"
        note.write_text(path.name, "utf-8")
        os.replace(note, self._names / asset_id)
        return path

    def _download(self, asset_id: str, target: BinaryIO, known: Optional[Path]) -> Optional[str]:
        """Returns the extension of what was saved. None if the platform says that the known file is the asset."""
        if not self._release.platform_url:
            raise Problem("media.fetch_failed", {"reason": "VITRINE_PLATFORM_URL is not set"})
        parts = urlsplit(self._release.platform_url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        at = self._release.platform_socket
        connection = (
            http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S) if at is None else _AtSocket(at, host)
        )
        headers = {"Authorization": f"Bearer {self._release.token}"} if self._release.token else {}
        if known is not None:
            headers["If-None-Match"] = f'"{digest_in(known)}"'
        try:
            path = f"{parts.path.rstrip('/')}/api/v1/assets/{quote(asset_id, safe='')}/content?variant=original"
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status == 404:
                raise Problem("media.asset_unknown", {"id": asset_id})
            if response.status == 304 and known is not None:
                return None
            if response.status != 200:
                raise Problem("media.fetch_failed", {"reason": f"asset {asset_id}: HTTP {response.status}"})
            return save_body(response, target)
        except (OSError, http.client.HTTPException) as error:
            raise Problem("media.fetch_failed", {"reason": f"asset {asset_id}: {error}"}) from error
        finally:
            connection.close()

"""Assets of the platform. Each is fetched once over loopback with the instance's own token, and kept by
content hash. Before each use, the platform is asked whether this instance may still read it.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
from pathlib import Path
from typing import BinaryIO, Optional
from urllib.parse import quote, urlsplit

from .asset_notes import AssetNotes
from .fetching import Fetching
from .kept_files import KeptFiles, digest_in
from .named_locks import NamedLocks
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
        self._notes = AssetNotes(folder / "asset-names")
        self._asking = NamedLocks()

    def path_of(self, asset_id: str, fetching: Fetching) -> Path:
        """Returns the local file of an asset. The platform decides about each use: a copy from somebody else's run must
        not answer everybody who knows the id. Raises :class:`Problem` ``media.asset_unknown`` if this instance may not
        read it now, or ``media.fetch_failed``.
        """
        if not _ID.fullmatch(asset_id):
            raise Problem("media.asset_unknown", {"id": asset_id[:100]})
        with self._asking.hold(asset_id, fetching.check):
            return self._ask(asset_id, self._known(asset_id), fetching)

    def _known(self, asset_id: str) -> Optional[Path]:
        name = self._notes.read(asset_id)
        path = None if name is None else self._kept.folder / name
        return path if path is not None and self._kept.touch(path) else None

    def _ask(self, asset_id: str, known: Optional[Path], fetching: Fetching) -> Path:
        handle, name = self._notes.temporary()
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                extension = self._download(asset_id, target, known, fetching)
            if extension is None and known is not None:
                return known
            path = self._kept.take(temporary, extension)
        finally:
            temporary.unlink(missing_ok=True)
        self._notes.write(asset_id, path.name)
        return path

    def _download(
        self, asset_id: str, target: BinaryIO, known: Optional[Path], fetching: Fetching
    ) -> Optional[str]:
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
            connection.connect()
            fetching.watch(connection.sock)
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status == 404:
                raise Problem("media.asset_unknown", {"id": asset_id})
            if response.status == 304 and known is not None:
                return None
            if response.status != 200:
                raise Problem("media.fetch_failed", {"reason": f"asset {asset_id}: HTTP {response.status}"})
            return save_body(response, target, fetching)
        except (OSError, http.client.HTTPException) as error:
            raise Problem("media.fetch_failed", {"reason": f"asset {asset_id}: {error}"}) from error
        finally:
            connection.close()

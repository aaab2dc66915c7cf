"""Assets of the platform. Each is fetched once over loopback with the instance's own token, and kept by
content hash.
"""

from __future__ import annotations

import http.client
import os
import re
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO, Dict, Optional
from urllib.parse import quote, urlsplit

from .kept_files import KeptFiles
from .problems import Problem
from .release import Release
from .saved_body import save_body

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TIMEOUT_S = 60.0


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
        """Returns the local file of an asset. Raises :class:`Problem` ``media.fetch_failed``."""
        if not _ID.fullmatch(asset_id):
            raise Problem("media.asset_unknown", {"id": asset_id[:100]})
        with self._guard:
            lock = self._locks.setdefault(asset_id, threading.Lock())
        with lock:
            known = self._known(asset_id)
            return known if known is not None else self._fetch(asset_id)

    def _known(self, asset_id: str) -> Optional[Path]:
        try:
            name = (self._names / asset_id).read_text("utf-8")
        except FileNotFoundError:
            return None
        path = self._kept.folder / Path(name).name
        return path if self._kept.touch(path) else None

    def _fetch(self, asset_id: str) -> Path:
        handle, name = tempfile.mkstemp(dir=self._names, prefix=".fetch-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                extension = self._download(asset_id, target)
            path = self._kept.take(temporary, extension)
        finally:
            temporary.unlink(missing_ok=True)
        note = self._names / f".{asset_id}.tmp"
        note.write_text(path.name, "utf-8")
        os.replace(note, self._names / asset_id)
        return path

    def _download(self, asset_id: str, target: BinaryIO) -> str:
        if not self._release.platform_url:
            raise Problem("media.fetch_failed", {"reason": "VITRINE_PLATFORM_URL is not set"})
        parts = urlsplit(self._release.platform_url)
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=_TIMEOUT_S)
        headers = {"Authorization": f"Bearer {self._release.token}"} if self._release.token else {}
        try:
            path = f"{parts.path.rstrip('/')}/api/v1/assets/{quote(asset_id, safe='')}/content?variant=original"
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status == 404:
                raise Problem("media.asset_unknown", {"id": asset_id})
            if response.status != 200:
                raise Problem("media.fetch_failed", {"reason": f"asset {asset_id}: HTTP {response.status}"})
            return save_body(response, target)
        except (OSError, http.client.HTTPException) as error:
            raise Problem("media.fetch_failed", {"reason": f"asset {asset_id}: {error}"}) from error
        finally:
            connection.close()

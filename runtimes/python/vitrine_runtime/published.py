"""Files that an algorithm returns, with a URL of the service."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePath
from typing import Any, Dict, Optional

from .kept_files import KeptFiles, type_of
from .sniff import extension_of, kind_of, picture_size

_NAME = re.compile(r"[0-9a-f]{64}(\.[A-Za-z0-9]{1,10})?")
_HEAD = 1 << 16


class PublishedFiles:
    """Copies of returned files, served at ``/outputs/<content hash>.<extension>``."""

    def __init__(self, folder: Path) -> None:
        self._kept = KeptFiles(folder)

    def publish(self, path: PurePath, prefix: str) -> Optional[Dict[str, Any]]:
        """The output for a file: kind by its content, data ``{url, mime, width?, height?}``. None if the file
        does not exist.
        """
        source = Path(path)
        if not source.is_file():
            return None
        mime = type_of(source)
        extension = source.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,10}", source.suffix) else extension_of(mime)
        kept = self._kept.copy(source, extension.lower())
        data: Dict[str, Any] = {"url": f"{prefix}/outputs/{kept.name}", "mime": mime}
        with kept.open("rb") as stream:
            size = picture_size(stream.read(_HEAD))
        if size is not None:
            data["width"], data["height"] = size
        return {"kind": kind_of(mime), "data": data}

    def publish_picture(self, content: bytes, prefix: str) -> Optional[Dict[str, Any]]:
        """The output for the bytes of a PNG."""
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(content)
            file.flush()
            return self.publish(Path(file.name), prefix)

    def find(self, name: str) -> Optional[Path]:
        """The file for the last segment of a URL, or None."""
        path = self._kept.folder / name
        return path if _NAME.fullmatch(name) and path.is_file() else None

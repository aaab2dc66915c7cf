"""The platform's data for an instance: its environment and its release file ``vitrine.json``."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Mapping, Optional


# The key that proves that a change of the configuration comes from the platform. It is removed from the environment
# when the runtime is imported, before the algorithm is loaded. The algorithm and its programs do not need it, and many
# programs print their environment.
_CONFIG_KEY = os.environ.pop("VITRINE_CONFIG_KEY", None)


@dataclass(frozen=True)
class Release:
    """A release and the instance's settings, read once."""

    manifest: Dict[str, Any]
    release: Optional[int]
    commit: Optional[str]
    root: Path
    host: str
    port: int
    platform_url: Optional[str]
    platform_socket: Optional[str]
    token: Optional[str]
    media_dir: Optional[Path]
    allow_urls: bool
    # The revision of the configuration whose variables the environment has, and the key that proves that a change comes
    # from the platform.
    config_revision: Optional[int] = None
    config_key: Optional[str] = None

    @property
    def info(self) -> Dict[str, Any]:
        """The answer of ``GET /info``."""
        return {
            **self.manifest,
            "platform": "vitrine",
            "protocol": "1",
            "release": self.release,
            "commit": self.commit,
        }


def read_release(env: Mapping[str, str] = os.environ) -> Release:
    """Reads ``VITRINE_RELEASE_FILE`` (default: ``vitrine.json`` in the working folder) and the environment.

    Raises ``OSError`` or ``ValueError`` if the file is missing or does not have the platform's format.
    """
    path = Path(env.get("VITRINE_RELEASE_FILE", "vitrine.json")).resolve()
    content = json.loads(path.read_text("utf-8"))
    if not isinstance(content, dict) or not isinstance(content.get("manifest"), dict):
        raise ValueError(f"{path} has no manifest")
    media = env.get("VITRINE_MEDIA_DIR")
    return Release(
        manifest=content["manifest"],
        release=content.get("release"),
        commit=content.get("commit"),
        root=path.parent,
        host=env.get("HOST", "127.0.0.1"),
        port=int(env.get("PORT", "8000")),
        platform_url=env.get("VITRINE_PLATFORM_URL"),
        platform_socket=env.get("VITRINE_PLATFORM_SOCKET"),
        token=env.get("VITRINE_TOKEN"),
        media_dir=Path(media).resolve() if media else None,
        allow_urls=env.get("VITRINE_ALLOW_URLS") == "1",
        config_revision=int(env["VITRINE_CONFIG_REVISION"]) if "VITRINE_CONFIG_REVISION" in env else None,
        config_key=env.get("VITRINE_CONFIG_KEY", _CONFIG_KEY),
    )

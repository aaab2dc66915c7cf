"""Finds the type of a file from its first bytes, and the size of a picture."""

from __future__ import annotations

import mimetypes
import struct
from pathlib import Path
from typing import Optional, Tuple

_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"BM", "image/bmp"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A ", "audio/mp4"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypqt  ", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
_EXTENSIONS = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/mpeg": ".mp3", "audio/flac": ".flac", "audio/ogg": ".ogg",
    "audio/mp4": ".m4a", "image/avif": ".avif", "image/heic": ".heic", "video/quicktime": ".mov",
    "video/mp4": ".mp4", "video/webm": ".webm", "video/x-msvideo": ".avi", "application/pdf": ".pdf",
    "application/zip": ".zip", "text/plain": ".txt", "application/json": ".json", "text/csv": ".csv",
}  # fmt: skip
_BY_NAME = {extension: mime for mime, extension in _EXTENSIONS.items() if mime != "audio/x-wav"}


def mime_of(head: bytes, name: str = "") -> str:
    """The type of a file by its first 16 bytes, or else by its name."""
    for offset, magic, mime in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (mime != "image/bmp" or _is_bitmap(head)):
            return mime
    suffix = Path(name).suffix.lower()
    return _BY_NAME.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _is_bitmap(head: bytes) -> bool:
    """Two letters are also the beginning of a text such as "BMI,age", so the reserved bytes of a bitmap count, too."""
    return head[6:10] == bytes(4)


def extension_of(mime: str) -> str:
    """The usual extension for a type, with its dot; empty if unknown."""
    plain = mime.split(";")[0].strip().lower()
    return _EXTENSIONS.get(plain) or mimetypes.guess_extension(plain) or ""


def kind_of(mime: str) -> str:
    """``image``, ``audio``, ``video`` or ``file``."""
    family = mime.split("/")[0]
    return family if family in ("image", "audio", "video") else "file"


def picture_size(content: bytes) -> Optional[Tuple[int, int]]:
    """Width and height in pixels of a PNG, GIF or JPEG, from its first bytes; None if they are not in them.
    """
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:4] == b"GIF8" and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return _jpeg_size(content) if content[:2] == b"\xff\xd8" else None


def _jpeg_size(content: bytes) -> Optional[Tuple[int, int]]:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        # Start of frame; C4, C8 and CC are tables, not frames (ITU T.81, table B.1).
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return None

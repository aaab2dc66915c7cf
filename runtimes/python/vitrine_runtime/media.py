"""Replaces media in an element, ``{data}``, ``{asset_id}``, ``{url}`` or ``{path}``, by a local path as a
plain string.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from pathlib import Path
from typing import Any, List, Optional

from .addresses import open_url
from .assets import Assets
from .fetching import Fetching
from .left_files import remove_left_files
from .problems import FieldProblem, Problem
from .release import Release
from .saved_body import save_body
from .schema import Schema, is_media
from .sniff import extension_of, mime_of

_FORMS = ("data", "asset_id", "url", "path")


def holds_media(schema: Any) -> bool:
    """Whether elements with this schema may contain media, at the top, in a property or in a list."""
    if not isinstance(schema, dict):
        return False
    properties = schema.get("properties")
    inner = list(properties.values()) if isinstance(properties, dict) else []
    return is_media(schema) or any(holds_media(one) for one in [*inner, schema.get("items")])


class Media:
    """Fetches the media of elements. Files from ``data`` and ``url`` belong to one request and are deleted
    with it.
    """

    def __init__(self, release: Release, folder: Path) -> None:
        self._release = release
        self._folder = folder
        self._requests = folder / "requests"
        remove_left_files(self._requests, lambda name: True)
        self._assets = Assets(release, folder)

    def localise(self, schema: Schema, value: Any, path: str, temporary: List[Path], fetching: Fetching) -> Any:
        """Returns the element with each media value replaced by a path. Files created for it are added to
        ``temporary``.

        Raises :class:`Problem` with the path of the invalid field.
        """
        if is_media(schema):
            return self._local_path(value, path, temporary, fetching)
        properties = schema.get("properties")
        if isinstance(value, dict) and isinstance(properties, dict):
            return {
                name: self.localise(properties[name], item, f"{path}.{name}", temporary, fetching)
                if isinstance(properties.get(name), dict)
                else item
                for name, item in value.items()
            }
        items = schema.get("items")
        if isinstance(value, list) and isinstance(items, dict):
            return [
                self.localise(items, item, f"{path}[{at}]", temporary, fetching) for at, item in enumerate(value)
            ]
        return value

    def _local_path(self, value: Any, path: str, temporary: List[Path], fetching: Fetching) -> str:
        given = [form for form in _FORMS if form in value] if isinstance(value, dict) else []
        if len(given) != 1 or not isinstance(value[given[0]], str):
            raise _at(path, Problem("media.form"))
        form, text = given[0], value[given[0]]
        try:
            fetching.check()
            if form == "asset_id":
                return str(self._assets.path_of(text, fetching))
            if form == "path":
                return self._below_media(text)
            if form == "url":
                return str(self._from_url(text, temporary, fetching))
            return str(self._from_data(text, value.get("mime"), temporary))
        except Problem as problem:
            # Its end breaks off what is being fetched, which then fails in its own way.
            raise _at(path, fetching.problem or problem) from problem

    def _below_media(self, text: str) -> str:
        allowed = self._release.media_dir
        try:
            real = os.path.realpath(os.path.join(allowed, text)) if allowed is not None else ""
        except ValueError:
            real = ""
        root = os.path.realpath(allowed) + os.sep if allowed is not None else os.sep
        if not real.startswith(root) or root == os.sep or not os.path.isfile(real):
            raise Problem("media.path_refused")
        return real

    def _from_data(self, text: str, mime: Optional[Any], temporary: List[Path]) -> Path:
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Problem("media.bad_base64") from error
        by_content = mime_of(content[:16])
        said = mime if isinstance(mime, str) else ""
        ending = extension_of(by_content if by_content != "application/octet-stream" else said)
        handle, name = tempfile.mkstemp(dir=self._requests, suffix=ending)
        temporary.append(Path(name))
        with os.fdopen(handle, "wb") as target:
            target.write(content)
        return Path(name)

    def _from_url(self, url: str, temporary: List[Path], fetching: Fetching) -> Path:
        if not self._release.allow_urls:
            raise Problem("media.url_not_allowed")
        response = open_url(url, fetching)
        handle, name = tempfile.mkstemp(dir=self._requests)
        temporary.append(Path(name))
        with response, os.fdopen(handle, "wb") as target:
            ending = save_body(response, target, fetching)
        named = Path(name + ending)
        os.replace(name, named)
        temporary.append(named)
        return named


def _at(path: str, problem: Problem) -> Problem:
    """The problem of one element: invalid input if the caller's value is wrong, the media's own code for a
    failed fetch.
    """
    field = FieldProblem(path, problem.code, problem.values)
    if problem.code == "media.fetch_failed":
        return Problem(problem.code, problem.values, fields=[field])
    return Problem("input.invalid", fields=[field])

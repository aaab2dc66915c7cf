"""Finds the names of the classes of a model in its file or in a file beside it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any, List, Mapping, Optional

_FILES = ("labels.txt", "classes.txt", "imagenet_classes.txt", "labels.json", "classes.json", "config.json")
_LONGEST = 4 * 1024 * 1024


def class_labels(metadata: Mapping[str, str], folders: List[Path]) -> Optional[List[str]]:
    """The names in the order of the scores. ``metadata`` is that of the model's file. None if no names are found."""
    for key in ("names", "labels", "classes"):
        found = _listed(_literal(metadata.get(key, "")))
        if found:
            return found
    for folder in folders:
        for name in _FILES:
            path = folder / name
            found = _in_file(path) if path.is_file() and path.stat().st_size <= _LONGEST else None
            if found:
                return found
    return None


def _in_file(path: Path) -> Optional[List[str]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    if path.suffix == ".txt":
        return [line.strip() for line in text.splitlines() if line.strip()]
    value = _literal(text)
    return _listed(value.get("id2label", None if path.name == "config.json" else value) if isinstance(value, dict) else value)


def _literal(text: str) -> Any:
    """The value of a text in JSON or of a Python literal. The text is never executed."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
    return None


def _listed(value: Any) -> Optional[List[str]]:
    """A list of names, also from a table of numbers and names."""
    if isinstance(value, dict):
        try:
            numbered = {int(key): str(name) for key, name in value.items()}
        except (TypeError, ValueError):
            return None
        value = [numbered[at] for at in range(len(numbered))] if set(numbered) == set(range(len(numbered))) else None
    return [str(one) for one in value] if isinstance(value, list) and value else None

"""Reads the descriptions of a function's arguments from a docstring in the style of Google, NumPy or Sphinx."""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional


class Words(NamedTuple):
    """The description of one argument. Both fields may be missing."""

    kind: Optional[str]
    description: Optional[str]


_SECTION = re.compile(r"^(args|arguments|parameters|params|inputs?|参数|输入)\s*[:：]?\s*$", re.IGNORECASE)
_LINE = re.compile(r"^\*{0,2}(\w+)\s*(?:\(([^)]*)\))?\s*[:：]\s*(.*)$")
_NUMPY = re.compile(r"^(\w+)(?:\s*:\s*(.+))?$")
_SPHINX = re.compile(r"^:(param|type)\s+(?:([\w.\[\]]+)\s+)?(\w+)\s*:\s*(.*)$")


def argument_words(docstring: Optional[str]) -> Dict[str, Words]:
    """The words about each argument that the docstring names. The docstring is without its indentation."""
    lines = (docstring or "").splitlines()
    found = _sphinx(lines)
    for at, line in enumerate(lines):
        if not _SECTION.match(line.strip()):
            continue
        underlined = at + 1 < len(lines) and re.match(r"^\s*-{3,}\s*$", lines[at + 1])
        section = lines[at + 2 :] if underlined else lines[at + 1 :]
        read = _numpy(section) if underlined else _google(section, _indent(line))
        found = {**read, **found}
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _sphinx(lines: List[str]) -> Dict[str, Words]:
    found: Dict[str, Words] = {}
    for line in lines:
        match = _SPHINX.match(line.strip())
        if not match:
            continue
        role, kind, name, text = match.groups()
        known = found.get(name, Words(None, None))
        found[name] = known._replace(kind=text) if role == "type" else Words(kind or known.kind, text or None)
    return found


def _google(lines: List[str], indent: int) -> Dict[str, Words]:
    found: Dict[str, Words] = {}
    inner: Optional[int] = None
    name = ""
    for line in lines:
        if not line.strip():
            continue
        here = _indent(line)
        if here <= indent:
            break
        inner = here if inner is None else inner
        match = _LINE.match(line.strip()) if here == inner else None
        if match:
            name, kind, text = match.groups()
            found[name] = Words(kind or None, text or None)
        elif name and here > inner:
            found[name] = _longer(found[name], line)
    return found


def _numpy(lines: List[str]) -> Dict[str, Words]:
    found: Dict[str, Words] = {}
    name = ""
    for at, line in enumerate(lines):
        follows = lines[at + 1] if at + 1 < len(lines) else ""
        if re.match(r"^\s*-{3,}\s*$", follows):
            break
        if not line.strip():
            continue
        match = _NUMPY.match(line.strip()) if _indent(line) == 0 else None
        if match:
            name, kind = match.groups()
            found[name] = Words(kind, None)
        elif name:
            found[name] = _longer(found[name], line)
    return found


def _longer(words: Words, line: str) -> Words:
    return words._replace(description=f"{words.description or ''} {line.strip()}".strip())

"""What can be wrong with a request or an element, as a value with a code and a message in two languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

MESSAGES: Dict[str, Dict[str, str]] = json.loads((Path(__file__).parent / "messages.json").read_text("utf-8"))


def text_of(key: str, language: str, values: Dict[str, Any]) -> str:
    """The sentence for ``key`` in ``zh`` or ``en``."""
    return MESSAGES[key][language].format(**values)


class FieldProblem(NamedTuple):
    """One wrong field: its path (``input_data[1].text``), the key of its message and the message's values."""

    path: str
    key: str
    values: Dict[str, Any]

    def body(self, language: str) -> Dict[str, Any]:
        """``{path, message}``, as it stands in ``details.issues``."""
        return {"path": self.path, "message": text_of(self.key, language, self.values)}


class Problem(Exception):
    """Something that the caller is told: ``{code, message, details}``."""

    def __init__(
        self,
        code: str,
        values: Optional[Dict[str, Any]] = None,
        fields: Optional[List[FieldProblem]] = None,
        message: Optional[str] = None,
    ) -> None:
        super().__init__(message or code)
        self.code = code
        self.values = values or {}
        self.fields = fields or []
        self.message = message

    def body(self, language: str) -> Dict[str, Any]:
        """``{code, message, details}``; a message given by the algorithm itself stands as it is."""
        message = self.message if self.message is not None else text_of(self.code, language, self.values)
        issues = [field.body(language) for field in self.fields]
        return {"code": self.code, "message": message, "details": {"issues": issues} if issues else {}}


def field_problem(path: str, key: str, **values: Any) -> Problem:
    """An element or a request with exactly one wrong field."""
    code = "request.invalid" if not path.startswith("input_data[") else "input.invalid"
    return Problem(code, fields=[FieldProblem(path, key, values)])

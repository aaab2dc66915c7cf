"""An error of a request or an element, as a value with a code and a message in two languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

MESSAGES: Dict[str, Dict[str, Any]] = json.loads((Path(__file__).parent / "messages.json").read_text("utf-8"))


def text_of(key: str, language: str, values: Dict[str, Any]) -> str:
    """The sentence for ``key`` in ``zh`` or ``en``."""
    sentence: str = MESSAGES[key][language]
    return sentence.format(**values)


_NAMED_AT_MOST = 5
_LIST_WORDS = {
    "zh": {"whole": "请求体", "between": "；", "more": "……", "one": "{path}（{message}）"},
    "en": {"whole": "the body", "between": "; ", "more": " …", "one": "{path} ({message})"},
}


def _field_values(issues: List[Dict[str, Any]], language: str) -> Dict[str, Any]:
    """The message of ``request.invalid``: the number of invalid fields, and the names of the first ones."""
    words = _LIST_WORDS[language]
    named = [
        words["one"].format(path=issue["path"] or words["whole"], message=issue["message"])
        for issue in issues[:_NAMED_AT_MOST]
    ]
    more = words["more"] if len(issues) > _NAMED_AT_MOST else ""
    return {"count": len(issues), "fields": words["between"].join(named) + more}


_OR = {"zh": "或", "en": " or "}


def _types_in_words(types: str, language: str) -> str:
    """Types as a schema names them (``array, null``), in words."""
    words = [MESSAGES.get(f"type.{name}", {}).get(language, name) for name in types.split(", ")]
    return _OR[language].join(words)


class FieldProblem(NamedTuple):
    """One invalid field: its path (``input_data[1].text``), the key of its message and the message's values.
    """

    path: str
    key: str
    values: Dict[str, Any]

    def body(self, language: str) -> Dict[str, Any]:
        """Returns ``{path, message}``, as in ``details.issues``."""
        values = self.values
        if self.key == "field.type":
            values = {"expected": _types_in_words(values["expected"], language)}
        return {"path": self.path, "message": text_of(self.key, language, values)}


class OutputReason(NamedTuple):
    """Why what an algorithm returned cannot be used: the key of a sentence, and its values."""

    key: str
    values: Dict[str, Any]

    def text(self, language: str) -> str:
        """The sentence in ``zh`` or ``en``."""
        return text_of(self.key, language, self.values)


class Problem(Exception):
    """An error for the caller: ``{code, message, details}``."""

    def __init__(
        self,
        code: str,
        values: Optional[Dict[str, Any]] = None,
        fields: Optional[List[FieldProblem]] = None,
        message: Optional[str] = None,
        because: Optional[OutputReason] = None,
    ) -> None:
        super().__init__(message or code)
        self.because = because
        self.code = code
        self.values = values or {}
        self.fields = fields or []
        self.message = message

    def __str__(self) -> str:
        # For tracebacks in the log. A message of the algorithm stands for itself.
        return self.message or f"{self.code}: {self.body('en')['message']}"

    @property
    def status(self) -> int:
        """The HTTP status if the whole request is answered with it."""
        status: int = MESSAGES[self.code]["status"]
        return status

    def body(self, language: str) -> Dict[str, Any]:
        """Returns ``{code, message, details}``. A message from the algorithm itself is used unchanged."""
        issues = [field.body(language) for field in self.fields]
        message = self.message
        if message is None:
            reason = {} if self.because is None else {"reason": self.because.text(language)}
            message = text_of(self.code, language, {**self.values, **_field_values(issues, language), **reason})
        return {"code": self.code, "message": message, "details": {"issues": issues} if issues else {}}


def field_problem(path: str, key: str, **values: Any) -> Problem:
    """The problem of an element or a request with exactly one invalid field."""
    code = "request.invalid" if not path.startswith("input_data[") else "input.invalid"
    return Problem(code, fields=[FieldProblem(path, key, values)])


def bad_output(key: str, **values: Any) -> Problem:
    """The problem of an output that cannot be used, for the reason ``key``."""
    return Problem("algorithm.bad_output", because=OutputReason(key, values))


class Cancelled(BaseException):
    """Raised in a run whose callers have all disconnected. Not an ``Exception``, so algorithms do not catch
    it by accident.
    """


def failure_of(error: BaseException) -> Problem:
    """Converts an exception of an algorithm to the problem for its caller."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Cancelled):
        return Problem("algorithm.cancelled")
    name = type(error).__name__
    try:
        words = str(error).strip()
    except Exception:
        # Its own text cannot be made. The name of its class is what is left to say.
        words = ""
    return Problem("algorithm.failed", message=f"{name}: {words}" if words else name)

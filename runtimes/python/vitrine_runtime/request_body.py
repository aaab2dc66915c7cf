"""Parses the bytes of ``POST /predict``. It is written by hand, because a model layer would cost more than
everything else.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional

from .problems import FieldProblem, Problem


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


class RequestBody(NamedTuple):
    """The parts of a request."""

    input_data: List[Any]
    batch_id: Optional[str]
    parameters: Dict[str, Any]


def parse_body(raw: bytes) -> RequestBody:
    """Raises :class:`Problem` with the path of each invalid field."""
    try:
        body = _decode(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem("request.not_json", {"reason": str(error)}) from error
    if not isinstance(body, dict):
        raise Problem("request.invalid", fields=[FieldProblem("", "field.type", {"expected": "object"})])
    input_data = body.get("input_data")
    batch_id = body.get("batch_id")
    parameters = body.get("parameters")
    if (
        type(input_data) is list
        and (batch_id is None or (type(batch_id) is str and len(batch_id) <= 200))
        and (parameters is None or type(parameters) is dict)
    ):
        return RequestBody(input_data, batch_id, parameters or {})
    raise Problem("request.invalid", fields=_wrong_fields(body))


def _wrong_fields(body: Dict[str, Any]) -> List[FieldProblem]:
    wrong: List[FieldProblem] = []
    if "input_data" not in body:
        wrong.append(FieldProblem("input_data", "field.required", {}))
    elif not isinstance(body["input_data"], list):
        wrong.append(FieldProblem("input_data", "field.type", {"expected": "array"}))
    batch_id = body.get("batch_id")
    if batch_id is not None and not isinstance(batch_id, str):
        wrong.append(FieldProblem("batch_id", "field.type", {"expected": "string"}))
    elif batch_id is not None and len(batch_id) > 200:
        wrong.append(FieldProblem("batch_id", "field.maxLength", {"expected": 200}))
    if body.get("parameters") is not None and not isinstance(body["parameters"], dict):
        wrong.append(FieldProblem("parameters", "field.type", {"expected": "object"}))
    return wrong

"""The parameters of a request, with defaults. Each distinct set is checked once."""

from __future__ import annotations

import marshal
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from .problems import FieldProblem, Problem
from .schema import Schema, compile_check

_REMEMBERED = 256
_LONGEST_REMEMBERED = 4096


class Parameters(NamedTuple):
    """Checked parameters. ``key`` is equal for equal parameters; only such requests are joined."""

    key: bytes

    def values(self) -> Dict[str, Any]:
        """A new copy, so an algorithm may change it."""
        values: Dict[str, Any] = marshal.loads(self.key)
        return values


class ParameterRules:
    """The parameters' schema, and the names that ``predict`` accepts (None: any)."""

    def __init__(self, schema: Schema, accepted: Optional[FrozenSet[str]]) -> None:
        properties = schema.get("properties")
        described = properties if isinstance(properties, dict) else {}
        self._defaults = {
            name: one["default"] for name, one in described.items() if isinstance(one, dict) and "default" in one
        }
        self._accepted = accepted
        self._check = compile_check(schema)
        self._remembered: Dict[bytes, Parameters] = {}

    def apply(self, given: Dict[str, Any]) -> Parameters:
        """Fills in the defaults and checks. Raises :class:`Problem` with the path of each invalid field."""
        key = marshal.dumps(given)
        known = self._remembered.get(key)
        if known is not None:
            return known
        filled, wrong = self._fill(given)
        if wrong:
            raise Problem("request.invalid", fields=wrong)
        result = Parameters(marshal.dumps({name: filled[name] for name in sorted(filled)}))
        if len(key) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = result
        return result

    def _fill(self, given: Dict[str, Any]) -> Tuple[Dict[str, Any], List[FieldProblem]]:
        filled = {**self._defaults, **given}
        wrong = self._check(filled, "parameters")
        if not wrong and self._accepted is not None:
            extra = [name for name in given if name not in self._accepted]
            wrong = [FieldProblem(f"parameters.{name}", "field.unknown", {}) for name in extra]
            filled = {name: value for name, value in filled.items() if name in self._accepted}
        return filled, wrong

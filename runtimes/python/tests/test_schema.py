"""Tests the checks of schemas: checks without ``jsonschema`` find the same problems, and it is imported only if it is needed."""

import subprocess
import sys
import unittest
from itertools import product
from typing import Any, Dict, List

from vitrine_runtime import schema

VALUES: List[Any] = [None, True, 0, -3, 2.0, 2.5, float("inf"), "", "text", [], [1], {}, {"a": 1}, {"a": "x", "b": None}, {"c": {"a": 1}}]
KINDS = ["string", "boolean", "array", "object", "number", "integer"]
SCHEMAS: List[Dict[str, Any]] = [
    {},
    {"title": "any"},
    *({"type": kind} for kind in KINDS),
    *({"type": kind, "properties": {}} for kind in KINDS),
    *({"type": "object", "properties": {"a": {"type": kind, "default": 1, "x-order": 0}, "b": {}}} for kind in KINDS),
    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "b"], "additionalProperties": False},
    {"additionalProperties": False, "required": ["b"], "properties": {"a": {"type": "number"}}, "type": "object"},
    {"type": "object", "properties": {"c": {"type": "object", "additionalProperties": False}}, "additionalProperties": True},
]
NOT_SIMPLE: List[Dict[str, Any]] = [
    {"properties": {"a": {"type": "string"}}},
    {"type": ["string", "null"]},
    {"type": "number", "minimum": 1},
    {"type": "array", "items": {"type": "number"}},
    {"type": "object", "properties": {"a": {"enum": [1]}}},
    {"type": "object", "additionalProperties": {"type": "string"}},
]
INVALID: List[Dict[str, Any]] = [
    {"type": "nothing"},
    {"type": "object", "properties": []},
    {"type": "object", "properties": {"a": 1}},
    {"type": "object", "required": "a"},
    {"type": "object", "required": [1]},
    {"type": "object", "additionalProperties": "no"},
]


class Checks(unittest.TestCase):
    def test_a_simple_check_finds_what_jsonschema_finds(self) -> None:
        for one, value in product(SCHEMAS, VALUES):
            simple = schema._simple_check(one)
            self.assertIsNotNone(simple, one)
            self.assertEqual(simple(value, "p"), schema._full_check(one)(value, "p"), (one, value))

    def test_everything_else_is_left_to_jsonschema(self) -> None:
        for one in [*NOT_SIMPLE, *INVALID]:
            self.assertIsNone(schema._simple_check(one), one)

    def test_an_invalid_schema_is_refused(self) -> None:
        for one in INVALID:
            with self.assertRaises(Exception):
                schema.compile_check(one)

    def test_parameters_of_known_types_need_no_jsonschema(self) -> None:
        program = "\n".join(
            [
                "import sys",
                "from vitrine_runtime.schema import compile_check",
                "fields = {'threshold': {'type': 'number', 'default': 0.5}}",
                "compile_check({'type': 'object', 'properties': {}})",
                "compile_check({'type': 'object', 'properties': fields, 'additionalProperties': False})",
                "assert 'jsonschema' not in sys.modules",
            ]
        )
        subprocess.run([sys.executable, "-c", program], check=True)


if __name__ == "__main__":
    unittest.main()

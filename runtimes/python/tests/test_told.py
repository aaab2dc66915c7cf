"""Tests which parts of a manifest are completed with the information of a model."""

import json
import unittest
from pathlib import Path

from vitrine_runtime.service import says_nothing

CASES = json.loads((Path(__file__).parent / "schemas_that_say_nothing.json").read_text("utf-8"))


class Told(unittest.TestCase):
    def test_the_schemas_that_say_nothing_are_those_of_the_platform(self) -> None:
        for case in CASES:
            with self.subTest(case["schema"]):
                self.assertIs(says_nothing(case["schema"]), case["says_nothing"])


if __name__ == "__main__":
    unittest.main()

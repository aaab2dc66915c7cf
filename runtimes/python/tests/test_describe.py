"""Tests reading inputs and parameters from source that is never run."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

from vitrine_runtime.describe import NotDescribed, describe

COG = '''
raise SystemExit("this module must not be run")
from typing import Optional, List
import cog
class Output(cog.BaseModel):
    text: str
class Predictor(cog.BasePredictor):
    def predict(
        self,
        source_image: cog.Path = cog.Input(description="看什么"),
        scale: float = cog.Input(default=1.5, ge=0, le=10),
        mode: str = cog.Input(choices=["a", "b"], default="a"),
        seed: Optional[int] = None,
        words: "List[str]" = cog.Input(default=["x"]),
    ) -> cog.ConcatenateIterator[str]:
        yield "x"
'''
ALGORITHM = '''
import torch_that_is_not_there
from typing import Literal
class Algorithm:
    def predict(self, input_data, top_k: int = 3, threshold=0.5, mode: Literal["fast", "exact"] = "fast", *, tag: str | None = None):
        return input_data
'''


class Described(unittest.TestCase):
    def test_a_cog_predictor_with_one_required_argument_takes_it_bare_and_the_rest_as_parameters(self) -> None:
        described = describe(COG)
        self.assertEqual(described["form"], "cog")
        self.assertEqual(described["input"], {"x-kind": "image", "description": "看什么", "x-order": 0})
        properties: Dict[str, Any] = described["parameters"]["properties"]
        self.assertEqual(properties["scale"], {"type": "number", "minimum": 0, "maximum": 10, "default": 1.5, "x-order": 0})
        self.assertEqual(properties["mode"], {"type": "string", "enum": ["a", "b"], "default": "a", "x-order": 1})
        self.assertEqual(properties["seed"], {"type": "integer", "x-order": 2})
        self.assertEqual(properties["words"]["items"], {"type": "string"})
        self.assertNotIn("required", described["parameters"])
        self.assertTrue(described["generator"])

    def test_a_cog_predictor_with_two_required_arguments_takes_an_object(self) -> None:
        source = "class Predictor(BasePredictor):\n  def predict(self, prompt: str, audio: Path, n: int = 1): ..."
        described = describe(source)
        self.assertEqual(described["input"]["required"], ["prompt", "audio"])
        self.assertEqual(described["input"]["properties"]["audio"]["x-kind"], "audio")
        self.assertEqual(described["parameters"]["properties"], {})

    def test_an_algorithms_keyword_arguments_are_its_parameters(self) -> None:
        described = describe(ALGORITHM)
        properties = described["parameters"]["properties"]
        self.assertEqual((described["form"], described["input"], described["batched"]), ("algorithm", {}, True))
        self.assertEqual(properties["top_k"], {"type": "integer", "default": 3, "x-order": 0})
        self.assertEqual(properties["threshold"], {"type": "number", "default": 0.5, "x-order": 1})
        self.assertEqual(properties["mode"], {"type": "string", "enum": ["fast", "exact"], "default": "fast", "x-order": 2})
        self.assertEqual(properties["tag"], {"type": "string", "x-order": 3})
        self.assertEqual(described["parameters"]["additionalProperties"], False)

    def test_an_algorithm_that_takes_any_parameter_is_left_open(self) -> None:
        described = describe("class Algorithm:\n  def predict(self, input_data, **parameters):\n    yield 1")
        self.assertNotIn("additionalProperties", described["parameters"])
        self.assertTrue(described["generator"])
        self.assertFalse(described["batched"])

    def test_a_source_without_a_class_or_with_an_error_says_so(self) -> None:
        for source in ("x = 1", "class Algorithm:\n  pass", "def ("):
            with self.assertRaises(NotDescribed):
                describe(source)

    def test_the_command_prints_json_and_fails_with_a_reason(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "predict.py"
            file.write_text(COG, "utf-8")
            command = [sys.executable, "-m", "vitrine_runtime.describe"]
            good = subprocess.run([*command, str(file)], capture_output=True, check=True)
            self.assertEqual(json.loads(good.stdout), describe(COG))
            bad = subprocess.run([*command, str(file), "Nobody"], capture_output=True)
            self.assertEqual((bad.returncode, json.loads(bad.stdout)), (1, {"error": "no class Nobody"}))


if __name__ == "__main__":
    unittest.main()

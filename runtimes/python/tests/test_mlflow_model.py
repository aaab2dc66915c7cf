"""Tests a model of MLflow as an algorithm. A stand-in has the interface of its pyfunc models."""

import json
import sys
import types
import unittest
from pathlib import Path
from typing import Any, Callable, List
from unittest import mock

try:
    import numpy
except ImportError:
    raise unittest.SkipTest("numpy is not installed")

from vitrine_runtime.mlflow_model import MlflowModel
from vitrine_runtime.problems import Problem


class Table(list):  # type: ignore[type-arg]
    """A stand-in for a table of pandas."""

    columns = ("x", "y")

    def to_dict(self, _orient: str) -> List[Any]:
        return [dict(zip(self.columns, row)) for row in self]


def model(predict: Callable[..., Any], inputs: Any = None) -> MlflowModel:
    signature = types.SimpleNamespace(to_dict=lambda: {"inputs": json.dumps(inputs)})
    loaded = types.SimpleNamespace(predict=predict, metadata=types.SimpleNamespace(signature=signature if inputs else None))
    pyfunc: Any = types.ModuleType("mlflow.pyfunc")
    pyfunc.load_model = lambda _: loaded
    package: Any = types.ModuleType("mlflow")
    package.pyfunc = pyfunc
    pandas: Any = types.ModuleType("pandas")
    with mock.patch.dict(sys.modules, {"mlflow": package, "mlflow.pyfunc": pyfunc, "pandas": pandas}):
        return MlflowModel(Path("model"))


def called(made: MlflowModel, elements: List[Any], **parameters: Any) -> List[Any]:
    with mock.patch.dict(sys.modules, {"pandas": types.ModuleType("pandas")}):
        return made.predict_all(elements, parameters)


class Elements(unittest.TestCase):
    def test_the_only_tensor_is_made_of_all_elements_with_its_type(self) -> None:
        seen: List[Any] = []
        spec = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]
        made = model(lambda data: seen.append(data) or data.sum(axis=1), spec)
        self.assertEqual(called(made, [[1, 2], [3, 4]]), [3.0, 7.0])
        self.assertEqual([str(seen[0].dtype), seen[0].shape], ["float32", (2, 2)])

    def test_numbers_that_are_no_tensor_are_invalid(self) -> None:
        spec = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]
        with self.assertRaises(Problem) as caught:
            called(model(lambda data: data, spec), [["a"]])
        self.assertEqual(caught.exception.code, "input.invalid")

    def test_an_element_without_one_of_several_tensors_is_invalid_and_is_told_which(self) -> None:
        spec = [{"type": "tensor", "name": name, "tensor-spec": {"dtype": "float32"}} for name in ("a", "b")]
        made = model(lambda data: data["a"] + data["b"], spec)
        self.assertEqual(called(made, [{"a": 1, "b": 2}]), [3.0])
        for wrong in ({"a": 1}, [1, 2]):
            with self.assertRaises(Problem) as caught:
                called(made, [wrong])
            self.assertEqual(caught.exception.code, "input.invalid")
            self.assertIn("tensor", str(caught.exception.body("en")["message"]))

    def test_parameters_reach_a_model_only_if_there_are_any(self) -> None:
        made = model(lambda data, **more: [more] * len(data))
        self.assertEqual(called(made, ["x"]), [{}])
        self.assertEqual(called(made, ["x"], top_k=2), [{"params": {"top_k": 2}}])


class Outputs(unittest.TestCase):
    def test_each_element_gets_its_row(self) -> None:
        self.assertEqual(called(model(lambda _: Table([[1, 2], [3, 4]])), ["a", "b"]), [{"x": 1, "y": 2}, {"x": 3, "y": 4}])
        self.assertEqual(called(model(lambda _: numpy.array([[1, 2], [3, 4]])), ["a", "b"]), [[1, 2], [3, 4]])
        arrays = {"p": numpy.array([1, 2]), "q": numpy.array([3, 4])}
        self.assertEqual(called(model(lambda _: arrays), ["a", "b"]), [{"p": 1, "q": 3}, {"p": 2, "q": 4}])
        self.assertEqual(called(model(lambda _: "text"), ["a"]), ["text"])

    def test_another_number_of_outputs_than_elements_is_told(self) -> None:
        with self.assertRaises(Problem) as caught:
            called(model(lambda _: [1]), ["a", "b"])
        self.assertEqual(caught.exception.code, "algorithm.bad_output")


if __name__ == "__main__":
    unittest.main()

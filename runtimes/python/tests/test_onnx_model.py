"""Tests a model of ONNX as an algorithm. A stand-in has the signature of ONNX Runtime and computes with numpy."""

import json
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional
from unittest import mock

try:
    import numpy
except ImportError:
    raise unittest.SkipTest("numpy is not installed")

from vitrine_runtime.class_labels import class_labels
from vitrine_runtime.onnx_model import OnnxModel
from vitrine_runtime.outputs import encoded_outputs
from vitrine_runtime.problems import Problem

Compute = Callable[[Dict[str, Any]], List[Any]]


def stated(name: str, kind: str, shape: List[Any]) -> Any:
    return types.SimpleNamespace(name=name, type=kind, shape=shape)


class Model:
    """A package with a model, and the description that ONNX Runtime would give of it."""

    def __init__(self, inputs: List[Any], outputs: List[Any], compute: Compute, files: Optional[Dict[str, str]] = None) -> None:
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        for name, text in (files or {}).items():
            (root / name).write_text(text, "utf-8")
        session = types.SimpleNamespace(
            get_inputs=lambda: inputs,
            get_outputs=lambda: outputs,
            get_modelmeta=lambda: types.SimpleNamespace(custom_metadata_map={}),
            run=lambda _names, feed: compute(feed),
        )
        runtime: Any = types.ModuleType("onnxruntime")
        runtime.SessionOptions = types.SimpleNamespace
        runtime.InferenceSession = lambda *_, **__: session
        with mock.patch.dict(sys.modules, {"onnxruntime": runtime}):
            self.made = OnnxModel(root / "model.onnx", root)

    def outputs(self, element: Any, **parameters: Any) -> Any:
        def published(file: Any, /) -> Dict[str, Any]:
            return {"kind": "file", "data": {"url": Path(str(file)).name, "there": Path(str(file)).is_file()}}

        (value,) = [
            encoded_outputs(one, None, published) for one in self.made.predict_each(self.made.wrap(element), parameters)
        ]
        return json.loads(value)


def linear() -> Model:
    return Model(
        [stated("x", "tensor(float)", ["N", 2])],
        [stated("y", "tensor(float)", ["N", 1])],
        lambda feed: [feed["x"] @ numpy.array([[2], [3]], "float32")],
    )


class Tensors(unittest.TestCase):
    def test_the_signature_is_the_form(self) -> None:
        told = linear().made.told
        self.assertEqual(told["input"]["properties"]["x"]["description"], "float32 [?, 2]")
        self.assertEqual(told["input"]["default"], {"x": [[0, 0]]})
        self.assertEqual(told["parameters"]["properties"], {})

    def test_the_only_input_needs_no_name_and_one_element_no_batch_dimension(self) -> None:
        model = linear()
        self.assertEqual(model.outputs([1, 2]), [{"name": "y", "kind": "number", "data": {"value": 8.0}}])
        self.assertEqual(model.outputs({"x": [[1, 2], [3, 4]]})[0]["data"]["rows"], [[8.0], [18.0]])

    def test_numbers_of_another_shape_and_missing_inputs_are_invalid(self) -> None:
        for element in ({"x": [1, 2, 3]}, {"x": "a"}, {}):
            with self.assertRaises(Problem) as caught:
                linear().outputs(element)
            self.assertEqual(caught.exception.code, "input.invalid")
            self.assertIn("x", str(caught.exception))

    def test_arrays_come_in_npy_files_which_are_never_unpickled(self) -> None:
        model = linear()
        path = Path(model.folder.name) / "x.npy"
        numpy.save(path, numpy.array([[1, 2]]))
        self.assertEqual(model.outputs({"npy": str(path)})[0]["data"], {"value": 8.0})
        numpy.save(path, numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
        with self.assertRaises(Problem):
            model.outputs({"npy": str(path)})

    def test_a_large_output_is_a_file(self) -> None:
        model = Model(
            [stated("x", "tensor(float)", ["N"])],
            [stated("y", "tensor(float)", ["N", 400, 400])],
            lambda _: [numpy.zeros((1, 400, 400), "float32")],
        )
        self.assertEqual(model.outputs([1]), [{"kind": "file", "name": "y", "data": {"url": "y.npy", "there": True}}])

    def test_numbers_that_json_does_not_have_are_null(self) -> None:
        model = Model([stated("x", "tensor(float)", [1])], [], lambda _: [numpy.array([[[numpy.nan, 1.0]]])])
        model.made._names = ["y"]
        self.assertEqual(model.outputs([1])[0]["data"]["data"], [[[None, 1.0]]])

    def test_an_input_that_is_no_tensor_is_refused_by_name(self) -> None:
        with self.assertRaisesRegex(ValueError, "input s is seq"):
            Model([stated("s", "seq(tensor(float))", [])], [], lambda _: [])


class Scores(unittest.TestCase):
    def test_a_classifier_of_scikit_learn_shows_its_classes_once(self) -> None:
        outputs = [stated("label", "tensor(int64)", [None]), stated("probability", "seq(map(int64,tensor(float)))", [])]
        model = Model(
            [stated("x", "tensor(float)", ["N", 1])],
            outputs,
            lambda _: [numpy.array([1]), [{0: 0.25, 1: 0.75}]],
        )
        best = [{"label": "1", "score": 0.75}, {"label": "0", "score": 0.25}]
        self.assertEqual(model.outputs([1]), [{"kind": "classification", "name": "probability", "data": best}])
        self.assertEqual(model.outputs([1], top_k=1)[0]["data"], best[:1])

    def test_a_class_that_is_named_by_a_number_is_not_meant_by_its_place(self) -> None:
        model = Model(
            [stated("x", "tensor(float)", ["N", 1])],
            [stated("count", "tensor(int64)", [1]), stated("probability", "seq(map(int64,tensor(float)))", [])],
            lambda _: [numpy.array([1]), [{5: 0.25, 7: 0.75}]],
        )
        self.assertEqual([one["name"] for one in model.outputs([1])], ["count", "probability"])

    def shown_beside_scores(self, value: Any) -> List[str]:
        """The names of the shown outputs of a model whose best class is the second one."""
        model = Model(
            [stated("x", "tensor(float)", ["N", 1])],
            [stated("y", "tensor(float)", ["N", 2]), stated("other", "tensor(float)", ["N"])],
            lambda _: [numpy.array([[0.25, 0.75]], "float32"), value],
            {"labels.txt": "cat\ndog\n"},
        )
        return [one["name"] for one in model.outputs([1])]

    def test_the_label_of_the_best_class_is_not_shown_again(self) -> None:
        for value in (numpy.array([1]), numpy.array([["dog"]], dtype=object), numpy.array(["dog"])):
            self.assertEqual(self.shown_beside_scores(value), ["y"])

    def test_another_output_of_one_value_is_shown_beside_the_scores(self) -> None:
        for value in (numpy.array([0.5], "float32"), numpy.array([1.0], "float32"), numpy.array([7]), numpy.array(["cat"])):
            self.assertEqual(self.shown_beside_scores(value), ["y", "other"])

    def test_scores_get_the_names_of_a_file_beside_the_model(self) -> None:
        model = Model(
            [stated("x", "tensor(float)", ["N", 1])],
            [stated("y", "tensor(float)", ["N", 2])],
            lambda _: [numpy.array([[0.0, 0.0]], "float32")],
            {"labels.txt": "cat\ndog\n"},
        )
        self.assertEqual(model.outputs([1])[0]["data"], [{"label": "cat", "score": 0.5}, {"label": "dog", "score": 0.5}])

    def test_numbers_that_are_no_scores_are_a_table(self) -> None:
        model = Model(
            [stated("x", "tensor(float)", ["N", 1])],
            [stated("y", "tensor(float)", ["N", 2])],
            lambda _: [numpy.array([[3.0, 4.0]], "float32")],
        )
        self.assertEqual(model.outputs([1])[0]["kind"], "table")

    def test_names_of_classes_are_read_and_never_run(self) -> None:
        self.assertEqual(class_labels({"names": "{0: 'a', 1: 'b'}"}, []), ["a", "b"])
        self.assertIsNone(class_labels({"names": "__import__('os').getpid()"}, []))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "config.json").write_text('{"id2label": {"0": "x", "1": "y"}}')
            self.assertEqual(class_labels({}, [Path(folder)]), ["x", "y"])


class Pictures(unittest.TestCase):
    def test_four_dimensions_with_three_channels_are_a_picture(self) -> None:
        for shape in (["N", 3, 224, 224], [1, 224, 224, 3]):
            model = Model([stated("image", "tensor(float)", shape)], [stated("y", "tensor(float)", [1, 1000])], lambda _: [])
            told = model.made.told
            self.assertEqual(told["input"]["x-kind"], "image")
            self.assertEqual(told["parameters"]["properties"]["scale"]["default"], "imagenet")
            self.assertNotIn("width", told["parameters"]["properties"])

    def test_a_model_of_any_size_has_parameters_for_it(self) -> None:
        model = Model([stated("image", "tensor(float)", [1, 1, "h", "w"])], [], lambda _: [])
        self.assertEqual(list(model.made.told["parameters"]["properties"]), ["resize", "scale", "width", "height"])

    def test_other_tensors_of_four_dimensions_are_none(self) -> None:
        for shape in ([1, 12, 64, 64], [8, 3, 224, 224], [1, 3, 2, 2]):
            model = Model([stated("x", "tensor(float)", shape)], [], lambda _: [])
            self.assertEqual(model.made.told["input"]["type"], "object")


if __name__ == "__main__":
    unittest.main()

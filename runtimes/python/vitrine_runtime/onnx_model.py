"""A model of ONNX as an algorithm. What it takes and returns is read from its file by ONNX Runtime."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import picture_tensor
from .algorithm import Algorithm, Values
from .class_labels import class_labels
from .onnx_outputs import shown_outputs
from .picture_tensor import PictureSpec, picture_parameters, picture_spec, read_picture
from .problems import Problem
from .tensors import TensorSpec, read_array_file, read_tensor, tensor_schema

_FILE = "npy"
_USUAL_TOP = 5
_TYPES = {"float": "float32", "double": "float64", "float16": "float16", "string": "str", "bool": "bool"}
_TRANSLATIONS = {
    "文件": "File",
    "代替以上数字的 .npy 文件；几个输入用 .npz": "An .npy file in place of the numbers; .npz for several inputs",
    "显示几个类别": "Classes to show",
}


class OnnxModel(Algorithm):
    """Called with one element at a time: a picture, or an object of tensors."""

    def __init__(self, path: Path, root: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # 3 means errors only. A warning for each operator that is not optimised does not help readers of the log.
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.instance: Any = self._session
        self.batched = False
        self.accepted = None
        self._specs = [_spec_of(one) for one in self._session.get_inputs()]
        self._names: List[str] = [one.name for one in self._session.get_outputs()]
        metadata = dict(self._session.get_modelmeta().custom_metadata_map or {})
        self._labels = class_labels(metadata, list(dict.fromkeys([path.parent, root])))
        self._picture: Optional[PictureSpec] = picture_spec(self._specs[0]) if len(self._specs) == 1 else None
        self.told = self._described(path.parent)

    def _described(self, folder: Path) -> Dict[str, Any]:
        properties: Dict[str, Any] = {}
        if self._picture is not None:
            size = [self._picture.width, self._picture.height]
            words = f"{self._specs[0].words}" + ("" if None in size else f" · {size[0]} × {size[1]}")
            element: Dict[str, Any] = {"title": "图片", "description": words, "type": "string", "x-kind": "image"}
            properties = picture_parameters(self._picture, _usual_scale(folder, self._session.get_outputs()))
        else:
            tensors = {spec.name: tensor_schema(spec) for spec in self._specs}
            file = {"title": "文件", "description": "代替以上数字的 .npy 文件；几个输入用 .npz", "x-kind": "file"}
            element = {"type": "object", "properties": {**tensors, _FILE: file}, "additionalProperties": False}
            suggested = {name: schema["default"] for name, schema in tensors.items() if "default" in schema}
            if len(suggested) == len(tensors):
                element["default"] = suggested
        if any(_may_be_scores(one) for one in self._session.get_outputs()):
            bounds = {"minimum": 1, "maximum": 1000, "default": _USUAL_TOP, "x-widget": "input"}
            properties["top_k"] = {"title": "显示几个类别", "type": "integer", **bounds}
        # The database does not keep the order of keys.
        for order, one in enumerate(properties.values()):
            one["x-order"] = order
        parameters = {"type": "object", "properties": properties, "additionalProperties": False}
        translations = {"en": {**picture_tensor.TRANSLATIONS, **_TRANSLATIONS}}
        return {"input": element, "parameters": parameters, "translations": translations}

    def wrap(self, element: Any) -> Any:
        """Takes the numbers of the only input without its name."""
        if self._picture is not None or isinstance(element, dict) or len(self._specs) != 1:
            return element
        return {self._specs[0].name: element}

    def predict_each(self, element: Any, parameters: Dict[str, Any]) -> Values:
        """Runs the model on one element."""
        feed = self._feed(element, parameters)
        values = self._session.run(None, feed)
        top_k = int(parameters.get("top_k", _USUAL_TOP))
        with contextlib.ExitStack() as stack:
            yield shown_outputs(self._names, values, self._labels, top_k, self._picture is not None, stack)

    def _feed(self, element: Any, parameters: Dict[str, Any]) -> Dict[str, Any]:
        if self._picture is not None:
            return {self._specs[0].name: read_picture(self._picture, element, parameters)}
        given = dict(element)
        file = given.pop(_FILE, None)
        if file is not None:
            given = {**read_array_file(str(file), self._specs), **given}
        missing = [f"{spec.name} ({spec.words})" for spec in self._specs if spec.name not in given]
        if missing:
            raise Problem("input.invalid", message=f"missing: {', '.join(missing)}")
        return {spec.name: read_tensor(spec, given[spec.name]) for spec in self._specs}


def _spec_of(stated: Any) -> TensorSpec:
    """An input as ONNX Runtime states it: ``tensor(float)``, with numbers or names as dimensions."""
    written = str(stated.type)
    inner = written[len("tensor(") : -1] if written.startswith("tensor(") else ""
    if inner == "":
        raise ValueError(f"input {stated.name} is {written}; only tensors can be given")
    shape = [one if isinstance(one, int) and one > 0 else None for one in stated.shape or []]
    return TensorSpec(str(stated.name), _TYPES.get(inner, inner), shape)


def _may_be_scores(stated: Any) -> bool:
    """Whether an output can have one score for each class."""
    shape = list(stated.shape or [])
    is_table = str(stated.type).startswith("tensor(float") and 1 < len(shape) <= 2 and shape[-1] != 1
    return is_table or str(stated.type).startswith("seq(map(")


def _usual_scale(folder: Path, outputs: List[Any]) -> str:
    """The default scaling of a picture's numbers: from the file of its preprocessor, or else guessed from its outputs."""
    path = folder / "preprocessor_config.json"
    try:
        stated = json.loads(path.read_text("utf-8")) if os.path.isfile(path) else {}
    except (OSError, ValueError):
        stated = {}
    mean = stated.get("image_mean") if isinstance(stated, dict) else None
    if isinstance(mean, list) and mean and isinstance(mean[0], (int, float)):
        return "imagenet" if abs(mean[0] - 0.485) < 0.01 else "-1_1" if abs(mean[0] - 0.5) < 0.01 else "0_1"
    is_imagenet = len(outputs) == 1 and list(outputs[0].shape or [])[1:] in ([1000], [1000, 1, 1])
    return "imagenet" if is_imagenet else "0_1"

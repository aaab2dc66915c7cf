"""A saved model of MLflow (python_function) as an algorithm. An element is a row, as the signature of the model says."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Dict, List

from .algorithm import Algorithm
from .problems import Problem, bad_output

Schema = List[Dict[str, Any]]
# MLflow checks a table by these types of pandas, and JSON has only one type of numbers.
_PANDAS = {"integer": "int32", "long": "int64", "float": "float32", "double": "float64", "boolean": "bool"}


class MlflowModel(Algorithm):
    """Called with all elements at once, which become one table or one tensor."""

    def __init__(self, folder: Path) -> None:
        import mlflow.pyfunc

        self._model = mlflow.pyfunc.load_model(str(folder))
        self.instance: Any = self._model
        self.batched = True
        self.accepted = None
        self._inputs = _inputs_of(self._model.metadata)

    def predict_all(self, elements: List[Any], parameters: Dict[str, Any]) -> List[Any]:
        """Makes one call for all elements."""
        given = {"params": parameters} if parameters else {}
        returned = _rows(self._model.predict(_model_input(self._inputs, elements), **given), len(elements))
        if len(returned) != len(elements):
            raise bad_output("output.count", returned=len(returned), count=len(elements))
        return returned


def _inputs_of(metadata: Any) -> Schema:
    """The columns or tensors of a signature; empty without one."""
    signature = getattr(metadata, "signature", None)
    stated = signature.to_dict().get("inputs") if signature is not None else None
    listed = json.loads(stated) if isinstance(stated, str) else stated
    return listed if isinstance(listed, list) else []


def _model_input(inputs: Schema, elements: List[Any]) -> Any:
    import numpy
    import pandas

    if inputs and all(one.get("type") == "tensor" for one in inputs):
        return _tensors(inputs, elements)
    if inputs and "name" not in inputs[0]:
        # The only column has no name.
        return pandas.DataFrame({0: _column(str(inputs[0].get("type")), elements)})
    if elements and all(isinstance(element, dict) for element in elements):
        kinds = {str(one["name"]): str(one.get("type")) for one in inputs if "name" in one}
        names = list(dict.fromkeys([name for element in elements for name in element]))
        columns = {name: _column(kinds.get(name, ""), [element.get(name) for element in elements]) for name in names}
        return pandas.DataFrame(columns)
    if elements and all(isinstance(element, list) for element in elements):
        return numpy.asarray(elements)
    return elements


def _tensors(inputs: Schema, elements: List[Any]) -> Any:
    import numpy

    def stacked(spec: Dict[str, Any], values: List[Any]) -> Any:
        try:
            return numpy.asarray(values, dtype=spec["tensor-spec"]["dtype"])
        except (TypeError, ValueError) as error:
            raise Problem("input.invalid", message=str(error)) from error

    if len(inputs) == 1 and "name" not in inputs[0]:
        return stacked(inputs[0], elements)
    for name in (one["name"] for one in inputs):
        if not all(isinstance(element, dict) and name in element for element in elements):
            raise Problem("input.invalid", message=f"the tensor {name} is missing")
    return {one["name"]: stacked(one, [element[one["name"]] for element in elements]) for one in inputs}


def _column(kind: str, values: List[Any]) -> Any:
    import pandas

    try:
        if kind == "binary":
            return [None if value is None else base64.b64decode(value) for value in values]
        if kind == "datetime":
            return pandas.to_datetime(pandas.Series(values))
        if kind in _PANDAS and all(value is not None for value in values):
            return pandas.Series(values).astype(_PANDAS[kind])
    except (TypeError, ValueError) as error:
        raise Problem("input.invalid", message=str(error)) from error
    return values


def _rows(returned: Any, count: int) -> List[Any]:
    """The results of a model for each element: a row of a table, of an array, or of each of several arrays."""
    if hasattr(returned, "to_dict") and hasattr(returned, "columns"):
        records: List[Dict[Any, Any]] = returned.to_dict("records")
        # A table of one column is a list of values.
        return [next(iter(row.values())) if len(row) == 1 else _named(row) for row in records]
    if isinstance(returned, dict):
        parts = {name: _rows(value, count) for name, value in returned.items()}
        return [{str(name): values[at] for name, values in parts.items()} for at in range(count)]
    if hasattr(returned, "tolist"):
        plain = returned.tolist()
        return plain if isinstance(plain, list) else [plain]
    if isinstance(returned, list):
        return returned
    return [returned] if count == 1 else list(returned)


def _named(row: Dict[Any, Any]) -> Dict[str, Any]:
    return {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}

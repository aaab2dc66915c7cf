"""Imports the manifest's ``entry``."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

from .algorithm import Algorithm
from .release import Release

_SHIMS = Path(__file__).parent / "shims"


def loader_for(release: Release) -> Callable[[], Algorithm]:
    """Returns the function that loads a release's algorithm. It is called in the worker thread, because
    importing may take long.
    """

    def load() -> Algorithm:
        file, _, name = str(release.manifest["entry"]).partition(":")
        if release.manifest.get("form") == "onnx-model":
            from .onnx_model import OnnxModel

            return OnnxModel(release.root / file, release.root)
        if release.manifest.get("form") == "mlflow-model":
            from .mlflow_model import MlflowModel

            return MlflowModel((release.root / file).parent)
        is_cog = release.manifest.get("form") == "cog-package"
        if str(release.root) not in sys.path:
            sys.path.insert(0, str(release.root))
        if importlib.util.find_spec("cog") is None:
            sys.path.append(str(_SHIMS))
        module = _import(release.root, file)
        made = getattr(module, name or ("Predictor" if is_cog else "Algorithm"))
        is_function = release.manifest.get("form") == "python-function" and not _takes_list(made)
        if is_cog or is_function:
            from .cog_predictor import CogPredictor

            predictor = CogPredictor(made, release.root / file, name or "Predictor")
            predictor.on_config = _on_config_of(module)
            return predictor
        instance: Any = made() if isinstance(made, type) else _FunctionAlgorithm(made)
        algorithm = Algorithm(instance)
        algorithm.on_config = _on_config_of(instance) or _on_config_of(module)
        return algorithm

    return load


def _takes_list(function: Callable[..., Any]) -> bool:
    """Whether a function gets the list of all elements, as the method of a class does. Others get one at a time."""
    return next(iter(inspect.signature(function).parameters), None) == "input_data"


def _on_config_of(owner: Any) -> Any:
    """``on_config`` of an algorithm or of its module, if it has one."""
    found = getattr(owner, "on_config", None)
    return found if callable(found) else None


class _FunctionAlgorithm:
    """A plain function that gets all elements, instead of a class."""

    def __init__(self, predict: Callable[..., Any]) -> None:
        self.predict = predict


def _import(root: Path, file: str) -> ModuleType:
    path = (root / file).resolve()
    parts = Path(file).with_suffix("").parts
    if all(part.isidentifier() for part in parts):
        # Imported by its ordinary name, so that pickles that refer to the module can be read.
        return importlib.import_module(".".join(parts))
    spec = importlib.util.spec_from_file_location("vitrine_algorithm", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

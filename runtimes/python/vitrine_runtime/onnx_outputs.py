"""Converts the outputs of an ONNX model to the kinds of results that the stage shows."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, List, Optional, Sequence

from .tensors import number, shown_array

Output = Dict[str, Any]
_SMALLEST_PICTURE = 16


def shown_outputs(
    names: Sequence[str], values: Sequence[Any], labels: Optional[List[str]], top_k: int, sees: bool, stack: contextlib.ExitStack
) -> List[Output]:
    """The outputs of one element. ``sees`` tells that its input is a picture; ``stack`` ends when they are sent."""
    scores = [_scores(value, labels, sees) for value in values]
    if any(scores):
        # A classifier of scikit-learn also returns the label that has the best score.
        names, values, scores = _without_best(names, values, scores)
    shown: List[Output] = []
    for name, value, scored in zip(names, values, scores):
        if scored is not None:
            best = sorted(scored, key=lambda one: -float(one["score"] or 0))[:top_k]
            shown.append({"kind": "classification", "name": name, "data": best})
            continue
        picture = _picture(value) if sees else None
        if picture is not None:
            shown.append({"kind": "image", "name": name, "data": picture})
        elif isinstance(value, (list, dict)):
            shown.append({"kind": "json", "name": name, "data": value})
        else:
            output = stack.enter_context(shown_array(name, value))
            shown.append({"kind": "file", "name": name, "data": output["path"]} if "path" in output else output)
    return shown


def _without_best(names: Sequence[str], values: Sequence[Any], scores: List[Any]) -> Any:
    best = {name for value, scored in zip(values, scores) if scored for name in _best(value, scored)}
    kept = [at for at, value in enumerate(values) if scores[at] is not None or _label(value) not in best]
    return [names[at] for at in kept], [values[at] for at in kept], [scores[at] for at in kept]


def _best(value: Any, scored: List[Output]) -> List[str]:
    """The texts that may name the best class: its label, and its index if the scores are a tensor. For a tie, those of all."""
    highest = max(float(one["score"] or 0) for one in scored)
    places = [at for at, one in enumerate(scored) if float(one["score"] or 0) == highest]
    return [scored[at]["label"] for at in places] + ([] if isinstance(value, list) else list(map(str, places)))


def _label(value: Any) -> Optional[str]:
    """The label in an output of one integer or one text. None for anything else."""
    if getattr(value, "size", 0) != 1 or getattr(value, "dtype", None) is None or value.dtype.kind not in "iuOUS":
        return None
    (label,) = value.reshape(-1).tolist()
    return label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label)


def _scores(value: Any, labels: Optional[List[str]], sees: bool) -> Optional[List[Output]]:
    """The classes of one element with their scores. None for what does not look like scores."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return [{"label": str(key), "score": number(score)} for key, score in value[0].items()]
    shape = getattr(value, "shape", ())
    if getattr(value, "dtype", None) is None or value.dtype.kind != "f" or len(shape) < 1:
        return None
    if value.size != shape[-1] and not _is_flat(shape):
        return None
    flat = value.reshape(-1)
    if flat.size < 2:
        return None
    is_probability = bool(((flat >= 0) & (flat <= 1)).all()) and abs(float(flat.sum()) - 1) < 0.01
    is_named = labels is not None and len(labels) == flat.size
    if not (is_probability or is_named or (sees and len(shape) == 2)):
        return None
    if not is_probability:
        flat = _softmax(flat)
    words = labels if labels is not None and is_named else [str(at) for at in range(flat.size)]
    return [{"label": label, "score": number(score)} for label, score in zip(words, flat)]


def _is_flat(shape: Sequence[int]) -> bool:
    """Whether all dimensions but one have the length 1, as [1, 1000, 1, 1]."""
    return sum(1 for side in shape if side > 1) <= 1


def _softmax(flat: Any) -> Any:
    import numpy

    powers = numpy.exp(flat.astype(numpy.float64) - float(flat.max()))
    return powers / powers.sum()


def _picture(value: Any) -> Optional[Any]:
    """The pixels of a picture or a mask that a model makes of a picture. None for anything else."""
    import numpy

    shape = getattr(value, "shape", ())
    if len(shape) != 4 or shape[0] != 1 or value.dtype.kind not in "fu":
        return None
    pixels = value[0]
    if pixels.shape[0] in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.shape[2] not in (1, 3) or min(pixels.shape[:2]) < _SMALLEST_PICTURE:
        return None
    if pixels.dtype.kind == "f":
        low, high = float(numpy.nanmin(pixels)), float(numpy.nanmax(pixels))
        if low < -0.01 or high <= 1.5:
            # It is in -1 … 1 or 0 … 1, as its input may be.
            pixels = (pixels + 1) * 127.5 if low < -0.01 and high <= 1.5 else pixels * 255
        pixels = numpy.clip(numpy.nan_to_num(pixels), 0, 255)
    return numpy.ascontiguousarray(pixels.round().astype(numpy.uint8))

"""Objects of well-known libraries that people return: pictures, figures, arrays, tables, models.

No library is imported: an object of a library exists only if its module is loaded.
"""

from __future__ import annotations

import dataclasses
import io
import sys
import types
from typing import Any, Dict, List, Optional, Tuple

from .png import png_of

# An array with fewer rows or columns is treated as a matrix of numbers and not as a picture.
_SMALLEST_PICTURE = 16


def _is_a(value: Any, module: str, name: str) -> bool:
    """Whether a value is an object of a class of a module that is loaded."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def plain(value: Any) -> Any:
    """The value in plain Python types: converts a model, a dataclass, a generator, a table or a scalar array."""
    if isinstance(value, types.GeneratorType):
        return list(value)
    if _is_a(value, "pydantic", "BaseModel"):
        return value.model_dump() if hasattr(value, "model_dump") else value.dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if _is_a(value, "pandas", "DataFrame"):
        return {"kind": "table", "data": _table(value)}
    if _is_a(value, "pandas", "Series"):
        return plain(value.to_frame().reset_index())
    if is_array(value) and value.ndim == 0:
        return value.item()
    return value


def picture_of(value: Any) -> Optional[bytes]:
    """A picture as PNG. None for anything else."""
    if _is_a(value, "PIL.Image", "Image"):
        return _saved(value if value.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16") else value.convert("RGB"))
    if _is_a(value, "matplotlib.figure", "Figure"):
        return _drawn(value)
    if _is_a(value, "matplotlib.axes", "Axes"):
        return _drawn(value.figure)
    return _pixels(value) if is_array(value) else None


def _saved(image: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def _drawn(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return buffer.getvalue()


def is_array(value: Any) -> bool:
    """Whether a value is an array or tensor of a library."""
    return _is_a(value, "numpy", "ndarray") or _is_a(value, "torch", "Tensor")


def _pixels(array: Any) -> Optional[bytes]:
    """A picture of 8-bit numbers: rows × columns, with 1, 3 or 4 channels last, or first as torch has them."""
    if not str(array.dtype).endswith("uint8"):
        return None
    shape: Tuple[int, ...] = tuple(array.shape)
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        array = array.permute(1, 2, 0) if hasattr(array, "permute") else array.transpose(1, 2, 0)
        shape = tuple(array.shape)
    channels = shape[2] if len(shape) == 3 else 1
    if len(shape) not in (2, 3) or channels not in (1, 3, 4) or min(shape[:2]) < _SMALLEST_PICTURE:
        return None
    if hasattr(array, "detach"):
        array = array.detach().cpu().contiguous().numpy()
    return png_of(array.tobytes(), width=shape[1], height=shape[0], channels=channels)


def _table(frame: Any) -> Dict[str, Any]:
    columns = [{"name": str(name), "type": _column_type(frame.dtypes.iloc[place])} for place, name in enumerate(frame.columns)]
    return {"columns": columns, "rows": [[_cell(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]}


def _column_type(dtype: Any) -> str:
    if getattr(dtype, "kind", "") == "b":
        return "boolean"
    return "number" if getattr(dtype, "kind", "") in "iuf" and getattr(dtype, "kind", "") else "string"


def _cell(cell: Any) -> Any:
    value = cell.item() if hasattr(cell, "item") else cell
    # pandas has three values for "nothing": NaN, NaT and NA. None of them equals itself.
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    missing = _is_a(value, "pandas._libs.tslibs.nattype", "NaTType") or _is_a(value, "pandas._libs.missing", "NAType")
    return None if missing else str(value)


def pictures_in(value: Any) -> Optional[List[Tuple[Optional[str], bytes]]]:
    """The pictures of a list, or of a dict with their names. None if anything in it is not a picture."""
    if isinstance(value, (list, tuple)) and value:
        pictures = [(None, picture_of(item)) for item in value]
    elif isinstance(value, dict) and value:
        pictures = [(str(name), picture_of(item)) for name, item in value.items()]
    else:
        return None
    found = [(name, picture) for name, picture in pictures if picture is not None]
    return found if len(found) == len(pictures) else None

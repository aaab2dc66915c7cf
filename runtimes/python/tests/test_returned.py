"""Tests the conversion of objects of well-known libraries. Stand-ins have the names of the libraries' classes."""

import dataclasses
import json
import sys
import types
import unittest
import zlib
from pathlib import Path, PurePath
from typing import Any, Dict, Iterator, List, Optional, Union
from unittest import mock

from vitrine_runtime.outputs import encoded_outputs, outputs_of
from vitrine_runtime.png import png_of


def published(file: Union[PurePath, bytes]) -> Optional[Dict[str, Any]]:
    if isinstance(file, bytes):
        return {"kind": "image", "data": {"url": f"{len(file)}.png", "mime": "image/png"}}
    return {"kind": "file", "data": {"url": str(file), "mime": "text/plain"}}


def kinds(value: Any, declared: Optional[str] = None) -> List[Any]:
    return [(output["kind"], output.get("name")) for output in outputs_of(value, declared, published)]


class Image:
    """A stand-in for ``PIL.Image.Image``."""

    mode = "RGB"

    def __init__(self, mode: str = "RGB") -> None:
        self.mode = mode

    def convert(self, mode: str) -> "Image":
        return Image(mode)

    def save(self, buffer: Any, format: str) -> None:
        buffer.write(f"{format} {self.mode}".encode())


class Figure:
    """A stand-in for ``matplotlib.figure.Figure``."""

    def savefig(self, buffer: Any, format: str, bbox_inches: str) -> None:
        buffer.write(b"figure")


class Array:
    """A stand-in for ``numpy.ndarray`` of bytes."""

    def __init__(self, shape: Any, dtype: str = "uint8") -> None:
        self.shape, self.dtype, self.ndim = shape, dtype, len(shape)

    def transpose(self, *axes: int) -> "Array":
        return Array(tuple(self.shape[axis] for axis in axes), self.dtype)

    def tobytes(self) -> bytes:
        size = 1
        for length in self.shape:
            size *= length
        return bytes(size)

    def tolist(self) -> List[int]:
        return [1, 2]

    def item(self) -> int:
        return 7


@dataclasses.dataclass
class Scored:
    label: str
    score: float


def library(module: str, **names: Any) -> Any:
    made = types.ModuleType(module)
    for name, value in names.items():
        setattr(made, name, value)
    return mock.patch.dict(sys.modules, {module: made})


class Returned(unittest.TestCase):
    def test_a_picture_a_list_of_them_and_a_dict_with_their_names_are_pictures(self) -> None:
        with library("PIL.Image", Image=Image):
            self.assertEqual(kinds(Image()), [("image", None)])
            self.assertEqual(kinds([Image(), Image("CMYK")]), [("image", None), ("image", None)])
            self.assertEqual(kinds({"mask": Image(), "edges": Image()}), [("image", "mask"), ("image", "edges")])

    def test_a_class_of_that_name_is_nothing_special_if_the_library_is_not_loaded(self) -> None:
        with mock.patch.dict(sys.modules, {"PIL.Image": None}):
            self.assertEqual(kinds(Image()), [("json", None)])

    def test_a_figure_is_a_picture(self) -> None:
        with library("matplotlib.figure", Figure=Figure):
            self.assertEqual(kinds(Figure()), [("image", None)])

    def test_an_array_of_bytes_in_the_form_of_a_picture_is_one_and_others_are_numbers(self) -> None:
        with library("numpy", ndarray=Array):
            for shape in ((32, 40), (32, 40, 3), (32, 40, 4), (3, 32, 40)):
                self.assertEqual(kinds(Array(shape)), [("image", None)], shape)
            for array in (Array((2, 2)), Array((32, 40), "float32"), Array((32, 40, 5)), Array((4, 32, 40, 3))):
                self.assertEqual(kinds(array), [("json", None)], array.shape)
            self.assertEqual(kinds(Array(())), [("number", None)])

    def test_an_array_of_a_declared_kind_stays_as_it_is(self) -> None:
        with library("numpy", ndarray=Array):
            array = Array((32, 40))
            self.assertEqual(outputs_of(array, "depth", published), [{"kind": "depth", "data": array}])

    def test_an_array_inside_a_kind_that_was_declared_or_stated_keeps_its_numbers(self) -> None:
        def data(value: Any, declared: Optional[str] = None) -> Any:
            return json.loads(encoded_outputs(value, declared, published))[0]["data"]

        with library("numpy", ndarray=Array), library("PIL.Image", Image=Image):
            array = Array((32, 40))
            self.assertEqual(data({"kind": "depth", "data": {"map": array}}), {"map": [1, 2]})
            self.assertEqual(data([{"kind": "depth", "data": {"map": array}}]), {"map": [1, 2]})
            self.assertEqual(data({"map": array}, "depth"), {"map": [1, 2]})
            self.assertEqual(data(array, "json"), [1, 2])
            drawn = {"url": mock.ANY, "mime": "image/png"}
            self.assertEqual(data({"kind": "image", "data": array}), drawn)
            self.assertEqual(data({"score": 1, "mask": array}), {"score": 1, "mask": drawn})
            self.assertEqual(data({"kind": "depth", "data": {"map": Image("L")}}), {"map": drawn})

    def test_dataclasses_and_generators_are_what_they_contain(self) -> None:
        def two() -> Iterator[Scored]:
            yield Scored("a", 0.9)
            yield Scored("b", 0.1)

        expected = [{"label": "a", "score": 0.9}, {"label": "b", "score": 0.1}]
        self.assertEqual(outputs_of(two(), None, published), [{"kind": "classification", "data": expected}])

    def test_models_of_pydantic_are_what_they_contain(self) -> None:
        class BaseModel:
            def model_dump(self) -> Dict[str, Any]:
                return {"label": "a", "score": 1.0}

        with library("pydantic", BaseModel=BaseModel):
            self.assertEqual(kinds([BaseModel(), BaseModel()]), [("classification", None)])

    def test_several_paths_are_several_files(self) -> None:
        self.assertEqual(kinds([Path("/a"), Path("/b")]), [("file", None), ("file", None)])

    def test_a_png_has_the_pixels_that_were_given(self) -> None:
        pixels = bytes(range(24))
        data = png_of(pixels, width=4, height=2, channels=3)
        start = data.index(b"IDAT") + 4
        length = int.from_bytes(data[start - 8 : start - 4], "big")
        self.assertEqual(zlib.decompress(data[start : start + length]), b"\0" + pixels[:12] + b"\0" + pixels[12:])


if __name__ == "__main__":
    unittest.main()

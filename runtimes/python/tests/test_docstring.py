"""Tests reading the descriptions of arguments in docstrings."""

import unittest

from vitrine_runtime.docstring import argument_words
from vitrine_runtime.describe import describe

GOOGLE = """Finds faces.

Args:
    image (str): The picture,
        as a path.
    threshold: The least score.

Returns:
    list: faces
"""
NUMPY = """Finds faces.

Parameters
----------
image : str
    The picture.
threshold : float, optional
    The least score,
    from 0 to 1.

Returns
-------
faces : list
"""
SPHINX = """Finds faces.

:param str image: The picture.
:param threshold: The least score.
:type threshold: float
:return: faces
"""


class Docstrings(unittest.TestCase):
    def test_each_style_names_the_arguments_with_type_and_words(self) -> None:
        self.assertEqual(
            argument_words(GOOGLE), {"image": ("str", "The picture, as a path."), "threshold": (None, "The least score.")}
        )
        self.assertEqual(
            argument_words(NUMPY),
            {"image": ("str", "The picture."), "threshold": ("float, optional", "The least score, from 0 to 1.")},
        )
        self.assertEqual(
            argument_words(SPHINX), {"image": ("str", "The picture."), "threshold": ("float", "The least score.")}
        )

    def test_a_text_without_arguments_says_nothing(self) -> None:
        for text in (None, "", "Finds faces.", "Args:\n"):
            self.assertEqual(argument_words(text), {})

    def test_a_type_of_the_docstring_counts_where_there_is_no_hint(self) -> None:
        source = f'def predict(image, threshold=0.5):\n    """{NUMPY}"""\n'
        described = describe(source, "predict")
        self.assertEqual(described["input"]["type"], "string")
        self.assertEqual(described["parameters"]["properties"]["threshold"]["type"], "number")

    def test_constants_and_enums_of_the_module_are_choices(self) -> None:
        source = (
            "import enum\nSIZES = ['s', 'm']\nMODELS = {'a': 1, 'b': 2}\n"
            "class Mode(enum.Enum):\n    FAST = 'fast'\n    EXACT = 'exact'\n"
            "def predict(text: str, size: str = Input(choices=SIZES, default=SIZES_DEFAULT), model: str = "
            "Input(choices=list(MODELS.keys()), default='a'), mode: Mode = Mode.EXACT): ..."
        )
        properties = describe(source, "predict")["parameters"]["properties"]
        self.assertEqual(properties["size"], {"type": "string", "enum": ["s", "m"], "x-order": 0})
        self.assertEqual(properties["model"]["enum"], ["a", "b"])
        self.assertEqual(properties["mode"], {"type": "string", "enum": ["fast", "exact"], "default": "exact", "x-order": 2})

    def test_pictures_and_bytes_are_files(self) -> None:
        described = describe("def predict(photo: Image.Image, recording: bytes = None): ...", "predict")
        self.assertEqual(described["input"]["properties"]["photo"]["x-kind"], "image")
        self.assertEqual(described["input"]["properties"]["recording"]["x-kind"], "file")


if __name__ == "__main__":
    unittest.main()

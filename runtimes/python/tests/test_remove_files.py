"""Tests how the files of a request are removed when it has ended."""

import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from vitrine_runtime.left_files import remove_files


class Removing(unittest.TestCase):
    def test_what_cannot_be_removed_is_told_and_the_rest_is_removed(self) -> None:
        """An exception would leave the request, and all that ended with it, without an answer."""
        with tempfile.TemporaryDirectory() as folder:
            second = Path(folder) / "second.png"
            second.touch()
            with mock.patch("sys.__stderr__", io.StringIO()) as told:
                remove_files([Path("/proc/self/status"), second])
            self.assertIn("/proc/self/status", told.getvalue())
            self.assertFalse(second.exists())

    def test_a_folder_that_the_algorithm_has_made_of_a_file_is_removed_too(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "input.png"
            made.mkdir()
            (made / "part").touch()
            remove_files([made, Path(folder) / "gone.png"])
            self.assertFalse(made.exists())


if __name__ == "__main__":
    unittest.main()

"""Errors of the algorithm in the log."""

import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from vitrine_runtime import loading
from vitrine_runtime.tracebacks import print_error


def logged_for(source: str) -> str:
    """What the log says of an algorithm that cannot be imported."""
    with tempfile.TemporaryDirectory() as folder, patch.object(sys, "path", [folder, *sys.path]):
        (Path(folder) / "cannot_start.py").write_text(source)
        with patch("sys.__stderr__", new_callable=io.StringIO) as log:
            try:
                loading._import(Path(folder), "cannot_start.py")
            except Exception as error:
                # Without the frame of this test, as a thread of the runtime catches it.
                print_error(error.with_traceback(error.__traceback__ and error.__traceback__.tb_next))
            return log.getvalue()


class InTheLog(unittest.TestCase):
    def test_a_traceback_begins_in_the_code_of_the_algorithm(self) -> None:
        lines = logged_for("def read():\n    open('/data/none.json')\n\n\nread()\n").splitlines()
        files = [line.split('"')[1] for line in lines if line.startswith("  File ")]
        self.assertEqual([Path(file).name for file in files], ["cannot_start.py", "cannot_start.py"])
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertIn("FileNotFoundError", lines[-1])

    def test_an_error_without_code_of_the_algorithm_keeps_its_whole_traceback(self) -> None:
        said = logged_for("def read(:\n")
        self.assertIn("loading.py", said)
        self.assertIn("SyntaxError", said)


if __name__ == "__main__":
    unittest.main()

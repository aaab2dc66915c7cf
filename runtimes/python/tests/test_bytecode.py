"""Tests what an instance compiles and keeps at its first start."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar, List, Set

RUNTIME = Path(__file__).parents[1]
IMPORTS = "import sys; sys.path.insert(0, '.'); import vitrine_runtime.app, own_part"


class WhereCompiledModulesAreKept(unittest.TestCase):
    """One release. Python itself, a first and a second instance of it are started."""

    release: ClassVar[Path]
    kept: ClassVar[Path]
    first: ClassVar[Set[str]]
    second: ClassVar[List[str]]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        root = Path(folder.name).resolve()
        cls.release, cls.kept = root / "release", root / "work" / "pycache"
        (cls.release / "own_part").mkdir(parents=True)
        (cls.release / "own_part" / "__init__.py").write_text("from . import deeper\n")
        (cls.release / "own_part" / "deeper.py").write_text("import colorsys\n")
        (cls.release / "vitrine.json").write_text(json.dumps({"manifest": {}}))
        cls.run_python("pass")
        of_python = cls.kept_sources()
        cls.run_python(IMPORTS)
        cls.first = cls.kept_sources() - of_python
        cls.second = cls.run_python(IMPORTS, "-v").splitlines()

    @classmethod
    def run_python(cls, code: str, *options: str) -> str:
        """Runs code in the environment of an instance and returns its output."""
        env = {
            "PATH": os.defpath,
            "PYTHONPATH": str(RUNTIME),
            "PYTHONPYCACHEPREFIX": str(cls.kept),
            "VITRINE_RELEASE_FILE": str(cls.release / "vitrine.json"),
        }
        run = [sys.executable, *options, "-c", code]
        return subprocess.run(run, cwd=cls.release, env=env, capture_output=True, text=True, check=True).stderr

    @classmethod
    def kept_sources(cls) -> Set[str]:
        """Returns the files whose compiled form is kept."""
        return {"/" + str(path.relative_to(cls.kept)) for path in cls.kept.rglob("*.pyc")}

    def test_what_is_installed_is_not_compiled_again(self) -> None:
        apart = (str(RUNTIME / "vitrine_runtime"), str(self.release))
        self.assertEqual([path for path in self.first if not path.startswith(apart)], [])

    def test_the_runtime_and_the_release_are_kept_where_the_instance_may_write(self) -> None:
        names = {path.rsplit("/", 1)[1].split(".")[0] for path in self.first}
        self.assertLessEqual({"app", "service", "deeper"}, names)
        self.assertEqual(list(self.release.rglob("__pycache__")), [])

    def test_the_second_start_takes_what_the_first_has_kept(self) -> None:
        told = [line for line in self.second if "own_part" in line]
        self.assertTrue(any(line.startswith("# code object from") for line in told), told)
        self.assertFalse(any(line.startswith("# wrote") for line in told), told)


if __name__ == "__main__":
    unittest.main()

"""Tests what a package sees of the settings that all services share."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

_RUNTIME = Path(__file__).resolve().parent.parent


class SharedConfigTest(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = Path(place.name)
        self.write("shared/common.py", "LOG_LEVEL = 'INFO'\nWHOSE = 'shared'\n")
        self.write("shared/ports.py", "SERVICE_PORTS = {'demo': 8001}\n")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    def run_main(self, text: str, *path: str) -> str:
        self.write("package/main.py", text)
        places = [str(_RUNTIME), *(str(self.root / part) for part in path)]
        result = subprocess.run(
            [sys.executable, "main.py"],
            cwd=self.root / "package",
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(places),
                "PYTHONDONTWRITEBYTECODE": "1",
                "VITRINE_CONFIG_DIR": str(self.root / "shared"),
            },
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.stderr, "")
        return result.stdout.strip()

    def test_a_package_without_settings_of_its_own_imports_the_shared_ones(self) -> None:
        said = self.run_main("from config.common import LOG_LEVEL\nimport config.ports\nprint(LOG_LEVEL, config.ports.SERVICE_PORTS)")
        self.assertEqual(said, "INFO {'demo': 8001}")

    def test_config_py_stays_the_module_config_and_may_itself_import_the_shared_settings(self) -> None:
        self.write("package/config.py", "from config.common import LOG_LEVEL\nOWN = LOG_LEVEL + '!'\n")
        said = self.run_main("import config\nfrom config import OWN\nfrom config.ports import SERVICE_PORTS\nprint(OWN, config.__file__.endswith('config.py'), len(SERVICE_PORTS))")
        self.assertEqual(said, "INFO! True 1")

    def test_a_name_of_config_py_is_not_replaced_by_a_shared_module(self) -> None:
        self.write("package/config.py", "common = 'mine'\n")
        self.assertEqual(self.run_main("from config import common\nprint(common)"), "mine")

    def test_a_folder_config_comes_first_with_and_without_init(self) -> None:
        self.write("package/config/common.py", "WHOSE = 'own'\n")
        main = "from config.common import WHOSE\nfrom config.ports import SERVICE_PORTS\nprint(WHOSE, len(SERVICE_PORTS))"
        self.assertEqual(self.run_main(main), "own 1")
        self.write("package/config/__init__.py", "")
        self.assertEqual(self.run_main(main), "own 1")

    def test_an_installed_config_keeps_its_meaning(self) -> None:
        self.write("installed/config/__init__.py", "NAME = 'installed'\n")
        self.assertEqual(self.run_main("import config\nprint(config.NAME)", "installed"), "installed")

    def test_a_module_that_is_missing_is_missing(self) -> None:
        main = "try:\n    import config.nothing\nexcept ModuleNotFoundError as error:\n    print(error.name)"
        self.assertEqual(self.run_main(main), "config.nothing")

    def test_another_sitecustomize_runs_too(self) -> None:
        self.write("other/sitecustomize.py", "import builtins\nbuiltins.other_ran = True\n")
        self.assertEqual(self.run_main("print(other_ran)", "other"), "True")


if __name__ == "__main__":
    unittest.main()

"""Where compiled modules are kept: ``PYTHONPYCACHEPREFIX`` holds for the runtime and the release alone.

Beside these an instance may not write. What is installed was compiled when it was installed, and Python would not look there:
the first start of each service would compile FastAPI, and whatever its algorithm imports, once more, and keep it once more.
"""

import sys

# Before anything else is imported.
_PREFIX, sys.pycache_prefix = sys.pycache_prefix, None

import os
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType
from typing import Optional


class _Loader(SourceFileLoader):
    """Keeps under the prefix what it compiles."""

    def get_code(self, fullname: str) -> Optional[CodeType]:
        sys.pycache_prefix = _PREFIX
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = None


def compile_apart() -> None:
    """Has what is imported from now on kept where it belongs. Does nothing where there is no prefix."""
    if _PREFIX is None:
        return
    installed = Path(sys.prefix).resolve()
    release = Path(os.environ.get("VITRINE_RELEASE_FILE", "vitrine.json")).resolve().parent
    apart = (Path(__file__).resolve().parents[1], release)

    def finder(entry: str) -> FileFinder:
        """For ``sys.path_hooks``: a refusal leaves the folder to the finders of others."""
        path = Path(entry or ".").resolve()
        around = (path, *path.parents)
        if installed in around or not any(folder in around for folder in apart) or not path.is_dir():
            raise ImportError(entry)
        return FileFinder(entry, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Loader, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()

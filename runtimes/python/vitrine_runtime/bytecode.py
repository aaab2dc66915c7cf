"""Where compiled modules are kept: ``PYTHONPYCACHEPREFIX`` applies only to the runtime and the release.

An instance may not write beside those files. Installed packages were compiled when they were installed, but
with the prefix Python would not look there. The first start of each service would compile Starlette and
everything that its algorithm imports again, and store it again.
"""

import sys

# This must run before anything else is imported.
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
    """Keeps compiled modules under the prefix."""

    def get_code(self, fullname: str) -> Optional[CodeType]:
        sys.pycache_prefix = _PREFIX
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = None


def compile_apart() -> None:
    """Makes later imports keep compiled modules in the right place. Does nothing if there is no prefix."""
    if _PREFIX is None:
        return
    installed = Path(sys.prefix).resolve()
    release = Path(os.environ.get("VITRINE_RELEASE_FILE", "vitrine.json")).resolve().parent
    apart = (Path(__file__).resolve().parents[1], release)

    def finder(entry: str) -> FileFinder:
        """For ``sys.path_hooks``: an ImportError leaves the folder to other finders."""
        path = Path(entry or ".").resolve()
        around = (path, *path.parents)
        if installed in around or not any(folder in around for folder in apart) or not path.is_dir():
            raise ImportError(entry)
        return FileFinder(entry, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Loader, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()

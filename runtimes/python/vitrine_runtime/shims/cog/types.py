"""The types under the name by which predictors of all versions import them."""

from . import AsyncConcatenateIterator, ConcatenateIterator, File, Path, Secret

__all__ = ["AsyncConcatenateIterator", "ConcatenateIterator", "File", "Path", "Secret", "Weights"]

Weights = Path

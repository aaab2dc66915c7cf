"""The features of a text: runs of one to three Chinese characters, English words, and the beginnings of those words."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_RUN = 3
"""Chinese has no spaces. Most words have one to three characters, so all runs up to this length are features."""

STEM_LENGTH = 5
"""The first letters of a long English word are also a feature, so that "trained" counts for "training"."""

_RUN = re.compile(r"[\u4e00-\u9fff]+|[A-Za-z][A-Za-z'’-]*")

_TOO_COMMON = frozenset(
    "a an the of to in on at by for from with and or but as is are was were be been it its this that these those "
    "he she they we you i his her their our your my who which will would can may must not no so than then there "
    "has have had do does did up out into over after before when while if about more most very".split()
)


class Feature(NamedTuple):
    """One feature in a text, from `start` to `end` (offsets in characters)."""

    name: str
    start: int
    end: int


def features(text: str) -> Iterator[Feature]:
    """All features of a text in any order. A feature may occur several times."""
    for run in _RUN.finditer(text):
        if run.group()[0].isascii():
            yield from _of_word(run.group().lower(), run.start(), run.end())
        else:
            yield from _of_chinese(run.group(), run.start())


def _of_word(word: str, start: int, end: int) -> Iterator[Feature]:
    if word in _TOO_COMMON:
        return
    yield Feature(word, start, end)
    if len(word) >= STEM_LENGTH:
        yield Feature(word[:STEM_LENGTH] + "…", start, end)


def _of_chinese(run: str, offset: int) -> Iterator[Feature]:
    for length in range(1, LONGEST_RUN + 1):
        for start in range(len(run) - length + 1):
            yield Feature(run[start : start + length], offset + start, offset + start + length)

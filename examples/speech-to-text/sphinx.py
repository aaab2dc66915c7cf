"""The speech decoder PocketSphinx, called in its C library: Debian 13 has the library and its models, but no Python binding."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

MODEL = Path("/usr/share/pocketsphinx/model/en-us")
SAMPLE_RATE = 16_000
"""Samples a second of the decoder's input: 16-bit signed, one channel."""

FRAMES_PER_SECOND = 100
FREE_SPEECH = "free"

_POINTERS = {
    "ps_args": [],
    "cmd_ln_parse_r": [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32],
    "ps_init": [ctypes.c_void_p],
    "ps_get_logmath": [ctypes.c_void_p],
    "ps_seg_iter": [ctypes.c_void_p],
    "ps_seg_next": [ctypes.c_void_p],
}
_NUMBERS = {
    "ps_start_utt": [ctypes.c_void_p],
    "ps_end_utt": [ctypes.c_void_p],
    "ps_process_raw": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int],
    "ps_set_jsgf_file": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p],
    "ps_set_search": [ctypes.c_void_p, ctypes.c_char_p],
    "ps_seg_prob": [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p],
}


class NotInstalled(RuntimeError):
    """A system package that the service needs is missing; the message names it."""


class Word(NamedTuple):
    """A recognised word, from `start` to `end` in seconds of the decoded sound. `score` is 0 … 1."""

    text: str
    start: float
    end: float
    score: float


class Decoder:
    """One decoder with its model in memory (about 0.1 GB). Only one thread may use it at a time."""

    def __init__(self, grammars: Path, options: dict[str, str]) -> None:
        """Loads the model and all grammars (`*.gram`) of a folder. Raises `NotInstalled`."""
        self._library = _load_library()
        arguments = {
            "-hmm": str(MODEL / "en-us"),
            "-dict": str(MODEL / "cmudict-en-us.dict"),
            "-lm": str(MODEL / "en-us.lm.bin"),
            "-logfn": "/dev/null",
            **options,
        }
        words = [b"vitrine", *(text.encode() for pair in arguments.items() for text in pair)]
        # The library keeps pointers to these, so they must live as long as the decoder.
        self._arguments = (ctypes.c_char_p * len(words))(*words)
        configuration = self._library.cmd_ln_parse_r(
            None, self._library.ps_args(), len(words), ctypes.cast(self._arguments, ctypes.c_void_p), 1
        )
        self._decoder = self._library.ps_init(configuration) if configuration else None
        if not self._decoder:
            raise RuntimeError("PocketSphinx does not start with these options")
        for grammar in sorted(grammars.glob("*.gram")):
            if self._library.ps_set_jsgf_file(self._decoder, grammar.stem.encode(), str(grammar).encode()) != 0:
                raise RuntimeError(f"{grammar} is no grammar")

    def listen_for(self, vocabulary: str) -> None:
        """Sets the vocabulary: `FREE_SPEECH`, or the name of a grammar."""
        name = "_default" if vocabulary == FREE_SPEECH else vocabulary
        if self._library.ps_set_search(self._decoder, name.encode()) != 0:
            raise ValueError(f"there is no vocabulary {vocabulary}")

    def decode(self, samples: bytes) -> list[Word]:
        """The words of one stretch of speech, without silences and noises."""
        with self._utterance():
            self._library.ps_process_raw(self._decoder, samples, len(samples) // 2, 0, 1)
        return [word for word in self._segments() if word.text and word.text[0] not in "<[+"]

    @contextmanager
    def _utterance(self) -> Iterator[None]:
        if self._library.ps_start_utt(self._decoder) != 0:
            raise RuntimeError("PocketSphinx does not listen")
        try:
            yield
        finally:
            self._library.ps_end_utt(self._decoder)

    def _segments(self) -> Iterator[Word]:
        logmath = self._library.ps_get_logmath(self._decoder)
        first, last = ctypes.c_int(), ctypes.c_int()
        segment = self._library.ps_seg_iter(self._decoder)
        while segment:
            # Pronunciations other than the first are numbered: "to(2)".
            text = self._library.ps_seg_word(segment).decode().partition("(")[0]
            self._library.ps_seg_frames(segment, ctypes.byref(first), ctypes.byref(last))
            probability = self._library.logmath_exp(logmath, self._library.ps_seg_prob(segment, None, None, None))
            start, end = first.value / FRAMES_PER_SECOND, (last.value + 1) / FRAMES_PER_SECOND
            yield Word(text, start, end, min(1.0, probability))
            segment = self._library.ps_seg_next(segment)


def _load_library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libpocketsphinx.so.3")
    except OSError as error:
        raise NotInstalled(
            "缺少系统软件包 pocketsphinx（sudo apt-get install pocketsphinx）；"
            "the system package pocketsphinx is missing: sudo apt-get install pocketsphinx"
        ) from error
    if not (MODEL / "en-us.lm.bin").exists():
        raise NotInstalled(
            "缺少系统软件包 pocketsphinx-en-us（sudo apt-get install pocketsphinx-en-us）；"
            "the system package pocketsphinx-en-us is missing: sudo apt-get install pocketsphinx-en-us"
        )
    for name, arguments in _POINTERS.items():
        getattr(library, name).argtypes, getattr(library, name).restype = arguments, ctypes.c_void_p
    for name, arguments in _NUMBERS.items():
        getattr(library, name).argtypes, getattr(library, name).restype = arguments, ctypes.c_int
    library.ps_seg_word.argtypes, library.ps_seg_word.restype = [ctypes.c_void_p], ctypes.c_char_p
    library.ps_seg_frames.argtypes, library.ps_seg_frames.restype = [ctypes.c_void_p] * 3, None
    library.logmath_exp.argtypes, library.logmath_exp.restype = [ctypes.c_void_p, ctypes.c_int], ctypes.c_double
    return library

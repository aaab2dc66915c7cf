"""Reads recordings of any format that ffmpeg knows, divided into stretches of speech at the pauses."""

import math
import shutil
import subprocess
import tempfile
from array import array
from collections.abc import Iterator
from operator import mul
from typing import BinaryIO, NamedTuple

from sphinx import SAMPLE_RATE, NotInstalled

FRAME = SAMPLE_RATE // 100
"""Samples in a hundredth of a second. The loudness is measured for each such frame."""

MARGIN = 0.25
"""Seconds of silence kept around speech, because soft beginnings and ends of words are as quiet as a pause."""

LONGEST = 20.0
"""Seconds after which speech without a pause is divided at its quietest place."""

ABOVE_NOISE = 3.0
"""Sound that is this many times as loud as the quiet places is speech."""

BELOW_PEAK = 0.1
"""Above this part of the greatest loudness, sound is always speech: a recording may have no quiet place."""

QUIETEST_SPEECH = 90.0
"""Sound below this loudness (root mean square of 16-bit samples) is never speech."""


ONLY_FILES = ("-protocol_whitelist", "file")
"""A recording can refer to other files, even in the network, so only local files may be opened."""


class Stretch(NamedTuple):
    """Samples (16-bit, one channel) that begin at `start` seconds of the recording."""

    start: float
    samples: bytes

    @property
    def end(self) -> float:
        """Seconds from the start of the recording."""
        return self.start + len(self.samples) / 2 / SAMPLE_RATE


def require_ffmpeg() -> None:
    """Raises `NotInstalled`."""
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        raise NotInstalled(
            "缺少系统软件包 ffmpeg（sudo apt-get install ffmpeg）；"
            "the system package ffmpeg is missing: sudo apt-get install ffmpeg"
        )


def duration(path: str) -> float | None:
    """The duration in seconds that the file states. None if it states none."""
    command = ["ffprobe", "-v", "error", *ONLY_FILES, "-show_entries", "format=duration", "-of", "default=nw=1:nk=1"]
    command.append(f"file:{path}")
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False).stdout
    try:
        return float(said)
    except ValueError:
        return None


def stretches(path: str, pause: float) -> Iterator[Stretch]:
    """
    Yields the stretches of speech in a recording while it is read. Closing the generator ends the reading.
    A silence of `pause` seconds ends a stretch. Raises `ValueError` if the file has no readable sound.
    """
    command = ["ffmpeg", "-v", "error", "-nostdin", *ONLY_FILES, "-i", f"file:{path}", "-map", "0:a:0"]
    command += ["-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "-"]
    # A file and not a pipe: ffmpeg would stop when it writes many errors to a pipe that nobody
    # reads.
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints) as reader,
    ):
        try:
            yield from _cut(reader.stdout, pause)
            if reader.wait() != 0:
                complaints.seek(0)
                first = complaints.readline(500).decode(errors="replace").strip()
                raise ValueError(f"没有可以读取的声音 / no sound that can be read: {first}")
        finally:
            reader.kill()


def _cut(source: BinaryIO, pause: float) -> Iterator[Stretch]:
    samples, loudness, start, floor, peak = bytearray(), [], 0, math.inf, 0.0
    threshold = QUIETEST_SPEECH
    while block := source.read(FRAME * 2 * 50):
        samples += block
        for index in range(len(loudness), len(samples) // (FRAME * 2)):
            loudness.append(_loudness(samples[index * FRAME * 2 : (index + 1) * FRAME * 2]))
        if loudness:
            quiet = sorted(loudness)[len(loudness) // 10]
            floor = quiet if floor == math.inf else 0.8 * floor + 0.2 * quiet
            peak = max(peak, *loudness)
            threshold = max(QUIETEST_SPEECH, min(ABOVE_NOISE * floor, BELOW_PEAK * peak))
        while (end := _end_of_stretch(loudness, threshold, pause)) is not None:
            stretch = _trimmed(samples, loudness[:end], start, threshold)
            del samples[: end * FRAME * 2], loudness[:end]
            start += end
            if stretch:
                yield stretch
    rest = _trimmed(samples, loudness, start, threshold)
    if rest:
        yield rest


def _loudness(samples: bytearray) -> float:
    values = array("h", bytes(samples))
    return math.sqrt(sum(map(mul, values, values)) / len(values))


def _end_of_stretch(loudness: list[float], threshold: float, pause: float) -> int | None:
    """The frame at which a stretch has ended, or None if it continues."""
    length, heard, quiet = round(pause * 100), False, 0
    for index, level in enumerate(loudness):
        quiet = 0 if level > threshold else quiet + 1
        heard = heard or level > threshold
        if quiet >= length:
            return index + 1 - length // 2 if heard else index + 1
    if len(loudness) < LONGEST * 100:
        return None
    last = loudness[len(loudness) // 2 :]
    return len(loudness) // 2 + last.index(min(last)) + 1


def _trimmed(samples: bytearray, loudness: list[float], start: int, threshold: float) -> Stretch | None:
    loud = [index for index, level in enumerate(loudness) if level > threshold]
    # A click is shorter than any word.
    if len(loud) < 5:
        return None
    margin = round(MARGIN * 100)
    first, last = max(0, loud[0] - margin), min(len(loudness), loud[-1] + 1 + margin)
    return Stretch((start + first) / 100, bytes(samples[first * FRAME * 2 : last * FRAME * 2]))

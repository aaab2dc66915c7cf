"""
Measures the quality that algorithm.yaml states, on the recordings in `held_out/transcripts.txt`. They were not used for
training or tuning: the models and the options are Debian's. Run: `PYTHONPATH=<runtimes>/python python3 evaluate.py …`

- `record` listens to everything with both searches, which takes minutes, and keeps the words in `held_out/heard.json`.
- `count` counts the errors in the words that are kept.
- `check N` listens to the first N recordings again, and lists those in which it hears other words than the kept ones. Only
  the first ones can be repeated: the decoder adapts to a voice, so what it hears depends a little on what it heard before.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ai_algorithm import SEARCHES, Algorithm
from recording import duration

HELD_OUT = Path(__file__).parent / "held_out"
HEARD = HELD_OUT / "heard.json"

Heard = dict[str, str]
"""The words that were heard in each recording, by its file."""


class Recording(NamedTuple):
    """A recording: its file in `held_out`, the vocabulary of the decoder, and the spoken words."""

    file: str
    vocabulary: str
    words: str

    @property
    def part(self) -> str:
        """Telephone recordings, other free speech, or speech with a grammar."""
        if self.vocabulary != "free":
            return "grammar"
        return "telephone" if self.file.endswith(".g722") else "free"


def recordings() -> list[Recording]:
    lines = (HELD_OUT / "transcripts.txt").read_text(encoding="utf-8").splitlines()
    return [Recording(*line.split("\t")) for line in lines if not line.startswith("#")]


def listen(which: list[Recording]) -> dict[str, Heard]:
    """What is heard in these recordings, by the search. The searches run at once."""
    algorithm = Algorithm()
    algorithm.setup()

    def with_search(search: str) -> Heard:
        heard, begun = {}, time.thread_time()
        for file, vocabulary, _ in which:
            outputs = list(algorithm.predict([str(HELD_OUT / file)], vocabulary=vocabulary, search=search))[-1]
            heard[file] = outputs[0]["data"]["text"]
        print(f"{search}: {time.thread_time() - begun:.1f} s of the processor", file=sys.stderr)
        return heard

    with ThreadPoolExecutor() as pool:
        return dict(zip(SEARCHES, pool.map(with_search, SEARCHES), strict=True))


def count(heard: Heard) -> dict[str, dict[str, int]]:
    """
    Counts the spoken words and the word errors (inserted, deleted or replaced words), of which the quotient is the word
    error rate, for each part of the recordings.
    """
    counts = {part: {"recordings": 0, "words": 0, "errors": 0} for part in ("telephone", "free", "grammar")}
    for recording in recordings():
        sums = counts[recording.part]
        sums["recordings"] += 1
        sums["words"] += len(recording.words.split())
        sums["errors"] += edits(recording.words.split(), heard[recording.file].split())
    return counts


def edits(said: list[str], heard: list[str]) -> int:
    """The smallest number of inserted, deleted or replaced words between the two (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(said, 1):
        before, row[0] = row[0], index
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


def kept() -> dict[str, Heard]:
    return json.loads(HEARD.read_text(encoding="utf-8"))


def check(number: int) -> list[str]:
    """Those of the first `number` recordings in which something else is heard than what is kept."""
    before = kept()
    now = listen(recordings()[:number])
    return [f"{search} {file}" for search in SEARCHES for file in now[search] if now[search][file] != before[search][file]]


def record() -> str:
    HEARD.write_text(json.dumps(listen(recordings()), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    seconds = sum(duration(str(HELD_OUT / file)) or 0.0 for file, *_ in recordings())
    return f"{seconds:.1f} s of recordings"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["record"]:
            result = record()
        case ["count"]:
            result = {search: count(heard) for search, heard in kept().items()}
        case ["check", number]:
            result = check(int(number))
        case _:
            sys.exit(__doc__)
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()

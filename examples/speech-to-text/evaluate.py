"""
Measures the quality that algorithm.yaml states, on the recordings in `held_out/transcripts.txt`. They were not used for
training or tuning: the models and the options are Debian's. Run: `PYTHONPATH=<runtimes>/python python3 evaluate.py`.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ai_algorithm import SEARCHES, Algorithm
from recording import duration

HELD_OUT = Path(__file__).parent / "held_out"


def evaluate(algorithm: Algorithm, search: str) -> dict:
    """
    Counts the spoken words and the word errors (inserted, deleted or replaced words), of which the quotient is the word
    error rate. Counts separately for telephone recordings, for other free speech, and for speech with a grammar.
    """
    counts = {name: {"recordings": 0, "words": 0, "errors": 0} for name in ("telephone", "free", "grammar")}
    heard_of, begun = {}, time.thread_time()
    for name, vocabulary, words in recordings():
        path = str(HELD_OUT / name)
        outputs = list(algorithm.predict([path], vocabulary=vocabulary, search=search))[-1]
        heard = outputs[0]["data"]["text"]
        part = "grammar" if vocabulary != "free" else "telephone" if name.endswith(".g722") else "free"
        count = counts[part]
        count["recordings"] += 1
        count["words"] += len(words.split())
        count["errors"] += edits(words.split(), heard.split())
        if heard != words:
            heard_of[name] = heard
    return {**counts, "cpu_s": round(time.thread_time() - begun, 1), "heard": heard_of}


def recordings() -> list[list[str]]:
    """For each recording: its file, the vocabulary of the decoder, and the spoken words."""
    lines = (HELD_OUT / "transcripts.txt").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def edits(said: list[str], heard: list[str]) -> int:
    """The smallest number of inserted, deleted or replaced words between the two (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(said, 1):
        before, row[0] = row[0], index
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


if __name__ == "__main__":
    speech = Algorithm()
    speech.setup()
    with ThreadPoolExecutor() as pool:
        results = dict(zip(SEARCHES, pool.map(lambda search: evaluate(speech, search), SEARCHES), strict=True))
    recorded = sum(duration(str(HELD_OUT / name)) or 0.0 for name, *_ in recordings())
    results["recorded_s"] = round(recorded, 1)
    json.dump(results, sys.stdout, ensure_ascii=False, indent=1)
    print()

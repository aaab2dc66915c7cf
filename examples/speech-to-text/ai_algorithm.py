"""Recognises words in a recording with their times: English speech, by PocketSphinx and Debian's US English model."""

from collections.abc import Iterator
from pathlib import Path

import vitrine

from recording import duration, require_ffmpeg, stretches
from sphinx import Decoder, Word

GRAMMARS = Path(__file__).parent / "grammars"

SEARCHES = {
    "thorough": {},
    "fast": {"-beam": "1e-40", "-wbeam": "1e-20", "-maxhmmpf": "3000", "-fwdflat": "no"},
}
"""Options of the decoder: its defaults, or fewer hypotheses in one pass instead of two."""


class Algorithm:
    def setup(self) -> None:
        """Called once before the service is READY. Loads the models."""
        require_ffmpeg()
        self.decoders = {name: Decoder(GRAMMARS, options) for name, options in SEARCHES.items()}

    def predict(
        self,
        input_data: list[str],
        vocabulary: str = "free",
        search: str = "thorough",
        pause_s: float = 0.6,
        min_score: float = 0.0,
    ) -> Iterator[list[dict]]:
        """Yields the transcript of the one recording so far, after each stretch of speech. The last one is complete."""
        (path,) = input_data
        decoder = self.decoders[search]
        decoder.listen_for(vocabulary)
        length = duration(path)
        words: list[Word] = []
        for stretch in stretches(path, pause_s):
            for word in decoder.decode(stretch.samples):
                if word.score >= min_score:
                    words.append(word._replace(start=stretch.start + word.start, end=stretch.start + word.end))
            if length:
                vitrine.progress(min(1.0, stretch.end / length), f"第 {stretch.end:.0f} 秒，共 {length:.0f} 秒")
            yield _outputs(words)
        if not words:
            yield _outputs(words)


def _outputs(words: list[Word]) -> list[dict]:
    chunks = [
        {"text": text, "start": round(start, 2), "end": round(end, 2), "score": round(score, 3)}
        for text, start, end, score in words
    ]
    transcript = {"text": " ".join(word.text for word in words), "language": "en", "chunks": chunks}
    mean = sum(word.score for word in words) / len(words) if words else 0.0
    confidence = {"value": round(100 * mean, 1), "unit": "%", "min": 0, "max": 100}
    return [
        {"name": "transcript", "kind": "transcript", "data": transcript},
        {"name": "confidence", "kind": "number", "data": confidence},
    ]

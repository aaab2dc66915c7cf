"""Topics of Chinese and English text. The model is trained on the text in `data/` when the service starts."""

from collections.abc import Callable
from pathlib import Path

from features import Feature, features
from naive_bayes import NaiveBayes

DATA = Path(__file__).parent / "data"
TRAINING_FILES = ("train.zh.txt", "train.en.txt", "words.txt")

CALIBRATION = 1.25
"""Naive Bayes treats neighbouring features as independent, so it is too confident. `evaluate.py` explains this value."""

DOUBT = 0.02
"""The part of the probability that is shared evenly, because any text may be about another topic."""

DECISIVE = 0.5
"""A part of the text is marked if it alone gives its topic this probability (by chance: 1/8)."""

TOGETHER = 0.85
"""
A word that was trained on only once says little alone (0.46). If no part is decisive alone, one is marked that gives its topic
this probability together with the shorter parts in it, as 股市 does with 股 and 市.
"""


def read_labelled(path: Path) -> list[tuple[str, str]]:
    """Reads pairs of topic and text from a file in which a line `# topic` stands above its texts, one on each line."""
    topic = ""
    pairs = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            topic = line[2:]
        elif line:
            pairs.append((topic, line))
    return pairs


def with_doubt(probabilities: list[float]) -> list[float]:
    """The probabilities, of which none is 0 or 1. They still sum to 1."""
    return [(1 - DOUBT) * value + DOUBT / len(probabilities) for value in probabilities]


def train() -> NaiveBayes:
    """Trains the model in a small part of a second. The result is always the same."""
    model = NaiveBayes()
    texts = [pair for name in TRAINING_FILES for pair in read_labelled(DATA / name)]
    model.fit((topic, [feature.name for feature in features(text)]) for topic, text in texts)
    return model


class Algorithm:
    def setup(self) -> None:
        """Called once before the service is READY."""
        self.model = train()

    def predict(
        self,
        input_data: list[str],
        top_k: int = 3,
        temperature: float = 1.0,
        max_tokens: int = 12,
    ) -> list[list[dict]]:
        """For each text: its most probable topics, and the parts of the text that indicate a topic."""
        return [self._classify(text, top_k, temperature, max_tokens) for text in input_data]

    def _classify(self, text: str, top_k: int, temperature: float, max_tokens: int) -> list[dict]:
        found = list(features(text))
        names = [feature.name for feature in found]
        probabilities = with_doubt(self.model.posterior(names, temperature * CALIBRATION))
        ranked = sorted(zip(self.model.labels, probabilities, strict=True), key=lambda pair: -pair[1])
        topics = [{"label": label, "score": round(score, 4)} for label, score in ranked[:top_k]]
        reasons = [
            {
                "text": text[feature.start : feature.end],
                "start": feature.start,
                "end": feature.end,
                "label": label,
                "score": round(score, 4),
            }
            for feature, label, score in self._reasons(found, max_tokens)
        ]
        outputs = [{"name": "topics", "kind": "classification", "data": topics}]
        # Where many weak signs decide together, there is no word to show.
        return [*outputs, {"name": "reasons", "kind": "tokens", "data": reasons}] if reasons else outputs

    def _reasons(self, found: list[Feature], at_most: int) -> list[tuple[Feature, str, float]]:
        """The most informative features that do not overlap, in the order of the text."""
        telling = self._telling(found, lambda feature: [feature], DECISIVE) or self._telling(
            found, lambda feature: [part for part in found if _within(part, feature)], TOGETHER
        )
        telling.sort(key=lambda reason: (-reason[2], reason[0].start - reason[0].end))
        kept: list[tuple[Feature, str, float]] = []
        for reason in telling:
            if len(kept) < at_most and all(_apart(reason[0], other[0]) for other in kept):
                kept.append(reason)
        return sorted(kept, key=lambda reason: reason[0].start)

    def _telling(
        self, found: list[Feature], parts_of: Callable[[Feature], list[Feature]], at_least: float
    ) -> list[tuple[Feature, str, float]]:
        """The features whose parts give one topic a high enough probability, with that topic and its probability."""
        telling = []
        for feature in found:
            if feature.end - feature.start == 1 or not self.model.knows(feature.name):
                continue
            parts = parts_of(feature)
            # One feature needs no calibration: it has no neighbours that it could depend on.
            temperature = CALIBRATION if len(parts) > 1 else 1.0
            probabilities = self.model.posterior([part.name for part in parts], temperature)
            score = max(probabilities)
            if score >= at_least:
                telling.append((feature, self.model.labels[probabilities.index(score)], score))
        return telling


def _within(part: Feature, whole: Feature) -> bool:
    return whole.start <= part.start and part.end <= whole.end


def _apart(one: Feature, other: Feature) -> bool:
    return one.end <= other.start or other.end <= one.start

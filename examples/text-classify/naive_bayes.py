"""Multinomial naive Bayes over counted features (McCallum and Nigam, 1998), with additive smoothing."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable


class NaiveBayes:
    """Learns from labelled bags of features in one pass and without randomness: the same text gives the same model."""

    def __init__(self, smoothing: float = 0.2) -> None:
        self._smoothing = smoothing
        self.labels: list[str] = []
        self._evidence: dict[str, list[float]] = {}

    def fit(self, examples: Iterable[tuple[str, Iterable[str]]]) -> None:
        """Learns from pairs of a label and the features of one text."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for label, names in examples:
            # Repeating a word within one text adds almost no information.
            counts[label].update(set(names))
        self.labels = list(counts)
        vocabulary = {name for counter in counts.values() for name in counter}
        totals = [sum(counts[label].values()) + self._smoothing * len(vocabulary) for label in self.labels]
        for name in vocabulary:
            self._evidence[name] = [
                math.log((counts[label][name] + self._smoothing) / total)
                for label, total in zip(self.labels, totals, strict=True)
            ]

    def knows(self, name: str) -> bool:
        """Whether the feature was in the training text."""
        return name in self._evidence

    def posterior(self, names: Iterable[str], temperature: float = 1.0) -> list[float]:
        """
        The probability of each of `labels`, with equal prior probabilities. The sum is 1.
        A higher temperature makes the model less confident. Features that were not in the training text have no effect.
        """
        sums = [0.0] * len(self.labels)
        for name in names:
            for index, value in enumerate(self._evidence.get(name, ())):
                sums[index] += value
        highest = max(sums)
        weights = [math.exp((value - highest) / temperature) for value in sums]
        total = sum(weights)
        return [weight / total for weight in weights]

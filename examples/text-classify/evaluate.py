"""
Measures the quality that algorithm.yaml states, on `data/held_out.txt`: texts that were written separately from the
training text and are never used for training. Run: `python3 evaluate.py`.

`CALIBRATION` was chosen only on the training text, with `python3 evaluate.py --calibrate`. Each tenth of it is classified
by a model of the other nine tenths (cross-validation). The chosen value is the smallest at which the mean probability of
the first topic is not above its accuracy.
"""

import json
import math
import sys

from ai_algorithm import CALIBRATION, DATA, Algorithm, read_labelled, with_doubt
from features import features
from naive_bayes import NaiveBayes

FOLDS = 10


def evaluate() -> dict:
    """How often the first topic is right, and how often the right one is among the first three, by language."""
    algorithm = Algorithm()
    algorithm.setup()
    pairs = read_labelled(DATA / "held_out.txt")
    answers = algorithm.predict([text for _, text in pairs], top_k=3)
    counts = {language: {"n": 0, "first": 0, "top_3": 0, "sure": 0.0} for language in ("zh", "en")}
    mistakes = []
    for (topic, text), (topics, _) in zip(pairs, answers, strict=True):
        count = counts["en" if text.isascii() else "zh"]
        labels = [entry["label"] for entry in topics["data"]]
        count["n"] += 1
        count["first"] += labels[0] == topic
        count["top_3"] += topic in labels
        count["sure"] += topics["data"][0]["score"]
        if labels[0] != topic:
            mistakes.append({"text": text, "topic": topic, "said": labels[0]})
    return {**counts, "mistakes": mistakes}


def calibrate() -> dict[float, dict[str, float]]:
    """For each temperature, by cross-validation on the training text: logarithmic loss, mean confidence, accuracy."""
    words = read_labelled(DATA / "words.txt")
    sentences = [pair for name in ("train.zh.txt", "train.en.txt") for pair in read_labelled(DATA / name)]
    sums = {value: {"loss": 0.0, "sure": 0.0, "right": 0.0} for value in (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)}
    for fold in range(FOLDS):
        model = NaiveBayes()
        kept = [pair for index, pair in enumerate(sentences) if index % FOLDS != fold]
        model.fit((topic, _names(text)) for topic, text in words + kept)
        for topic, text in sentences[fold::FOLDS]:
            for temperature, means in sums.items():
                probabilities = with_doubt(model.posterior(_names(text), temperature))
                of_topic = probabilities[model.labels.index(topic)]
                means["loss"] -= math.log(of_topic) / len(sentences)
                means["sure"] += max(probabilities) / len(sentences)
                means["right"] += (of_topic == max(probabilities)) / len(sentences)
    return {temperature: {name: round(mean, 4) for name, mean in means.items()} for temperature, means in sums.items()}


def _names(text: str) -> list[str]:
    return [feature.name for feature in features(text)]


if __name__ == "__main__":
    result = {"calibration": CALIBRATION, "tried": calibrate()} if "--calibrate" in sys.argv else evaluate()
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()

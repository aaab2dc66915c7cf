"""
Measures the quality that algorithm.yaml states, on the frames in `held_out/labels.json`.
Run: `PYTHONPATH=<runtimes>/python /usr/bin/python3 evaluate.py …`

- `measure METHOD [VIDEO]` looks at the video with a method.
- `record` looks for outlines in the whole video, which takes a minute of the processor, and keeps their boxes in
  `held_out/outlines.json`.
- `count` follows people by the boxes that are kept, and counts as `measure detector` does.
- `check N` looks for outlines again in every Nth frame that the detector looks at, and lists those frames in which it finds
  other boxes than the kept ones.
"""

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import ClassVar

import cv2
import numpy

from ai_algorithm import Algorithm
from boxes import Box, overlap
from finders import FINDERS, OutlineFinder

HELD_OUT = Path(__file__).parent / "held_out"
LABELS = HELD_OUT / "labels.json"
OUTLINES = HELD_OUT / "outlines.json"
VIDEO = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")

LEAST_HEIGHT = 0.06
"""The height of the smallest person in the algorithm's usual parameters, as a part of the picture's."""

LEAST_OVERLAP = 0.5
"""A box with at least this intersection over union counts as the labelled one."""


Kept = list[list[float]]
"""The boxes in a frame, as they are kept: to a hundredth of a pixel, and the confidence to a thousandth."""


class Recorder(OutlineFinder):
    """Finds outlines, and keeps the boxes of each frame."""

    frames: ClassVar[list[Kept]] = []

    def find(self, frame: numpy.ndarray) -> list[Box]:
        boxes = super().find(frame)
        self.frames.append(to_keep(boxes))
        return boxes


class Recorded:
    """Gives for each frame the boxes that are kept, without a look at it."""

    stride = OutlineFinder.stride

    def __init__(self, sensitivity: float, least_height: float) -> None:
        self._frames = iter(kept())

    def find(self, frame: numpy.ndarray) -> list[Box]:
        return [Box(*box) for box in next(self._frames)]


def to_keep(boxes: list[Box]) -> Kept:
    return [[*(round(value, 2) for value in box[:4]), round(box.confidence, 3)] for box in boxes]


def kept() -> list[Kept]:
    return json.loads(OUTLINES.read_text(encoding="utf-8"))


def record() -> str:
    FINDERS["recorder"] = Recorder
    evaluate(VIDEO, method="recorder")
    lines = ",\n".join(json.dumps(frame) for frame in Recorder.frames)
    OUTLINES.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return f"{len(Recorder.frames)} frames"


def check(every: int) -> list[str]:
    """Those of every `every`th frame that the detector looks at in which it finds other boxes than the kept ones."""
    video, before, others = cv2.VideoCapture(str(VIDEO), cv2.CAP_FFMPEG), kept(), []
    finder = OutlineFinder(0.5, LEAST_HEIGHT * video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    for frame in range(len(before) * OutlineFinder.stride):
        if not video.grab():
            break
        index, rest = divmod(frame, OutlineFinder.stride * every)
        if rest == 0:
            now = to_keep(finder.find(video.retrieve()[1]))
            if now != before[index * every]:
                others.append(f"frame {frame}: {now}")
    return others


def evaluate(video: Path, **parameters) -> dict:
    """
    Counts the people in the labelled frames, those that were found, and the boxes without a person. Also counts how often
    a person's number differs from the previous labelled frame, and how often it could have.
    """
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    if hashlib.sha256(video.read_bytes()).hexdigest() != labels["sha256"]:
        raise ValueError(f"{video} is not the video that was labelled")
    begun, used = time.monotonic(), time.process_time()
    *_, (tracks, _, _) = Algorithm().predict([str(video)], **parameters)
    cost = {"wall_s": round(time.monotonic() - begun, 1), "cpu_s": round(time.process_time() - used, 1)}
    found = boxes_by_frame(tracks["data"])
    parts = {}
    for name in ("made_on", "held_out"):
        frames = [part for part in labels["frames"] if (part["frame"] >= labels["held_out_from"]) == (name == "held_out")]
        parts[name] = count(frames, found)
    return {**parts, **cost, "frames": tracks["data"]["frame_count"], "tracks": len(tracks["data"]["tracks"])}


def boxes_by_frame(data: dict) -> dict[int, dict[int, Box]]:
    """Maps each frame to its boxes, by the number of the track."""
    frames: dict[int, dict[int, Box]] = {}
    for track in data["tracks"]:
        for frame, *box in track["frames"]:
            frames.setdefault(frame, {})[track["id"]] = Box(*box)
    return frames


def count(frames: list[dict], found: dict[int, dict[int, Box]]) -> dict:
    """See `evaluate`."""
    sums = {"frames": len(frames), "people": 0, "found": 0, "wrong": 0, "kept": 0, "switched": 0}
    before: dict[str, int] = {}
    for part in frames:
        free = dict(found.get(part["frame"], {}))
        now = {}
        drawn = {who: Box(*box, 1) for who, *box in part["people"]}
        pairs = [(overlap(box, other), who, number) for who, box in drawn.items() for number, other in free.items()]
        for share, who, number in sorted(pairs, reverse=True):
            if share >= LEAST_OVERLAP and who not in now and number in free:
                now[who] = number
                del free[number]
        ignored = [Box(*box, 1) for _, *box in part["ignored"]]
        sums["people"] += len(drawn)
        sums["found"] += len(now)
        sums["wrong"] += sum(all(overlap(box, area) == 0 for area in ignored) for box in free.values())
        for who, number in now.items():
            if who in before:
                sums["kept" if before[who] == number else "switched"] += 1
        before = now
    return sums


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", method]:
            result = evaluate(VIDEO, method=method)
        case ["measure", method, path]:
            result = evaluate(Path(path), method=method)
        case ["record"]:
            result = record()
        case ["count"]:
            FINDERS["recorded"] = Recorded
            result = evaluate(VIDEO, method="recorded")
        case ["check", every]:
            result = check(int(every))
        case _:
            sys.exit(__doc__)
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()

"""
Measures the quality that algorithm.yaml states, on the frames in `held_out/labels.json`.
Run: `PYTHONPATH=<runtimes>/python /usr/bin/python3 evaluate.py <method> [<video>]`.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from ai_algorithm import Algorithm
from boxes import Box, overlap

LABELS = Path(__file__).parent / "held_out" / "labels.json"
VIDEO = Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi")

LEAST_OVERLAP = 0.5
"""A box with at least this intersection over union counts as the labelled one."""


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
    result = evaluate(Path(sys.argv[2]) if len(sys.argv) > 2 else VIDEO, method=sys.argv[1])
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()

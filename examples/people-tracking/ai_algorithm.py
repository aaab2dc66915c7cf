"""Follows people through a video with one of two methods of OpenCV; see `finders.py`."""

import math
import os
import time
from collections import defaultdict
from collections.abc import Iterator

import vitrine

try:
    import cv2
except ImportError as error:
    raise RuntimeError(
        "缺少系统软件包 python3-opencv（sudo apt-get install python3-opencv）；"
        "the system package python3-opencv is missing: sudo apt-get install python3-opencv"
    ) from error

import numpy

from boxes import Box
from finders import FINDERS, Finder
from tracker import Track, Tracker

# A video can refer to other files, even in the network, so only local files may be opened.
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "protocol_whitelist;file"

BETWEEN_RESULTS_S = 0.7
"""Seconds between partial results. These grow with the video, so long videos report less often."""

BOXES_A_SECOND = 20_000

MOST_ROWS = 720
"""Higher pictures are reduced, because the cost grows with their area and people in them are large enough."""

UNKNOWN_FPS = 25.0
"""Used if a video does not state its frame rate."""


class Algorithm:
    def predict(
        self,
        input_data: list[str],
        method: str = "background",
        sensitivity: float = 0.5,
        min_height: float = 6.0,
        stride: int = 0,
        patience_s: float = 1.5,
        min_seen_s: float = 0.5,
    ) -> Iterator[list[dict]]:
        """Yields the tracks so far, at least once a second while they are few. The last result is complete."""
        (path,) = input_data
        video = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
        try:
            if not video.isOpened():
                raise ValueError("没有可以读取的画面 / no pictures that can be read")
            facts = _Facts(video)
            finder = FINDERS[method](sensitivity, max(8.0, facts.height * facts.shrink * min_height / 100))
            step = stride or finder.stride
            least_seen = max(3, round(min_seen_s * facts.fps / step))
            tracker = Tracker(max(step, round(patience_s * facts.fps)), least_seen)
            counts: dict[int, list[int]] = defaultdict(list)
            told = -math.inf
            while video.grab():
                frame, facts.read = facts.read, facts.read + 1
                if frame % step:
                    continue
                readable, picture = video.retrieve()
                if not readable:
                    continue
                seen = tracker.step(frame, facts.found_by(finder, picture))
                counts[int(frame / facts.fps)].append(seen)
                vitrine.progress(facts.fraction(), f"第 {facts.read} 帧，共 {facts.frame_count} 帧")
                boxes = sum(len(track.boxes) for track in tracker.tracks)
                if boxes and time.monotonic() - told >= max(BETWEEN_RESULTS_S, boxes / BOXES_A_SECOND):
                    yield _outputs(facts, tracker.tracks, counts)
                    told = time.monotonic()
            if facts.read == 0:
                raise ValueError("没有可以读取的画面 / no pictures that can be read")
            facts.stated_count = facts.read
            yield _outputs(facts, tracker.tracks, counts)
        finally:
            video.release()


class _Facts:
    """The properties of a video: size, frames a second, frames read so far."""

    def __init__(self, video: cv2.VideoCapture) -> None:
        self.width = int(video.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        fps = video.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0 < fps < 1000 else UNKNOWN_FPS
        self.stated_count = max(0, int(video.get(cv2.CAP_PROP_FRAME_COUNT)))
        self.read = 0
        self.shrink = min(1.0, MOST_ROWS / self.height)

    def found_by(self, finder: Finder, picture: numpy.ndarray) -> list[Box]:
        """The people in a picture. A large picture is reduced first."""
        if self.shrink == 1:
            return finder.find(picture)
        smaller = cv2.resize(picture, None, fx=self.shrink, fy=self.shrink, interpolation=cv2.INTER_AREA)
        return [
            Box(*(value / self.shrink for value in box[:4]), confidence=box.confidence) for box in finder.find(smaller)
        ]

    @property
    def frame_count(self) -> int:
        """The number that the file states, until it is read to its end."""
        return max(self.stated_count, self.read)

    def fraction(self) -> float:
        """The part of the video that has been read, 0 … 1."""
        return self.read / self.frame_count


def _outputs(facts: _Facts, tracks: list[Track], counts: dict[int, list[int]]) -> list[dict]:
    points = [[second, round(sum(seen) / len(seen), 2)] for second, seen in sorted(counts.items())]
    return [
        {
            "name": "tracks",
            "kind": "tracks",
            "data": {
                "fps": facts.fps,
                "frame_count": facts.frame_count,
                "width": facts.width,
                "height": facts.height,
                "tracks": [
                    {"id": track.number, "label": "人", "frames": [_row(*pair) for pair in sorted(track.boxes.items())]}
                    for track in tracks
                ],
            },
        },
        {
            "name": "people",
            "kind": "chart",
            "data": {
                "type": "line",
                "x": {"title": "秒"},
                "y": {"title": "画面里的人数"},
                "series": [{"name": "人数", "points": points}],
            },
        },
        {"name": "count", "kind": "number", "data": {"value": len(tracks), "unit": "条轨迹", "min": 0}},
    ]


def _row(frame: int, box: Box) -> list[float]:
    place = [round(value, 1) for value in box[:4]]
    return [frame, *place, round(box.confidence, 3)]

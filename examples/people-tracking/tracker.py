"""Joins the boxes of consecutive frames, so that each person keeps a number."""

from collections.abc import Callable
from dataclasses import dataclass, field

from boxes import Box, between, overlap, shared

LEAST_OVERLAP = 0.1
"""A box with less overlap with the expected place of a track still belongs to it if it is near."""

NEAR = 0.8
"""The greatest distance from the expected place, in heights of the track."""

SMOOTHING = 0.3
"""The weight of the newest step in the speed of a track."""


@dataclass
class Track:
    """One person: the boxes by frame, and the expected movement."""

    boxes: dict[int, Box]
    last: int
    seen: int = 1
    speed: tuple[float, float] = (0.0, 0.0)
    number: int = field(default=0)
    """Set when the track has been seen often enough. 0 before."""

    def expected(self, frame: int) -> Box:
        """The expected place of the person in a frame, at the present speed."""
        newest = max(self.boxes)
        passed = frame - newest
        return self.boxes[newest].moved(self.speed[0] * passed, self.speed[1] * passed)

    def take(self, frame: int, box: Box) -> None:
        """Adds a found box. The frames since the last one get boxes in between."""
        before = max(self.boxes)
        passed = frame - before
        old, new = self.boxes[before].middle, box.middle
        step = ((new[0] - old[0]) / passed, (new[1] - old[1]) / passed)
        weight = 1.0 if self.seen == 1 else 1 - (1 - SMOOTHING) ** passed
        self.speed = tuple(now + weight * (new - now) for now, new in zip(self.speed, step, strict=True))
        for skipped in range(before + 1, frame):
            self.boxes[skipped] = between(self.boxes[before], box, (skipped - before) / passed)
        self.boxes[frame] = box
        self.last = frame
        self.seen += 1


class Tracker:
    """
    Assigns boxes to tracks greedily, by overlap with the expected place and then by distance. People who meet become one
    box; each track then continues as expected until the box divides again.
    """

    def __init__(self, patience: int, least_seen: int) -> None:
        """`patience`: frames without a box after which a track ends. `least_seen`: boxes after which it counts."""
        self._patience = patience
        self._least_seen = least_seen
        self._active: list[Track] = []
        self.tracks: list[Track] = []
        """All tracks that count, including ended ones."""

    def step(self, frame: int, boxes: list[Box]) -> int:
        """Processes a frame with its boxes. Returns how many tracks that count were seen in it."""
        expected = [(track, track.expected(frame)) for track in self._active]
        free = self._let_groups_go_on(frame, expected, list(boxes))
        waiting = [pair for pair in expected if pair[0].last < frame]
        for score_of in (_by_overlap, _by_nearness):
            self._associate(frame, waiting, free, score_of)
        self._active += [Track({frame: box}, frame) for box in free]
        self._active = [track for track in self._active if frame - track.last <= self._patience]
        for track in self._active:
            if track.number == 0 and track.seen >= self._least_seen:
                self.tracks.append(track)
                track.number = len(self.tracks)
        return sum(track.number > 0 and track.last == frame for track in self._active)

    def _let_groups_go_on(self, frame: int, expected: list[tuple[Track, Box]], boxes: list[Box]) -> list[Box]:
        free = []
        for box in boxes:
            inside = [
                (track, place)
                for track, place in expected
                if track.number > 0 and track.last < frame and shared(place, box) > 0.6 * place.w * place.h
            ]
            if len(inside) < 2 or box.w < 1.3 * max(place.w for _, place in inside):
                free.append(box)
                continue
            for track, place in inside:
                speed = track.speed
                track.take(frame, _pushed_into(place, box)._replace(confidence=box.confidence / 2))
                track.speed = speed
        return free

    @staticmethod
    def _associate(
        frame: int, waiting: list[tuple[Track, Box]], free: list[Box], score_of: Callable[[Box, Box], float]
    ) -> None:
        pairs = [(score_of(place, box), track, box) for track, place in waiting for box in free]
        for score, track, box in sorted(pairs, key=lambda pair: (-pair[0], -pair[1].seen)):
            if score > 0 and track.last < frame and any(box is other for other in free):
                track.take(frame, box)
                free[:] = [other for other in free if other is not box]
        waiting[:] = [pair for pair in waiting if pair[0].last < frame]


def _by_overlap(place: Box, box: Box) -> float:
    score = overlap(place, box)
    return score if score >= LEAST_OVERLAP else 0.0


def _by_nearness(place: Box, box: Box) -> float:
    (x, y), (other_x, other_y) = place.middle, box.middle
    distance = ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5
    alike = 0.5 < box.h / place.h < 2
    return 1 - distance / (NEAR * place.h) if alike else 0.0


def _pushed_into(place: Box, box: Box) -> Box:
    x = min(max(place.x, box.x), max(box.x, box.x + box.w - place.w))
    y = min(max(place.y, box.y), max(box.y, box.y + box.h - place.h))
    return place._replace(x=x, y=y)

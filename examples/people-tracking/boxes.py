"""Boxes in pixels, origin top left."""

from typing import NamedTuple


class Box(NamedTuple):
    """`confidence` is 0 … 1. The method that found the box defines its meaning."""

    x: float
    y: float
    w: float
    h: float
    confidence: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre point."""
        return self.x + self.w / 2, self.y + self.h / 2

    def moved(self, dx: float, dy: float) -> "Box":
        """The box at another place."""
        return self._replace(x=self.x + dx, y=self.y + dy)


def shared(a: Box, b: Box) -> float:
    """Area that two boxes have in common."""
    width = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    height = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    return max(0.0, width) * max(0.0, height)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 … 1."""
    common = shared(a, b)
    return common / (a.w * a.h + b.w * b.h - common) if common else 0.0


def between(a: Box, b: Box, part: float) -> Box:
    """The box that lies `part` (0 … 1) of the way from one to the other."""
    return Box(*(one + (other - one) * part for one, other in zip(a, b, strict=True)))


def without_doubles(boxes: list[Box], most_overlap: float) -> list[Box]:
    """Keeps the box with the highest confidence among boxes that overlap more than allowed."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: (-one.confidence, *one)):
        if all(overlap(box, other) <= most_overlap for other in kept):
            kept.append(box)
    return kept

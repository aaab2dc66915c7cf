"""Two ways to find people in a frame: by movement in front of a still background, and by the outline of a person."""

from typing import Protocol

import cv2
import numpy

from boxes import Box, without_doubles


class Finder(Protocol):
    """Finds people in one frame after the other."""

    stride: int
    """It processes every so many frames, unless told otherwise."""

    def find(self, frame: numpy.ndarray) -> list[Box]:
        """The people in a frame (BGR)."""


class MovingFinder:
    """
    Finds people by movement. A background model of Gaussian mixtures (MOG2, Zivkovic 2004) gives the foreground, which
    is cleaned and divided into connected parts. `confidence` is twice the part of the box that moves, because a walking
    body fills half of its box. Needs a camera that does not move.
    """

    stride = 1

    def __init__(self, sensitivity: float, least_height: float) -> None:
        """`least_height` in pixels."""
        self._least = least_height
        self._model = cv2.createBackgroundSubtractorMOG2(
            history=500, varThreshold=16 * 4 ** (1 - 2 * sensitivity), detectShadows=True
        )
        # Legs and body often become separate parts, so parts that are closely above each other are
        # joined.
        self._grow = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, _odd(least_height / 3)))
        self._clean = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def find(self, frame: numpy.ndarray) -> list[Box]:
        foreground = cv2.inRange(self._model.apply(frame), 255, 255)  # The model marks shadows with 127.
        foreground = cv2.morphologyEx(foreground, cv2.MORPH_OPEN, self._clean)
        joined = cv2.morphologyEx(foreground, cv2.MORPH_CLOSE, self._grow)
        _, labels, facts, _ = cv2.connectedComponentsWithStats(joined)
        boxes = []
        for label, (x, y, w, h, _) in enumerate(facts[1:].tolist(), 1):
            if h < self._least or w < self._least / 5 or w > 3 * h:
                continue
            part = labels[y : y + h, x : x + w] == label
            moving = numpy.count_nonzero(part & (foreground[y : y + h, x : x + w] > 0)) / (w * h)
            if moving > 0.15:
                boxes.append(Box(x, y, w, h, min(1.0, 2 * moving)))
        return boxes


class OutlineFinder:
    """
    Finds people by their outline, with histograms of oriented gradients and a linear classifier (Dalal and Triggs 2005)
    that is part of OpenCV. `confidence` is the distance from the classifier's boundary, mapped to 0 … 1. The camera may
    move.
    """

    stride = 5

    MARGIN = (0.26, 0.11)
    """The part of a window's width and height that is margin on each side of the person."""

    WINDOW = 128
    """Height in pixels of the smallest person with margins that the classifier can find."""

    def __init__(self, sensitivity: float, least_height: float) -> None:
        self._detector = cv2.HOGDescriptor()
        self._detector.setSVMDetector(cv2.HOGDescriptor.getDefaultPeopleDetector())
        self._border = 0.84 - 1.2 * sensitivity
        with_margins = least_height / (1 - 2 * self.MARGIN[1])
        # A greater enlargement costs much and finds little.
        self._enlargement = min(1.75, max(1.0, self.WINDOW / with_margins))

    def find(self, frame: numpy.ndarray) -> list[Box]:
        picture = cv2.resize(frame, None, fx=self._enlargement, fy=self._enlargement)
        windows, weights = self._detector.detectMultiScale(
            picture, hitThreshold=self._border, winStride=(8, 8), scale=1.08, groupThreshold=0
        )
        boxes = [self._person(window, weight) for window, weight in zip(windows, numpy.ravel(weights), strict=True)]
        return without_doubles(boxes, 0.3)

    def _person(self, window: numpy.ndarray, weight: float) -> Box:
        x, y, w, h = (value / self._enlargement for value in window.tolist())
        beside, above = self.MARGIN[0] * w, self.MARGIN[1] * h
        confidence = 1 / (1 + numpy.exp(-2 * float(weight)))
        return Box(x + beside, y + above, w - 2 * beside, h - 2 * above, float(confidence))


FINDERS: dict[str, type[MovingFinder] | type[OutlineFinder]] = {"background": MovingFinder, "detector": OutlineFinder}


def _odd(length: float) -> int:
    return 2 * (max(1, round(length)) // 2) + 1

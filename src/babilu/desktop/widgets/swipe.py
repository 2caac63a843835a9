"""Stroke across a message, which means a reply: of a finger, of the pointer with its button held, or on a touchpad."""

from typing import Final

from PySide6.QtCore import QPointF

STARTS: Final = 14.0
"""Movement, in device-independent pixels, from which on a press is a stroke."""

FAR: Final = 56.0
"""Shift of the message from which on letting go means a reply."""

FARTHEST: Final = 76.0
"""A message is shifted no farther, however far the stroke goes."""

STEEP: Final = 1.5
"""A stroke goes so many times as far across as up or down; what is steeper scrolls."""


class Swipe:
    """One stroke at a time: it is told of movements, and says how far the message is shifted.

    Attributes:
        row: The message's row while there is a stroke, or None.
        shift: How far it is shifted to the right, in device-independent pixels.
    """

    def __init__(self) -> None:
        self.row: int | None = None
        self.shift = 0.0
        self._pressed: tuple[int, QPointF] | None = None
        self._scrolled = QPointF()
        self._scrolls = False

    @property
    def is_far(self) -> bool:
        """Whether letting go now means a reply."""
        return self.row is not None and self.shift >= FAR

    def press(self, row: int, at: QPointF) -> None:
        """Begin what may become a stroke over a row."""
        self.cancel()
        self._pressed = (row, at)

    def move(self, at: QPointF) -> bool:
        """Follow the pointer while it is held; tell whether this is a stroke."""
        if self._pressed is None:
            return False
        row, begun = self._pressed
        way = at - begun
        if self.row is None and not _goes_across(way):
            if abs(way.y()) >= STARTS:
                self._pressed = None
            return False
        self._shift(row, way.x())
        return True

    def scroll(self, row: int, by: QPointF) -> bool:
        """Follow two fingers on a touchpad, which begin over a row; tell whether this is a stroke."""
        if self._pressed is not None:
            return False
        begun = row if self.row is None else self.row
        self._scrolled += by
        if self.row is None and (self._scrolls or not _goes_across(self._scrolled)):
            # What has begun as scrolling goes on as scrolling.
            self._scrolls = self._scrolls or abs(self._scrolled.y()) >= STARTS
            return False
        self._shift(begun, self._scrolled.x())
        return True

    def release(self) -> int | None:
        """End the stroke; give the row that is replied to, or None where it has not gone far enough."""
        row = self.row if self.is_far else None
        self.cancel()
        return row

    def cancel(self) -> None:
        """Be as if there had been no stroke."""
        self.row, self.shift, self._pressed = None, 0.0, None
        self._scrolled, self._scrolls = QPointF(), False

    def _shift(self, row: int, across: float) -> None:
        self.row = row
        self.shift = min(max(across - STARTS, 0.0), FARTHEST)


def _goes_across(way: QPointF) -> bool:
    return way.x() >= STARTS and way.x() >= STEEP * abs(way.y())

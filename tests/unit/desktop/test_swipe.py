"""A stroke across a message is told from a press and from scrolling."""

import pytest
from PySide6.QtCore import QPointF

from babilu.desktop.widgets.swipe import FAR, FARTHEST, STARTS, Swipe

FAR_ENOUGH = STARTS + FAR


def pressed() -> Swipe:
    swipe = Swipe()
    swipe.press(3, QPointF(100, 50))
    return swipe


def test_a_stroke_that_goes_far_enough_to_the_right_means_a_reply() -> None:
    swipe = pressed()
    assert swipe.move(QPointF(100 + STARTS + 1, 52))
    assert (swipe.row, swipe.shift, swipe.is_far) == (3, 1.0, False)
    assert swipe.move(QPointF(100 + FAR_ENOUGH, 60))
    assert swipe.is_far
    assert swipe.release() == 3
    assert (swipe.row, swipe.shift) == (None, 0.0)


def test_one_that_comes_back_means_nothing() -> None:
    swipe = pressed()
    swipe.move(QPointF(100 + FAR_ENOUGH, 50))
    assert swipe.move(QPointF(90, 50))
    assert swipe.shift == 0.0
    assert swipe.release() is None


def test_a_message_is_pulled_so_far_and_no_farther() -> None:
    swipe = pressed()
    swipe.move(QPointF(5_000, 50))
    assert swipe.shift == FARTHEST


@pytest.mark.parametrize("way", [(STARTS - 1, 0), (-FAR_ENOUGH, 0), (FAR_ENOUGH, FAR_ENOUGH), (0, FAR_ENOUGH)])
def test_what_is_short_leftwards_or_steep_is_no_stroke(way: tuple[float, float]) -> None:
    swipe = pressed()
    assert not swipe.move(QPointF(100 + way[0], 50 + way[1]))
    assert swipe.row is None
    assert swipe.release() is None


def test_what_has_begun_upwards_becomes_no_stroke() -> None:
    swipe = pressed()
    assert not swipe.move(QPointF(100, 50 + STARTS))
    assert not swipe.move(QPointF(100 + FAR_ENOUGH, 50))


def test_two_fingers_pull_the_message_over_which_they_began() -> None:
    swipe = Swipe()
    assert not swipe.scroll(3, QPointF(STARTS - 4, 0))
    assert swipe.scroll(3, QPointF(6, 0))
    assert swipe.scroll(4, QPointF(FAR, 2))
    assert swipe.release() == 3


def test_two_fingers_that_scroll_go_on_scrolling() -> None:
    swipe = Swipe()
    assert not swipe.scroll(3, QPointF(2, STARTS))
    assert not swipe.scroll(3, QPointF(5 * FAR_ENOUGH, 0))
    assert swipe.release() is None
    assert swipe.scroll(3, QPointF(FAR_ENOUGH, 0))


def test_a_pad_under_a_held_button_pulls_nothing() -> None:
    assert not pressed().scroll(3, QPointF(FAR_ENOUGH, 0))

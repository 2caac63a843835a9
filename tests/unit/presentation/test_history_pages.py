"""Pages that come in another order than they were asked for neither tear the reader away nor leave a hole."""

from collections.abc import Callable
from typing import Any

import pytest

from babilu.api import commands as c
from babilu.api.views import HistoryPage, MessageView
from babilu.kernel.errors import BabiluError
from babilu.kernel.ids import ConversationId, MessageId
from babilu.presentation.history_pages import Pages, PageSource
from babilu.presentation.message_window import PAGE, Window

WITH_BOB = ConversationId(bytes(32))

WITH_BOB = ConversationId(bytes(32))
EVERY = [
    MessageView(
        id=MessageId(number.to_bytes(16, "big")),
        conversation="bob",
        conversation_id=WITH_BOB,
        sender="bob",
        outgoing=False,
        text=str(number),
        at=number,
        arrived_at=number,
        position=number,
        route=None,
        state=None,
        held_until=None,
        error=None,
        unread=False,
        first=False,
    )
    for number in range(1_000)
]


class LateBridge:
    """Keeps what is asked until the test lets it be answered."""

    def __init__(self) -> None:
        self.asked: list[tuple[c.History, Callable[[HistoryPage], None]]] = []

    def request(self, command: c.History, done: Any, _failed: Any) -> None:
        self.asked.append((command, done))

    def answer(self, number: int) -> None:
        """Answer the request of this number, counted from those that wait."""
        command, done = self.asked.pop(number)
        low = 0 if command.after is None else command.after + 1
        high = len(EVERY) if command.before is None else command.before
        if command.after is None:
            low = max(low, high - command.limit)
        else:
            high = min(high, low + command.limit)
        if command.conversation == WITH_BOB.hex():
            done(HistoryPage("bob", tuple(EVERY[low:high]), low > 0, high < len(EVERY), WITH_BOB))
        else:
            done(HistoryPage(command.conversation, (), more_before=False, more_after=False))


class Stand:
    """Pages over a bridge that is late."""

    def __init__(self) -> None:
        self.bridge = LateBridge()
        self.window = Window(lambda at: at)
        self.shown: list[str] = []
        self.jumps: list[str] = []
        self.pages = Pages(self.bridge, self.window, self._note, bool, _unexpected)  # type: ignore[arg-type]

    def _note(self) -> None:
        self.shown.append(self.window.conversation)

    def jump(self, number: int) -> None:
        self.pages.around(EVERY[number], lambda: self.jumps.append(str(number)))

    def positions(self) -> list[int]:
        return [message.position for message in self.window.messages]


def _unexpected(error: BabiluError) -> None:
    pytest.fail(str(error))


def test_a_jump_is_not_lost_to_a_conversation_that_was_asked_for_before_it() -> None:
    stand = Stand()
    stand.pages.open(PageSource("carol", None), PAGE)
    stand.jump(500)
    stand.bridge.answer(1)
    stand.bridge.answer(1)
    stand.bridge.answer(0)
    assert stand.jumps == ["500"]
    assert stand.shown == ["bob"]
    assert stand.window.conversation == "bob"
    assert 500 in stand.positions()


def test_of_two_jumps_the_later_one_counts() -> None:
    stand = Stand()
    stand.jump(100)
    stand.jump(900)
    for _ in range(2):
        stand.bridge.answer(1)
    while stand.bridge.asked:
        stand.bridge.answer(0)
    assert stand.jumps == ["900"]
    assert 900 in stand.positions()


@pytest.mark.parametrize("late", ["older", "newer"])
def test_a_page_of_where_one_was_leaves_no_hole_where_one_is(late: str) -> None:
    stand = Stand()
    stand.jump(500)
    stand.bridge.answer(0)
    stand.bridge.answer(0)
    getattr(stand.pages, late)()
    stand.jump(900 if late == "older" else 100)
    stand.bridge.answer(1)
    stand.bridge.answer(1)
    stand.bridge.answer(0)
    positions = stand.positions()
    assert positions == list(range(positions[0], positions[-1] + 1))


def test_nothing_comes_into_a_window_that_was_emptied() -> None:
    stand = Stand()
    stand.pages.open(PageSource("bob", WITH_BOB), PAGE)
    stand.pages.clear()
    stand.bridge.answer(0)
    assert stand.positions() == []
    assert stand.shown == []

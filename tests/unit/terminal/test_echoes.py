from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import ReceiptsView, TimerView
from babilu.kernel.ids import ConversationId
from babilu.terminal.echoes import ECHOES_AWAITED, EchoFilter


def timer(number: int, seconds: int | None = 60) -> TimerView:
    return TimerView("bob", ConversationId(number.to_bytes(32, "big")), "alice", seconds)


def change(filter_: EchoFilter, view: TimerView) -> None:
    action = c.SetTimer("bob", view.seconds)
    filter_.started(action)
    assert filter_.introduce(action, view) == []
    assert filter_.ended(action) == []


def test_an_event_that_comes_after_its_answer_is_not_shown_and_once_only() -> None:
    changes = EchoFilter()
    change(changes, timer(1))
    assert [changes.told(e.TimerChanged(timer(1))) for _ in range(2)] == [False, True]


def test_changes_elsewhere_and_of_other_kinds_are_shown_meanwhile() -> None:
    changes = EchoFilter()
    action = c.SetTimer("bob", 60)
    changes.started(action)
    assert changes.told(e.ReceiptsChanged(ReceiptsView(None, read=True, typing=True, presence=True)))
    assert not changes.told(e.TimerChanged(timer(2)))
    assert changes.introduce(action, timer(1)) == [e.TimerChanged(timer(2))]
    assert changes.ended(action) == []
    assert not changes.told(e.TimerChanged(timer(1)))


def test_of_more_changes_than_are_awaited_the_oldest_is_no_longer() -> None:
    changes = EchoFilter()
    for number in range(ECHOES_AWAITED + 1):
        change(changes, timer(number))
    assert changes.told(e.TimerChanged(timer(0)))
    assert not changes.told(e.TimerChanged(timer(1)))

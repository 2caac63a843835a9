from typing import Any

from babilu.api import commands as c
from babilu.api import events as e
from babilu.api.views import Address, ScheduledView, TimerView
from babilu.kernel.ids import ConversationId, MessageId
from babilu.kernel.states import MessageState
from babilu.terminal.ordered_command import OrderedCommand, Tag
from babilu.terminal.tags import RequestTags, Tagged

MESSAGE = MessageId(bytes(16))
PLACE = ConversationId(bytes(32))
TIMER = TimerView("bob", PLACE, "alice", 60)


def order(action: c.Command[Any], tag: Tag | None = "mine") -> OrderedCommand:
    return OrderedCommand("do", action, tag)


def state(request_id: str | None, state_: MessageState = MessageState.HELD) -> e.MessageStateChanged:
    return e.MessageStateChanged(MESSAGE, "bob", state_, None, None, PLACE, request_id=request_id)


def test_what_an_order_causes_follows_its_answer_and_bears_its_tag_for_good() -> None:
    tags = RequestTags()
    request_id = tags.begin(order(c.Send("bob", "hi")))
    held, delivered = state(request_id), state(request_id, MessageState.DELIVERED)
    assert tags.told(held) == []
    assert tags.end(request_id) == [Tagged(held, "mine")]
    assert tags.told(delivered) == [Tagged(delivered, "mine")]


def test_what_the_answer_says_is_not_said_again_before_or_after_it() -> None:
    tags = RequestTags()
    request_id = tags.begin(order(c.SetTimer("bob", 60)))
    changed = e.TimerChanged(TIMER, request_id=request_id)
    assert tags.told(changed) == []
    assert tags.end(request_id) == []
    assert tags.told(changed) == []


def test_what_others_change_meanwhile_is_shown_at_once() -> None:
    tags, elsewhere = RequestTags(), RequestTags()
    tags.begin(order(c.SetTimer("bob", 60)))
    theirs = elsewhere.begin(order(c.SetTimer("bob", 60)))
    for request_id in (None, theirs, "an id of a program"):
        changed = e.TimerChanged(TIMER, request_id=request_id)
        assert tags.told(changed) == [Tagged(changed)]


def test_what_was_told_before_a_failure_is_shown() -> None:
    tags = RequestTags()
    request_id = tags.begin(order(c.Listen(Address("::1", 80))))
    closed = e.ListeningChanged(None, request_id=request_id)
    assert tags.told(closed) == []
    assert tags.end(request_id, failed=True) == [Tagged(closed, "mine")]


def test_a_scheduled_text_is_told_of_again_when_it_waits_no_longer() -> None:
    tags = RequestTags()
    request_id = tags.begin(order(c.Schedule("bob", "hi", 1), 7))
    view = ScheduledView(1, "bob", PLACE, "hi", 1, overdue=False)
    assert tags.told(e.ScheduledChanged(view, gone=False, request_id=request_id)) == []
    assert tags.end(request_id) == []
    gone = e.ScheduledChanged(view, gone=True, request_id=request_id)
    assert tags.told(gone) == [Tagged(gone, 7)]


def test_any_tag_fits_into_an_id_and_comes_back_as_it_was() -> None:
    tags = RequestTags()
    for tag in ("", "t1", 0, -(10**300), '\ud800"\\\n' * 64, "🎉" * 256, None):
        request_id = tags.begin(order(c.Send("bob", "hi"), tag))
        tags.end(request_id)
        assert request_id.isascii()
        assert request_id.isprintable()
        assert len(request_id) <= 4096
        assert tags.told(state(request_id)) == [Tagged(state(request_id), tag)]


def test_what_is_gone_is_told_before_the_answer() -> None:
    tags = RequestTags()
    request_id = tags.begin(order(c.ClearConversation("bob")))
    cleared = e.ConversationCleared("bob", PLACE, request_id=request_id)
    assert tags.told(cleared) == [Tagged(cleared, "mine")]
    assert tags.end(request_id) == []

import logging
import threading
from dataclasses import replace

import pytest

from babilu.api.events import (
    Event,
    MessageArrived,
    MessageDeleted,
    MessageEdited,
    MessageExpired,
    NoticeArrived,
    PlayingChanged,
    Warned,
)
from babilu.api.views import QuoteView, without_words
from babilu.engine.runtime import event_bus as bus_module
from babilu.engine.runtime.event_bus import EventBus
from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.kernel.ids import ConversationId
from babilu.kernel.states import PlayingState
from tests.unit.presentation.pages import message


def notice(number: int) -> NoticeArrived:
    return NoticeArrived(str(number))


class Told:
    def __init__(self) -> None:
        self.cursors: list[int] = []
        self.events: list[Event] = []

    def __call__(self, cursor: int, event: Event) -> None:
        self.cursors.append(cursor)
        self.events.append(event)


def test_events_are_numbered_and_told_in_order() -> None:
    bus, told = EventBus(), Told()
    bus.subscribe(told)
    bus.tell(notice(1), notice(2))
    bus.tell(notice(3))
    assert told.events == [notice(1), notice(2), notice(3)]
    assert told.cursors == [1, 2, 3]


def test_all_listeners_see_one_order_whichever_threads_tell() -> None:
    bus = EventBus()
    listeners = [Told() for _ in range(3)]
    for listener in listeners:
        bus.subscribe(listener)

    def tell(sender: int) -> None:
        for number in range(200):
            bus.tell(notice(sender * 1000 + number))

    threads = [threading.Thread(target=tell, args=(sender,)) for sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert listeners[0].cursors == list(range(1, 801))
    assert listeners[0].events == listeners[1].events == listeners[2].events


def test_without_a_cursor_only_new_events_are_told() -> None:
    bus, told = EventBus(), Told()
    bus.tell(notice(1))
    bus.subscribe(told)
    bus.tell(notice(2))
    assert told.events == [notice(2)]


def test_with_a_cursor_later_events_are_told_first_and_none_is_missed_or_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However long the one who subscribes has to wait for a processor, the teller makes nothing be forgotten.
    monkeypatch.setattr(bus_module, "REMEMBERED", 1_000_000_000)
    bus = EventBus()
    bus.tell(*[notice(number) for number in range(1, 6)])
    told = Told()
    stop = threading.Event()

    def tell() -> None:
        number = 6
        while not stop.is_set():
            bus.tell(notice(number))
            number += 1

    teller = threading.Thread(target=tell)
    teller.start()
    bus.subscribe(told, since=2)
    stop.set()
    teller.join()
    assert told.cursors == list(range(3, 3 + len(told.cursors)))
    assert told.events[:3] == [notice(3), notice(4), notice(5)]


def test_zero_asks_for_all_that_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "REMEMBERED", 3)
    bus, told = EventBus(), Told()
    bus.tell(*[notice(number) for number in range(1, 6)])
    bus.subscribe(told, since=0)
    assert told.cursors == [3, 4, 5]


def test_a_cursor_whose_successors_are_forgotten_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "REMEMBERED", 3)
    bus, told = EventBus(), Told()
    bus.tell(*[notice(number) for number in range(1, 6)])
    with pytest.raises(UsageError, match="no longer remembered"):
        bus.subscribe(told, since=1)
    bus.tell(notice(6))
    assert told.events == []
    bus.subscribe(told, since=3)
    assert told.cursors == [4, 5, 6]


def test_a_cancelled_listener_hears_nothing_more() -> None:
    bus, told = EventBus(), Told()
    subscription = bus.subscribe(told)
    bus.tell(notice(1))
    subscription.cancel()
    subscription.cancel()
    bus.tell(notice(2))
    assert told.events == [notice(1)]


def test_a_listener_that_subscribed_twice_is_cancelled_once() -> None:
    bus, told = EventBus(), Told()
    first = bus.subscribe(told)
    bus.subscribe(told)
    first.cancel()
    bus.tell(notice(1))
    assert told.events == [notice(1)]


def test_a_listener_that_another_one_cancels_is_not_called_any_more() -> None:
    bus, told = EventBus(), Told()

    def cancel_the_other(cursor: int, event: Event) -> None:
        del cursor, event
        other.cancel()

    bus.subscribe(cancel_the_other)
    other = bus.subscribe(told)
    bus.tell(notice(1))
    assert told.events == []


def test_a_listener_that_fails_harms_neither_others_nor_whoever_tells(caplog: pytest.LogCaptureFixture) -> None:
    def fail(cursor: int, event: Event) -> None:
        del cursor, event
        raise ZeroDivisionError

    bus, told = EventBus(), Told()
    bus.subscribe(fail)
    bus.subscribe(told)
    bus.tell(notice(1), notice(2))
    assert told.events == [notice(1), notice(2)]
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]


def test_a_warning_carries_code_and_sentence() -> None:
    bus, told = EventBus(), Told()
    bus.subscribe(told)
    bus.tell_warning(LinkError(ErrorCode.BUSY, "Not now."), fatal=True)
    assert told.events == [Warned("busy", "Not now.", fatal=True)]


@pytest.mark.parametrize("gone", [MessageDeleted, MessageExpired])
def test_what_is_gone_by_now_is_told_without_its_words_to_who_comes_later(
    gone: type[MessageDeleted | MessageExpired],
) -> None:
    bus, at_once, later = EventBus(), Told(), Told()
    secret, answer = message(1), replace(message(2), reply_to=QuoteView(message(1).id, "bob", "message 1", known=True))
    elsewhere = replace(secret, conversation="carol", conversation_id=ConversationId(bytes([1]) * 32))
    edited = replace(secret, text="message one", edited_at=1)
    told = [MessageArrived(each) for each in (secret, answer, elsewhere)]
    end = gone(secret.id, "bob", secret.conversation_id)
    bus.subscribe(at_once)
    bus.tell(*told, MessageEdited(edited, mentions=True), end)

    bus.subscribe(later, since=0)

    assert at_once.events == [*told, MessageEdited(edited, mentions=True), end]
    assert later.cursors == at_once.cursors
    first, second, third, fourth, last = later.events
    assert first == MessageArrived(without_words(secret))
    assert second == MessageArrived(replace(answer, reply_to=QuoteView(secret.id, "bob", "", known=True)))
    assert fourth == MessageEdited(without_words(edited))
    assert (third, last) == (MessageArrived(elsewhere), end)


def test_how_far_something_is_is_told_and_not_remembered() -> None:
    bus, told, later = EventBus(), Told(), Told()
    bus.subscribe(told)
    playing = [PlayingChanged("bob", ConversationId(bytes(32)), None, 0, PlayingState.PLAYING, at) for at in range(3)]
    paused = replace(playing[-1], state=PlayingState.PAUSED)
    bus.tell(notice(1), *playing, paused, notice(2))
    assert told.cursors == [1, 2, 3, 4, 5, 6]
    bus.subscribe(later, since=0)
    assert later.events == [notice(1), paused, notice(2)]
    assert later.cursors == [1, 5, 6]


def test_what_passes_makes_nobody_read_everything_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "REMEMBERED", 3)
    bus, told = EventBus(), Told()
    bus.tell(PlayingChanged("bob", ConversationId(bytes(32)), None, 0, PlayingState.PLAYING, 0), notice(1))
    bus.subscribe(told, since=1)
    assert told.events == [notice(1)]

import threading
from collections.abc import Iterator

import pytest

from babilu.api import events as e
from babilu.api.client import Listener, Subscription
from babilu.bot.fake_client import FakeClient
from babilu.terminal.event_queue import EventsMissed, EventTold, Item, LineQueue
from babilu.terminal.ordered_command import OrderedCommand, ShowHelp


@pytest.fixture
def client() -> Iterator[FakeClient]:
    made = FakeClient(remembered=20)
    yield made
    made.close()


def texts(items: list[Item]) -> list[str]:
    return [
        item.event.text for item in items if isinstance(item, EventTold) and isinstance(item.event, e.NoticeArrived)
    ]


def tell(client: FakeClient, first: int, last: int) -> None:
    for number in range(first, last):
        client.tell(e.NoticeArrived(str(number)))


def test_events_that_found_no_room_are_asked_for_again_and_none_comes_twice(client: FakeClient) -> None:
    inbox = LineQueue(events_kept=3)
    client.subscribe(inbox.listener())
    tell(client, 0, 10)
    seen = texts(inbox.take(0))
    assert seen == ["0", "1", "2"]
    while len(seen) < 10:
        inbox.catch_up(client)
        seen += texts(inbox.take(5))
    tell(client, 10, 12)
    seen += texts(inbox.take(5))
    assert seen == [str(number) for number in range(12)]


def test_an_event_that_comes_while_others_are_asked_for_again_hides_none_of_them(client: FakeClient) -> None:
    inbox = LineQueue(events_kept=3)
    early = inbox.listener()
    subscribe = client.subscribe
    client.subscribe(early)
    tell(client, 0, 10)
    seen = texts(inbox.take(0))

    def subscribe_late(listener: Listener, since: int | None = None) -> Subscription:
        # The last moment of whoever listened before.
        early(1_000, e.NoticeArrived("10"))
        client.tell(e.NoticeArrived("10"))
        return subscribe(listener, since)

    client.subscribe = subscribe_late  # type: ignore[method-assign]
    while len(seen) < 11:
        inbox.catch_up(client)
        more = texts(inbox.take(5))
        assert more
        seen += more
        client.subscribe = subscribe  # type: ignore[method-assign]
    assert seen == [str(number) for number in range(11)]


def test_events_that_nobody_remembers_any_more_are_reported_as_missed(client: FakeClient) -> None:
    inbox = LineQueue(events_kept=3)
    client.subscribe(inbox.listener())
    tell(client, 0, 50)
    inbox.take(0)
    inbox.catch_up(client)
    assert inbox.take(5) == [EventsMissed()]
    tell(client, 50, 51)
    assert texts(inbox.take(5)) == ["50"]


def test_nothing_is_asked_for_again_while_there_is_room(client: FakeClient) -> None:
    inbox = LineQueue()
    client.subscribe(inbox.listener())
    tell(client, 0, 2)
    inbox.catch_up(client)
    client.settle()
    assert texts(inbox.take(0)) == ["0", "1"]


def test_whoever_orders_too_much_is_told_when_there_is_room() -> None:
    room = threading.Event()
    inbox = LineQueue(orders_kept=2, room=room.set)
    order = OrderedCommand("help", ShowHelp())
    assert [inbox.order(order) for _ in range(3)] == [True, True, False]
    assert not room.is_set()
    assert len(inbox.take(0)) == 2
    inbox.order_done()
    assert room.is_set()
    assert inbox.order(order)
    assert len(inbox.take(0)) == 1


def test_taking_from_an_empty_inbox_gives_nothing_after_its_time() -> None:
    assert LineQueue().take(0.01) == []

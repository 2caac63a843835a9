"""The queue of events is bounded, in order, and says where something is missing."""

from babilu.api.events import Closed, NoticeArrived
from babilu.presentation.event_queue import BATCH, EventQueue, Missed


def answer() -> None:
    """An answer to a request."""


def test_events_come_in_runs_between_answers() -> None:
    queue = EventQueue()
    one, two, three = NoticeArrived("one"), NoticeArrived("two"), NoticeArrived("three")
    for item in (one, two, answer, three):
        queue.put(item)
    assert [queue.take(), queue.take(), queue.take(), queue.take()] == [(one, two), answer, (three,), None]


def test_what_is_beyond_the_bound_is_left_out_and_said_once() -> None:
    queue = EventQueue(kept=3)
    for number in range(100):
        queue.put(NoticeArrived(str(number)))
    assert len(queue) == 4
    assert queue.take() == tuple(NoticeArrived(str(number)) for number in range(3))
    assert isinstance(queue.take(), Missed)
    assert queue.take() is None
    queue.put(NoticeArrived("later"))
    assert queue.take() == (NoticeArrived("later"),)


def test_the_end_of_the_client_is_never_left_out() -> None:
    queue = EventQueue(kept=1)
    for event in (NoticeArrived("one"), NoticeArrived("two"), Closed()):
        queue.put(event)
    assert queue.take() == (NoticeArrived("one"),)
    assert isinstance(queue.take(), Missed)
    assert queue.take() == (Closed(),)


def test_a_run_is_no_longer_than_a_batch() -> None:
    queue = EventQueue(kept=2 * BATCH)
    for number in range(BATCH + 1):
        queue.put(NoticeArrived(str(number)))
    runs = [queue.take(), queue.take()]
    assert [len(run) for run in runs if isinstance(run, tuple)] == [BATCH, 1]

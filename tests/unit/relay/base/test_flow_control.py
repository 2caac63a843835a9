from babilu.kernel.limits import Limits
from babilu.relay.base.flow_control import FlowControl, MailSource


def started(limits: Limits, head: int = 0) -> FlowControl:
    flow = FlowControl(limits)
    flow.start(0, head)
    return flow


def test_nothing_is_pushed_before_the_start() -> None:
    flow = FlowControl(Limits())
    assert not flow.takes_next(1, 100)


def test_the_next_number_is_pushed_and_no_other() -> None:
    flow = started(Limits())
    assert flow.takes_next(1, 100)
    assert not flow.takes_next(2, 100)
    flow.push(1, 100)
    assert not flow.takes_next(1, 100)
    assert flow.takes_next(2, 100)


def test_nothing_is_pushed_from_memory_while_the_disk_is_read() -> None:
    flow = started(Limits())
    flow.source = MailSource.DISK
    assert not flow.takes_next(1, 100)


def test_the_window_is_full_after_so_many_messages_or_bytes() -> None:
    few = started(Limits(push_messages=2))
    few.push(1, 1)
    assert few.fits(1)
    few.push(2, 1)
    assert not few.fits(1)
    small = started(Limits(push_bytes=100))
    small.push(1, 60)
    assert small.fits(40)
    assert not small.fits(41)


def test_a_letter_larger_than_the_window_goes_alone() -> None:
    flow = started(Limits(push_bytes=100))
    assert flow.fits(1_000)
    flow.push(1, 1_000)
    assert not flow.fits(1)


def test_acknowledging_opens_the_window_by_what_was_acknowledged() -> None:
    flow = started(Limits(push_messages=3))
    for seq in (1, 2, 3):
        flow.push(seq, 10)
    assert flow.acknowledge(2) == 2
    assert flow.acknowledged == 2
    assert flow.fits(10)


def test_the_disk_is_read_when_half_the_window_is_free_or_nothing_is_under_way() -> None:
    flow = started(Limits(push_messages=4, push_bytes=1_000), head=100)
    assert flow.room() == (4, 1_000)
    for seq in (1, 2, 3):
        flow.push(seq, 10)
    assert flow.room() == (0, 0)
    flow.acknowledge(1)
    assert flow.room() == (2, 980)


def test_what_is_announced_as_missing_counts_as_delivered() -> None:
    flow = started(Limits(), head=5)
    flow.pass_over(4)
    assert flow.is_behind
    assert flow.takes_next(5, 1)
    flow.pass_over(5)
    assert not flow.is_behind

from babilu.kernel.ids import DeviceId
from babilu.relay.base.submission_order import ON_THE_WAY_MS, RECIPIENTS_AT_MOST, SubmissionOrder

BOB, CAROL = DeviceId(b"b" * 16), DeviceId(b"c" * 16)


def test_what_is_on_the_way_behind_a_refused_one_would_overtake_it_and_nothing_else_would() -> None:
    submission_order = SubmissionOrder()
    submission_order.refuse(BOB, 5, 0)
    assert submission_order.overtakes(BOB, 6, 1)
    assert submission_order.overtakes(BOB, 7, ON_THE_WAY_MS - 1)
    assert not submission_order.overtakes(CAROL, 6, 1)


def test_once_the_refused_one_comes_again_those_behind_it_may_follow() -> None:
    submission_order = SubmissionOrder()
    for number in (5, 6, 7):
        submission_order.refuse(BOB, number, 0)
    assert submission_order.overtakes(BOB, 6, 1)
    assert not submission_order.overtakes(BOB, 5, 2)
    assert not submission_order.overtakes(BOB, 6, 3)


def test_a_sender_who_gave_the_refused_one_up_is_heard_again_in_a_moment() -> None:
    submission_order = SubmissionOrder()
    submission_order.refuse(BOB, 5, 0)
    assert not submission_order.overtakes(BOB, 6, ON_THE_WAY_MS)
    assert not submission_order.overtakes(BOB, 7, 1)


def test_a_flood_of_recipients_does_not_fill_the_memory() -> None:
    submission_order = SubmissionOrder()
    submission_order.refuse(BOB, 1, 0)
    for number in range(RECIPIENTS_AT_MOST):
        submission_order.refuse(DeviceId(number.to_bytes(16, "big")), 1, 0)
    assert len(submission_order._refused) == RECIPIENTS_AT_MOST
    assert not submission_order.overtakes(BOB, 2, 1)

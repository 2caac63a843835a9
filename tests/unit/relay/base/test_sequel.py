from babilu.kernel.ids import DeviceId
from babilu.relay.base.sequel import ON_THE_WAY_MS, RECIPIENTS_AT_MOST, Sequel

BOB, CAROL = DeviceId(b"b" * 16), DeviceId(b"c" * 16)


def test_what_is_on_the_way_behind_a_refused_one_would_overtake_it_and_nothing_else_would() -> None:
    sequel = Sequel()
    sequel.refuse(BOB, 5, 0)
    assert sequel.overtakes(BOB, 6, 1)
    assert sequel.overtakes(BOB, 7, ON_THE_WAY_MS - 1)
    assert not sequel.overtakes(CAROL, 6, 1)


def test_once_the_refused_one_comes_again_those_behind_it_may_follow() -> None:
    sequel = Sequel()
    for number in (5, 6, 7):
        sequel.refuse(BOB, number, 0)
    assert sequel.overtakes(BOB, 6, 1)
    assert not sequel.overtakes(BOB, 5, 2)
    assert not sequel.overtakes(BOB, 6, 3)


def test_a_sender_who_gave_the_refused_one_up_is_heard_again_in_a_moment() -> None:
    sequel = Sequel()
    sequel.refuse(BOB, 5, 0)
    assert not sequel.overtakes(BOB, 6, ON_THE_WAY_MS)
    assert not sequel.overtakes(BOB, 7, 1)


def test_a_flood_of_recipients_does_not_fill_the_memory() -> None:
    sequel = Sequel()
    sequel.refuse(BOB, 1, 0)
    for number in range(RECIPIENTS_AT_MOST):
        sequel.refuse(DeviceId(number.to_bytes(16, "big")), 1, 0)
    assert len(sequel._refused) == RECIPIENTS_AT_MOST
    assert not sequel.overtakes(BOB, 2, 1)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babilu.kernel.errors import ProtocolError
from babilu.session.chain import (
    HOLES_KEPT,
    NO_CONTENT,
    AfterHole,
    Alarm,
    AlarmReason,
    Chain,
    InOrder,
    Late,
    Verdict,
    content_hash,
    extend,
    pass_over,
    receive,
)

Sent = tuple[int, bytes, bytes]


def contents(count: int) -> list[Sent]:
    """What a sender makes: counter, hash of the previous content, content."""
    chain, made = Chain(), []
    for number in range(1, count + 1):
        content = f"content {number}".encode()
        made.append((chain.counter + 1, chain.last_hash, content))
        chain = extend(chain, content)
    return made


def receive_all(sent: list[Sent]) -> tuple[Chain, list[Verdict]]:
    chain, verdicts = Chain(), []
    for counter, previous, content in sent:
        chain, verdict = receive(chain, counter, previous, content)
        verdicts.append(verdict)
    return chain, verdicts


def test_the_first_content_has_counter_one_and_names_nothing_before_it() -> None:
    assert contents(1)[0][:2] == (1, NO_CONTENT)


def test_contents_in_order_are_in_order() -> None:
    chain, verdicts = receive_all(contents(5))
    assert verdicts == [InOrder()] * 5
    assert (chain.counter, chain.last_hash, chain.holes) == (5, content_hash(b"content 5"), ())


def test_what_is_missing_is_a_hole_and_what_comes_late_takes_its_place() -> None:
    first, second, third, fourth, fifth = contents(5)
    chain, verdicts = receive_all([first, fifth, third, second, fourth])
    assert verdicts == [InOrder(), AfterHole(2, 4), Late(), Late(), Late()]
    assert (chain.counter, chain.holes) == (5, ())


@given(st.permutations(contents(8)))
def test_in_whatever_order_they_come_nothing_is_an_alarm_and_no_hole_is_left(order: list[Sent]) -> None:
    chain, verdicts = receive_all(order)
    assert not any(isinstance(verdict, Alarm) for verdict in verdicts)
    assert (chain.counter, chain.holes) == (8, ())
    assert chain.last_hash == content_hash(b"content 8")


@given(st.lists(st.sampled_from(contents(8)), unique=True))
def test_holes_are_exactly_what_is_missing_below_the_newest(order: list[Sent]) -> None:
    chain, _ = receive_all(order)
    missing = {number for hole in chain.holes for number in range(hole.first, hole.last + 1)}
    came = {counter for counter, _, _ in order}
    assert missing == set(range(1, max(came, default=0) + 1)) - came


def test_a_content_that_follows_another_one_than_was_received_is_an_alarm_once() -> None:
    first, second, third = contents(3)
    chain, verdicts = receive_all([first, (2, content_hash(b"forged"), second[2]), third])
    assert verdicts == [InOrder(), Alarm(AlarmReason.WRONG_HASH), InOrder()]
    assert chain.counter == 3


def test_a_late_content_that_is_not_the_one_its_successor_names_is_an_alarm() -> None:
    first, second, third = contents(3)
    _, verdicts = receive_all([first, third, (2, second[1], b"another")])
    assert verdicts[-1] == Alarm(AlarmReason.WRONG_HASH)


def test_a_late_content_that_does_not_follow_its_predecessor_is_an_alarm() -> None:
    first, second, third, _ = contents(4)
    _, verdicts = receive_all([first, contents(4)[3], (2, content_hash(b"forged"), second[2])])
    assert verdicts[-1] == Alarm(AlarmReason.WRONG_HASH)
    assert third[0] == 3


def test_an_old_counter_under_a_new_message_is_an_alarm_and_changes_nothing() -> None:
    chain, _ = receive_all(contents(3))
    for counter in (0, 1, 3):
        assert receive(chain, counter, NO_CONTENT, b"again") == (chain, Alarm(AlarmReason.OLD_COUNTER))


def test_a_place_in_a_hole_is_filled_once() -> None:
    first, second, third = contents(3)
    _, verdicts = receive_all([first, third, second, second])
    assert verdicts[-1] == Alarm(AlarmReason.OLD_COUNTER)


def test_the_highest_counter_there_is_makes_one_hole() -> None:
    chain, verdict = receive(Chain(), 2**63 - 1, NO_CONTENT, b"far ahead")
    assert verdict == AfterHole(1, 2**63 - 2)
    assert Chain.decode(chain.encode()) == chain


def test_holes_are_bounded_and_the_oldest_are_forgotten() -> None:
    sent = contents(2 * HOLES_KEPT + 20)
    chain, _ = receive_all(sent[1::2])
    assert len(chain.holes) == HOLES_KEPT
    assert Chain.decode(chain.encode()) == chain
    assert receive(chain, *sent[0])[1] == Alarm(AlarmReason.OLD_COUNTER)
    assert receive(chain, *sent[-2])[1] == Late()


def test_kept_bytes_that_are_no_chain_are_refused() -> None:
    with pytest.raises(ProtocolError):
        Chain.decode(b"\x93\x01")


def test_what_was_dropped_takes_its_place_when_it_is_repeated_and_harms_nothing_behind_it() -> None:
    first, *dropped, last = contents(6)
    chain, _ = receive_all([first])
    for counter, _, content in dropped:
        chain = pass_over(chain, counter, content)
    assert [(hole.first, hole.last) for hole in chain.holes] == [(2, 5)]
    chain, verdict = receive(chain, *last)
    assert verdict == InOrder()
    for sent in reversed(dropped):
        chain, verdict = receive(chain, *sent)
        assert verdict == Late()
    assert (chain.counter, chain.holes) == (6, ())


def test_what_was_dropped_is_known_by_its_hash_and_not_dropped_twice() -> None:
    first, second, third, _ = contents(4)
    chain, _ = receive_all([first])
    chain = pass_over(chain, third[0], third[2])
    assert pass_over(chain, third[0], third[2]) == pass_over(chain, second[0], second[2]) == chain
    assert receive(chain, 3, third[1], b"something else")[1] == Alarm(AlarmReason.WRONG_HASH)
    assert receive(chain, 2, NO_CONTENT, b"something else")[1] == Alarm(AlarmReason.WRONG_HASH)
    assert receive(chain, *second)[1] == receive(chain, *third)[1] == Late()

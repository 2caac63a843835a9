"""What a text costs from Enter to the other screen: counted, and so the same on every machine (docs/adr/0068)."""

from collections.abc import Callable

import pytest

from bench.calls import NAMED, WRITES, Counts, called, measure, of_clients, way_of

MESSAGES = 5

STATEMENTS = 52
CALLS = 840


@pytest.fixture(scope="module")
def messages() -> list[Counts]:
    return measure(MESSAGES)


def least(messages: list[Counts], count: Callable[[Counts], int]) -> int:
    """Count for the message that cost least: another one may have met a conversation that was still at work."""
    return min(map(count, messages))


@pytest.mark.parametrize("write", WRITES)
def test_a_message_is_one_transaction_of_each_client_and_one_of_the_relay(messages: list[Counts], write: str) -> None:
    at_most = 2 if write.startswith("store/") else 1
    assert least(messages, lambda each: called(way_of(each), write)) == at_most


@pytest.mark.parametrize(
    ("what", "times"),
    [
        ("device lists decoded", 0),
        ("device lists verified", 0),
        ("outer seals opened", 1),
        ("senders checked", 1),
    ],
)
def test_nothing_is_done_twice_for_a_message(messages: list[Counts], what: str, times: int) -> None:
    assert least(messages, lambda each: called(way_of(each), *NAMED[what])) == times


def test_a_message_takes_no_more_statements_than_are_written_down(messages: list[Counts]) -> None:
    assert least(messages, lambda each: called(way_of(each), *NAMED["SQL statements of the clients"])) <= STATEMENTS


def test_a_message_takes_no_more_calls_than_are_written_down(messages: list[Counts]) -> None:
    assert 0 < least(messages, lambda each: of_clients(each).total()) <= CALLS

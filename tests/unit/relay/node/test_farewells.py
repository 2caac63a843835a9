import pytest

from babilu.relay.node.farewells import (
    LOGIN_MS,
    LONGEST_SPREAD_MS,
    NEW_START_MS,
    SHORTEST_SPREAD_MS,
    farewells,
    logins_ms,
    spread_ms,
)

CROWD = 20_000


def retries(connections: int, other_nodes: int) -> list[int]:
    made = list(farewells(connections, other_nodes))
    assert all(bye.reason == "shutting_down" for bye in made)
    return [bye.retry_after_ms or 0 for bye in made]


@pytest.mark.parametrize(
    ("connections", "other_nodes", "spread"),
    [
        (1, 1, SHORTEST_SPREAD_MS),
        (CROWD, 1, CROWD * LOGIN_MS),
        (CROWD, 4, CROWD * LOGIN_MS // 4),
        (CROWD, 0, CROWD * LOGIN_MS),
        (10_000_000, 1, LONGEST_SPREAD_MS),
    ],
)
def test_the_spread_is_as_long_as_the_logins_take(connections: int, other_nodes: int, spread: int) -> None:
    assert spread_ms(connections, other_nodes) == spread


@pytest.mark.parametrize(
    ("connections", "other_nodes", "spread"),
    [(0, 1, 0), (2, 1, 2 * LOGIN_MS), (CROWD, 4, CROWD * LOGIN_MS // 4), (CROWD, 0, CROWD * LOGIN_MS)],
)
def test_whoever_gets_no_farewell_is_told_the_same_time_and_of_a_few_nobody_waits(
    connections: int, other_nodes: int, spread: int
) -> None:
    assert logins_ms(connections, other_nodes) == spread


@pytest.mark.parametrize("other_nodes", [0, 1, 7])
def test_in_no_second_more_come_back_than_the_nodes_let_in(other_nodes: int) -> None:
    asked = retries(CROWD, other_nodes)
    seconds = [0] * (max(asked) // 1000 + 1)
    for retry in asked:
        seconds[retry // 1000] += 1
    assert max(seconds) <= 1000 / LOGIN_MS * max(other_nodes, 1) + 1


def test_a_relay_without_other_nodes_has_the_time_to_start_anew() -> None:
    assert retries(1, 0) == [NEW_START_MS]
    assert min(retries(CROWD, 0)) == NEW_START_MS
    assert min(retries(CROWD, 1)) == 0


def test_a_node_that_nobody_is_connected_to_says_nothing() -> None:
    assert retries(0, 3) == []

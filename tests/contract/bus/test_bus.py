"""What a bus promises a node of its own hints; what reaches other nodes may be lost, and is no promise."""

import asyncio

import pytest

from babilu.relay.bus.port import AccountInDoubt, Bus, Hint, ListChanged, LogGrown, NodeCame, in_doubt
from tests.contract.bus.conftest import until


async def test_what_a_node_tells_all_its_own_listeners_hear_at_the_next_turn(bus: Bus) -> None:
    heard = list[tuple[str, Hint]]()
    bus.subscribe(lambda hint: heard.append(("first", hint)))
    bus.subscribe(lambda hint: heard.append(("second", hint)))
    hints = [ListChanged("alice"), ListChanged("bob")]
    for hint in hints:
        bus.publish(hint)

    assert heard == []
    await asyncio.sleep(0)
    assert [hint for who, hint in heard if who == "first"] == hints
    assert [hint for who, hint in heard if who == "second"] == hints


async def test_what_is_told_to_this_node_alone_is_heard_here(bus: Bus) -> None:
    heard = list[Hint]()
    bus.subscribe(heard.append)
    bus.publish(ListChanged("alice"), bus.node)

    await asyncio.sleep(0)
    assert heard == [ListChanged("alice")]


async def test_whoever_names_kinds_hears_those_alone(bus: Bus) -> None:
    heard = list[Hint]()
    bus.subscribe(heard.append, ListChanged, NodeCame)
    hints: list[Hint] = [AccountInDoubt("alice"), ListChanged("alice"), LogGrown(), NodeCame(2)]
    for hint in hints:
        bus.publish(hint)

    await asyncio.sleep(0)
    assert heard == [ListChanged("alice"), NodeCame(2)]


async def test_a_bus_that_has_begun_is_up(bus: Bus) -> None:
    await until(lambda: bus.is_up)


async def test_nobody_hears_after_the_end(bus: Bus) -> None:
    heard = list[Hint]()
    bus.subscribe(heard.append)
    await bus.close()
    bus.publish(ListChanged("alice"))

    await asyncio.sleep(0)
    assert heard == []


async def test_a_change_that_fails_puts_its_account_in_doubt_and_one_that_holds_does_not(bus: Bus) -> None:
    heard = list[Hint]()
    bus.subscribe(heard.append)
    with in_doubt(bus, "alice"):
        pass
    with pytest.raises(OSError, match="lost"), in_doubt(bus, "bob"):
        raise OSError("lost")

    await asyncio.sleep(0)
    assert heard == [AccountInDoubt("bob")]

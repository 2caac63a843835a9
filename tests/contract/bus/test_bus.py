"""What a bus promises a node of its own hints; what reaches other nodes may be lost, and is no promise."""

import asyncio
from collections.abc import Callable

import pytest

from babilu.relay.bus.local import LocalBus
from babilu.relay.bus.port import AccountInDoubt, Bus, Hint, ListChanged, in_doubt
from tests.fakes.nodes import Nodes

ADAPTERS: dict[str, Callable[[], Bus]] = {"local": LocalBus, "one of several": lambda: Nodes().make_bus(1)}
"""What joins the bus; more of them with each adapter."""


@pytest.fixture(params=ADAPTERS)
def make_bus(request: pytest.FixtureRequest) -> Callable[[], Bus]:
    return ADAPTERS[request.param]


async def test_what_a_node_tells_all_its_own_listeners_hear_at_the_next_turn(make_bus: Callable[[], Bus]) -> None:
    bus, heard = make_bus(), list[tuple[str, Hint]]()
    bus.subscribe(lambda hint: heard.append(("first", hint)))
    bus.subscribe(lambda hint: heard.append(("second", hint)))
    hints = [ListChanged("alice"), ListChanged("bob")]
    for hint in hints:
        bus.publish(hint)

    assert heard == []
    await asyncio.sleep(0)
    assert [hint for who, hint in heard if who == "first"] == hints
    assert [hint for who, hint in heard if who == "second"] == hints


async def test_what_is_told_to_this_node_alone_is_heard_here(make_bus: Callable[[], Bus]) -> None:
    bus, heard = make_bus(), list[Hint]()
    bus.subscribe(heard.append)
    bus.publish(ListChanged("alice"), bus.node)

    await asyncio.sleep(0)
    assert heard == [ListChanged("alice")]


async def test_nobody_hears_after_the_end(make_bus: Callable[[], Bus]) -> None:
    bus, heard = make_bus(), list[Hint]()
    bus.subscribe(heard.append)
    await bus.close()
    bus.publish(ListChanged("alice"))

    await asyncio.sleep(0)
    assert heard == []


async def test_a_change_that_fails_puts_its_account_in_doubt_and_one_that_holds_does_not(
    make_bus: Callable[[], Bus],
) -> None:
    bus, heard = make_bus(), list[Hint]()
    bus.subscribe(heard.append)
    with in_doubt(bus, "alice"):
        pass
    with pytest.raises(OSError, match="lost"), in_doubt(bus, "bob"):
        raise OSError("lost")

    await asyncio.sleep(0)
    assert heard == [AccountInDoubt("bob")]

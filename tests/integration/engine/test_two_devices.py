"""A contact with two devices at a real relay: neither waits for the other, and the state shown is the least of both."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from babilu.api import commands
from babilu.engine.runtime.loop_thread import LoopThread
from babilu.identity.device_list import list_hash
from babilu.kernel.ids import MessageId
from babilu.kernel.limits import Limits
from babilu.kernel.states import MessageState
from babilu.relay.services import submission
from babilu.wire.client_frames import Ack, PublishPrekeys, Watched
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Deliver, Ok
from tests.integration.engine.party import Party, relayed
from tests.integration.engine.relays import House, running_relay
from tests.relay_client import Device, Person, RawClient
from tests.unit.store.builders import unsettled

DEADLINE_S = 60.0

T = TypeVar("T")


class Bob:
    """A person with a phone and a laptop, each a connection of frames alone, on a loop of their own."""

    def __init__(self, house: House) -> None:
        self.address = (house.address.host, house.address.port)
        self.person, self.laptop = Person("bob"), Device()
        self.loop = LoopThread()
        self.loop.start()
        self.connections = AsyncExitStack()
        self.phone = self.run(self._register())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(asyncio.wait_for(coroutine, DEADLINE_S)).result(DEADLINE_S)

    async def _connect(self) -> RawClient:
        return await self.connections.enter_async_context(RawClient.connect(self.address))

    async def _register(self) -> RawClient:
        await (await self._connect()).register(self.person)
        await (await self._connect()).publish(self.person, self.person.device, self.laptop)
        phone = await self._connect()
        await phone.login_device(self.person)
        await phone.resume()
        return phone

    def opens_laptop(self, *, publishes: bool = True, watches: Watched | None = None) -> RawClient:
        return self.run(self._laptop(publishes, watches))

    async def _laptop(self, publishes: bool, watches: Watched | None) -> RawClient:
        laptop = await self._connect()
        await laptop.login_device(self.person, self.laptop)
        if publishes:
            await laptop.request(lambda number: PublishPrekeys(number, self.laptop.prekeys()), Ok)
        await laptop.resume()
        if watches is not None:
            await laptop.watch(watches, kind=Ok)
        return laptop

    def fetches(self, client: RawClient, number: int) -> list[Deliver]:
        return self.run(self._fetch(client, number))

    @staticmethod
    async def _fetch(client: RawClient, number: int) -> list[Deliver]:
        fetched: list[Deliver] = []
        while len(fetched) < number:
            received = await client.receive()
            # A relay also tells that prekeys are used up.
            if isinstance(received, Deliver):
                fetched.append(received)
        client.send(Ack(fetched[-1].seq))
        return fetched

    def closes(self, client: RawClient) -> None:
        self.run(self._close(client))

    @staticmethod
    async def _close(client: RawClient) -> None:
        client.send(Bye("done"))
        await client.closed()

    def end(self) -> None:
        self.run(self.connections.aclose())
        self.loop.stop()


@contextmanager
def alice_and_bob(folder: Path, limits: Limits | None = None) -> Iterator[tuple[Party, Bob]]:
    with running_relay(folder / "relay", limits) as house:
        bob = Bob(house)
        try:
            with relayed(folder / "homes", house.address, "alice") as (alice,):
                yield alice, bob
        finally:
            bob.end()


def states(alice: Party, bob: Bob, message: MessageId) -> tuple[MessageState, MessageState, MessageState | None]:
    """Give how far a message has come with the phone, with the laptop, and as it is shown."""
    info = alice.ask(commands.MessageInfo(message))
    found = {device.device: device.state for device in info.devices}
    return found[bob.person.device.id.hex()], found[bob.laptop.id.hex()], info.message.state


HELD, QUEUED = MessageState.HELD, MessageState.QUEUED


def test_a_device_without_prekeys_keeps_nobody_waiting_and_gets_all_in_order_later(tmp_path: Path) -> None:
    with alice_and_bob(tmp_path) as (alice, bob):
        said = [alice.send("bob", f"words {number}").id for number in range(3)]
        bob.fetches(bob.phone, 3)
        alice.until(lambda: all(states(alice, bob, each) == (HELD, QUEUED, QUEUED) for each in said), "the phone's")

        laptop = bob.opens_laptop()
        last = alice.send("bob", "and more").id
        bob.fetches(bob.phone, 1)
        fetched = bob.fetches(laptop, 4)

        assert [each.seq for each in fetched] == [1, 2, 3, 4]
        alice.until(lambda: all(states(alice, bob, each) == (HELD, HELD, HELD) for each in (*said, last)), "both")
        with alice.engine._base.database.read() as unit:
            sent = unsettled(unit, bob.laptop.id)
        assert [(row.message, row.counter) for row in sent] == list(zip([*said, last], range(1, 5), strict=True))


def test_a_full_mailbox_stalls_its_device_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "_FULL_MAILBOX_RETRY_MS", 50)
    with alice_and_bob(tmp_path, Limits(sender_messages=3)) as (alice, bob):
        own = alice.engine._base.own.device_list
        watched = Watched("alice", list_hash(own))
        bob.run(bob.phone.watch(watched, kind=Ok))
        bob.closes(bob.opens_laptop(watches=watched))

        said = [alice.send("bob", f"words {number}").id for number in range(8)]
        for _ in said:
            bob.fetches(bob.phone, 1)
        alice.until(lambda: states(alice, bob, said[7]) == (HELD, QUEUED, QUEUED), "what the phone has")
        alice.until(lambda: states(alice, bob, said[2]) == (HELD, HELD, HELD), "what both have")
        assert [states(alice, bob, each)[1] for each in said] == [HELD] * 3 + [QUEUED] * 5

        laptop = bob.opens_laptop(publishes=False)
        fetched = [seq for _ in said for seq in [bob.fetches(laptop, 1)[0].seq]]
        assert fetched == list(range(1, 9))
        alice.until(lambda: states(alice, bob, said[7]) == (HELD, HELD, HELD), "what has waited")


def test_a_device_that_is_removed_counts_no_longer_and_its_successor_gets_what_it_has_missed(tmp_path: Path) -> None:
    with alice_and_bob(tmp_path) as (alice, bob):
        said = alice.send("bob", "words").id
        bob.fetches(bob.phone, 1)
        alice.until(lambda: states(alice, bob, said) == (HELD, QUEUED, QUEUED), "the phone's")

        bob.laptop = Device()
        bob.run(_publish(bob))
        laptop = bob.opens_laptop()
        alice.send("bob", "more words")
        fetched = bob.fetches(laptop, 2)

        assert len(fetched) == 2
        alice.until(lambda: states(alice, bob, said) == (HELD, HELD, HELD), "the successor's")


async def _publish(bob: Bob) -> None:
    await (await bob._connect()).publish(bob.person, bob.person.device, bob.laptop)

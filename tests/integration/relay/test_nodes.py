"""Two nodes of one relay on one database: what happens at one reaches whom it concerns at the other."""

import asyncio
from typing import cast, get_args

import pytest

from babilu.cli.admin_link import ask
from babilu.kernel.errors import ErrorCode
from babilu.relay.base import admin_requests
from babilu.relay.bus.port import DeviceMoved, Hint, LetterStored, NodeGone
from babilu.wire.client_frames import Ack, FetchBundle, Transient
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import (
    BundleIs,
    Deliver,
    Notice,
    Ok,
    PrekeysLow,
    PresenceFrame,
    StaleDevices,
    TransientFrame,
)
from tests.fakes.nodes import NodeBus
from tests.integration.relay.conftest import Pair
from tests.relay_client import ClosedError, Device, Person, RawClient, refused


@pytest.mark.parametrize("times", [1, 2])
async def test_mail_reaches_a_device_at_another_node_in_order_and_once(pair: Pair, times: int) -> None:
    pair.nodes.times = times
    _, alice = await pair.first.register("alice")
    bob, b = await pair.second.register("bob")

    sent = [b"%d" % number for number in range(50)]
    await alice.submit(bob, *sent)
    assert [(each.seq, each.envelope) for each in await b.deliveries(50)] == list(enumerate(sent, start=1))
    assert await b.quiet() == []


async def test_mail_for_another_node_goes_along_with_its_hint_and_costs_no_read(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, alice = await pair.first.register("alice")
    bob, b = await pair.second.register("bob")
    store = pair.second.relay._up.services.delivery._store
    monkeypatch.setattr(store, "read", None)

    # The fake bus carries hints within one turn of the loop.
    await alice.submit(bob, b"one", b"two")
    heard = [*await b.quiet(), *await b.quiet()]
    assert [each.envelope for each in heard if isinstance(each, Deliver)] == [b"one", b"two"]


async def test_every_kind_of_hint_is_heard_by_somebody_and_a_letter_by_one_alone(pair: Pair) -> None:
    listeners = cast("NodeBus", pair.first.relay._up.bus)._listeners
    assert [kind for kind in get_args(Hint) if not listeners.of(kind)] == []
    assert len(listeners.of(LetterStored)) == 1


async def test_mail_whose_hint_was_lost_is_found_by_looking_after_it(pair: Pair) -> None:
    _, alice = await pair.first.register("alice")
    bob, b = await pair.second.register("bob")

    pair.nodes.times = 0
    await alice.submit(bob, b"one")
    assert await b.quiet() == []
    await pair.second.look_after(bob)
    assert [each.envelope for each in await b.quiet() if isinstance(each, Deliver)] == [b"one"]


async def test_a_device_whose_move_was_told_to_nobody_is_replaced_once_it_acknowledges(pair: Pair) -> None:
    _, alice = await pair.first.register("alice")
    bob, old = await pair.second.register("bob")
    await alice.submit(bob, b"one")
    (letter,) = await old.deliveries(1)

    pair.nodes.times = 0
    await pair.come(pair.first, bob)
    assert await old.quiet() == []
    old.send(Ack(letter.seq))
    await old.quiet()
    delivery = pair.second.relay._up.services.delivery
    deletion = delivery._delete_acknowledged()
    assert deletion is not None
    await deletion
    await pair.second.look_after()
    assert not pair.second.is_live(bob)
    assert (await old.closed())[-1] == Bye(ErrorCode.REPLACED.value)


async def test_a_device_whose_move_was_told_to_nobody_is_replaced_by_looking_after_it(pair: Pair) -> None:
    bob, old = await pair.second.register("bob")

    pair.nodes.times = 0
    new = await pair.come(pair.first, bob)
    await pair.second.look_after(bob)
    assert (await old.closed())[-1] == Bye(ErrorCode.REPLACED.value)
    await pair.first.look_after(bob)
    await new.quiet()
    assert await new.quiet() == []


async def test_a_device_that_is_gone_is_sent_away_by_looking_after_it(pair: Pair) -> None:
    alice, a = await pair.first.register("alice")

    pair.nodes.times = 0
    await asyncio.to_thread(ask, pair.second.home, admin_requests.DeleteUser("alice"), admin_requests.Done)
    assert await a.quiet() == []
    await pair.first.look_after(alice)
    assert (await a.closed())[-1] == Bye(ErrorCode.DEVICE_UNKNOWN.value)


async def test_mail_whose_hint_was_lost_comes_with_the_next(pair: Pair) -> None:
    _, alice = await pair.first.register("alice")
    bob, b = await pair.second.register("bob")

    pair.nodes.times = 0
    await alice.submit(bob, b"one")
    assert await b.quiet() == []
    pair.nodes.times = 1
    await alice.submit(bob, b"two")
    assert [each.envelope for each in await b.deliveries(2)] == [b"one", b"two"]


async def test_a_device_that_comes_to_another_node_is_replaced_at_the_former(pair: Pair) -> None:
    _, alice = await pair.first.register("alice")
    bob, old = await pair.second.register("bob")

    new = await pair.come(pair.first, bob)
    assert (await old.closed())[-1] == Bye(ErrorCode.REPLACED.value)
    await alice.submit(bob, b"one")
    assert [each.envelope for each in await new.deliveries(1)] == [b"one"]
    back = await pair.come(pair.second, bob)
    assert (await new.closed())[-1] == Bye(ErrorCode.REPLACED.value)
    await alice.submit(bob, b"two")
    assert [each.envelope for each in await back.deliveries(2)] == [b"one", b"two"]


async def test_a_device_that_moved_is_sent_away_by_the_hint_alone(pair: Pair) -> None:
    bob, old = await pair.second.register("bob")
    await pair.come(pair.first, bob)
    # The fake bus carries hints within one turn of the loop; nobody has looked after devices yet.
    with pytest.raises(ClosedError):
        await old.quiet()


async def test_a_move_that_is_heard_of_late_or_again_ends_nobody(pair: Pair) -> None:
    bob, _ = await pair.second.register("bob")
    await pair.come(pair.first, bob)
    back = await pair.come(pair.second, bob)

    pair.nodes.buses[1].publish(DeviceMoved(bob.device.id, 1), 2)
    await back.quiet()
    assert await back.quiet() == []


async def test_a_changed_list_is_told_and_the_device_that_went_is_sent_away(pair: Pair) -> None:
    alice, a = await pair.first.register("alice")
    _, b = await pair.second.register("bob")
    await b.watch(alice, kind=Ok)

    await (await pair.second.connect()).publish(alice, Device())
    assert (await a.closed())[-1] == Bye(ErrorCode.DEVICE_UNKNOWN.value)
    assert isinstance(await b.receive(), StaleDevices)


async def test_a_device_at_another_node_is_told_that_its_prekeys_run_low(pair: Pair) -> None:
    _, alice = await pair.first.register("alice")
    bob = Person("bob")
    b = await pair.second.connect()
    await b.register(bob, prekeys=bob.device.prekeys(ec=20, kem=30))
    await b.resume()

    await alice.request(lambda number: FetchBundle(number, bob.name, bob.device.id), BundleIs)
    assert await b.quiet() == [PrekeysLow(19, 29)]


async def test_a_transient_reaches_a_device_at_another_node_and_waits_at_none(pair: Pair) -> None:
    alice, a = await pair.first.register("alice")
    bob, b = await pair.second.register("bob")
    await a.watch(bob, kind=Ok)
    a.send(Transient(a.number(), bob.name, bob.device.id, b"to whom nobody is shown"))
    await a.quiet()
    await b.watch(alice, kind=Ok)
    assert await b.quiet() == [PresenceFrame("alice", "online")]
    await a.quiet()

    a.send(Transient(a.number(), bob.name, bob.device.id, b"now"))
    assert await a.quiet() == []
    assert await b.quiet() == [TransientFrame(b"now")]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (admin_requests.DisableUser("alice"), ErrorCode.ACCOUNT_DISABLED),
        (admin_requests.DeleteUser("alice"), ErrorCode.DEVICE_UNKNOWN),
    ],
)
async def test_an_account_that_is_closed_at_one_node_is_sent_away_from_all(
    pair: Pair, order: admin_requests.AdminRequest, why: ErrorCode
) -> None:
    alice, a = await pair.first.register("alice")

    await asyncio.to_thread(ask, pair.second.home, order, admin_requests.Done)
    assert (await a.closed())[-1] == Bye(why.value)
    with refused(why):
        await pair.come(pair.first, alice)


async def test_an_account_that_is_closed_at_another_node_is_heard_of_by_the_hint_alone(pair: Pair) -> None:
    _, a = await pair.first.register("alice")
    await asyncio.to_thread(ask, pair.second.home, admin_requests.DisableUser("alice"), admin_requests.Done)
    # Nobody has looked after accounts yet.
    with pytest.raises(ClosedError):
        await a.quiet()


class TestPresence:
    async def watch_each_other(self, pair: Pair) -> tuple[RawClient, Person, RawClient, Person]:
        alice, a = await pair.first.register("alice")
        bob, b = await pair.second.register("bob")
        await a.watch(bob, kind=Ok)
        await b.watch(alice, kind=Ok)
        assert [await a.expect(PresenceFrame), await b.expect(PresenceFrame)] == [online("bob"), online("alice")]
        return a, alice, b, bob

    async def test_is_shown_across_nodes_and_ends_with_the_connection(self, pair: Pair) -> None:
        a, _, b, _ = await self.watch_each_other(pair)
        a.send(Bye("done"))
        await a.closed()
        assert await b.expect(PresenceFrame) == offline("alice")

    async def test_ends_for_who_is_watched_no_more(self, pair: Pair) -> None:
        a, _, b, bob = await self.watch_each_other(pair)
        await a.watch(kind=Ok)
        assert await b.expect(PresenceFrame) == offline("alice")
        await a.watch(bob, kind=Ok)
        assert [await a.expect(PresenceFrame), await b.expect(PresenceFrame)] == [online("bob"), online("alice")]

    async def test_of_one_who_comes_back_is_told_again_to_both(self, pair: Pair) -> None:
        a, alice, b, bob = await self.watch_each_other(pair)
        a.send(Bye("done"))
        await a.closed()
        await b.expect(PresenceFrame)
        back = await pair.come(pair.first, alice)
        await back.watch(bob, kind=Ok)
        assert [await back.expect(PresenceFrame), await b.expect(PresenceFrame)] == [online("bob"), online("alice")]

    async def test_lasts_where_a_device_comes_from_another_node(self, pair: Pair) -> None:
        a, alice, b, bob = await self.watch_each_other(pair)
        back = await pair.come(pair.second, alice)
        await back.watch(bob, kind=Ok)
        assert await back.expect(PresenceFrame) == online("bob")
        await a.closed()
        said = [each for each in await b.quiet() if isinstance(each, PresenceFrame)]
        assert said in ([], [offline("alice"), online("alice")])

    async def test_of_a_node_that_is_gone_ends(self, pair: Pair) -> None:
        a, _, b, _ = await self.watch_each_other(pair)
        pair.nodes.buses[2].hear(NodeGone(1))
        assert await b.expect(PresenceFrame) == offline("alice")
        assert await a.quiet() == []

    async def test_is_shown_to_nobody_who_is_not_watched_in_turn(self, pair: Pair) -> None:
        alice, a = await pair.first.register("alice")
        _, b = await pair.second.register("bob")
        await b.watch(alice, kind=Ok)
        assert await b.quiet() + await a.quiet() == []


def online(name: str) -> PresenceFrame:
    return PresenceFrame(name, "online")


def offline(name: str) -> PresenceFrame:
    return PresenceFrame(name, "offline")


async def test_a_notice_reaches_everybody_at_all_nodes(pair: Pair) -> None:
    _, a = await pair.first.register("alice")
    _, b = await pair.second.register("bob")

    pair.first.relay.notify("Back at noon.")
    assert [await a.expect(Notice), await b.expect(Notice)] == [Notice("Back at noon.")] * 2

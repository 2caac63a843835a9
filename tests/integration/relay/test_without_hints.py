"""Two nodes whose bus carries nothing between them: all that a hint brings comes about all the same, in time."""

import asyncio
import dataclasses
from typing import Any

import pytest

from babilu.cli.admin_link import ask
from babilu.crypto.secret import Secret
from babilu.kernel.errors import BabiluError, ErrorCode, LinkError, ProtocolError, UsageError
from babilu.relay.base import admin_requests
from babilu.relay.base.keys import RelayKey
from babilu.relay.node.cluster_node import BEAT_S, CUT_OFF_MS, LIVES_MS, POLL_WITHOUT_BUS_S, PRESENCE_MS
from babilu.relay.services.remote_admin import _check_order
from babilu.relay.storage.nodes import ChangeKind
from babilu.wire.client_frames import Ack, FetchBundle
from babilu.wire.frame_base import Bye, Pong
from babilu.wire.relay_frames import BundleIs, Deliver, NextPin, Notice, Ok, PresenceFrame, StaleDevices
from tests.integration.relay.conftest import House, Pair
from tests.relay_client import Device, Person, RawClient, RefusedError, refused

AWAY = ErrorCode.SHUTTING_DOWN.value


@pytest.fixture(autouse=True)
def lost(pair: Pair) -> None:
    pair.nodes.times = 0


async def order(house: House, request: admin_requests.AdminRequest, answer: type = admin_requests.Done) -> None:
    await asyncio.to_thread(ask, house.home, request, answer)


def is_healthy(house: House) -> bool:
    return house.node.is_healthy


async def last(client: RawClient) -> object:
    return (await client.closed())[-1]


class TestWithinABeat:
    async def test_a_disabled_account_is_out(self, pair: Pair) -> None:
        alice, a = await pair.first.register("alice")
        await order(pair.second, admin_requests.DisableUser("alice"))
        assert await a.quiet() == []
        await pair.beat()
        assert pair.first.relay.online == 0
        assert await last(a) == Bye(ErrorCode.ACCOUNT_DISABLED.value)
        with refused(ErrorCode.ACCOUNT_DISABLED):
            await pair.come(pair.first, alice)

    async def test_a_deleted_account_is_out(self, pair: Pair) -> None:
        _, a = await pair.first.register("alice")
        await order(pair.second, admin_requests.DeleteUser("alice"))
        await pair.beat()
        assert pair.first.relay.online == 0
        assert await last(a) == Bye(ErrorCode.DEVICE_UNKNOWN.value)

    async def test_a_removed_device_is_shown_the_list_and_is_out(self, pair: Pair) -> None:
        alice, a = await pair.first.register("alice")
        await (await pair.second.connect()).publish(alice, Device())
        await pair.beat()
        assert pair.first.relay.online == 0
        shown, bye = (await a.closed())[-2:]
        assert isinstance(shown, StaleDevices)
        assert shown.device_list == alice.device_list
        assert bye == Bye(ErrorCode.DEVICE_UNKNOWN.value)

    async def test_a_changed_list_is_told_to_who_watches(self, pair: Pair) -> None:
        alice, _ = await pair.first.register("alice")
        _, b = await pair.second.register("bob")
        await b.watch(alice, kind=Ok)
        await (await pair.first.connect()).publish(alice, Device())
        assert await b.quiet() == []
        await pair.beat()
        assert [type(frame) for frame in await b.quiet()] == [StaleDevices]

    async def test_a_notice_is_heard_once(self, pair: Pair) -> None:
        _, a = await pair.first.register("alice")
        _, b = await pair.second.register("bob")
        await order(pair.second, admin_requests.Broadcast("Back at noon."), admin_requests.NoticeSent)
        for _ in range(3):
            await pair.beat()
        assert [await a.quiet(), await b.quiet()] == [[Notice("Back at noon.")]] * 2

    async def test_an_account_that_was_enabled_again_meanwhile_stays(self, pair: Pair) -> None:
        _, a = await pair.first.register("alice")
        await order(pair.second, admin_requests.DisableUser("alice"))
        await order(pair.second, admin_requests.EnableUser("alice"))
        await pair.beat()
        assert await a.quiet() == []

    async def test_what_was_done_is_not_done_again(self, pair: Pair) -> None:
        alice, a = await pair.first.register("alice")
        await order(pair.second, admin_requests.DisableUser("alice"))
        await pair.beat()
        await a.closed()
        await order(pair.second, admin_requests.EnableUser("alice"))
        back = await pair.come(pair.first, alice)
        await pair.beat()
        assert await back.quiet() == []

    async def test_what_cannot_be_followed_keeps_nothing_that_comes_behind_it(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, a = await pair.first.register("alice")
        certificates = pair.first.node._parts.certificates
        tried = list[object]()

        async def follow(rotation: object) -> None:
            tried.append(rotation)
            raise UsageError("The folder cannot be written.")

        monkeypatch.setattr(certificates, "follow", follow)
        pair.nodes.note(ChangeKind.CERTIFICATE)
        await order(pair.second, admin_requests.DisableUser("alice"))
        await pair.beat()
        assert pair.first.relay.online == 0
        assert await last(a) == Bye(ErrorCode.ACCOUNT_DISABLED.value)
        await pair.beat()
        # It is tried again, and what was done is not.
        assert len(tried) == 2
        assert is_healthy(pair.first)

    async def test_a_reason_that_only_a_newer_node_knows_closes_the_account_all_the_same(self, pair: Pair) -> None:
        _, a = await pair.first.register("alice")
        state = next(iter(pair.first.relay._up.services.sessions.everybody())).state
        pair.nodes.note(ChangeKind.ACCOUNT_CLOSED, getattr(state, "account", None), text="moved_to_mars")
        await pair.beat()
        assert await last(a) == Bye(ErrorCode.UNAVAILABLE.value)

    async def test_a_new_owner_s_invitation_is_shown_nowhere(self, pair: Pair) -> None:
        assert pair.first.relay.owner_invitation is not None
        token = pair.second.relay._up.invitations.owner_token
        assert token is not None
        alice = Person("alice")
        client = await pair.second.connect()
        await client.register(alice, token)
        pair.nodes.note(ChangeKind.OWNER)
        await pair.beat()
        assert pair.first.relay.owner_invitation is None

    def test_all_of_that_is_within_three_seconds(self) -> None:
        # A commit and the closing itself take the rest.
        assert BEAT_S <= 2.5


class TestMail:
    async def test_is_found_within_the_time_of_a_poll_for_every_device(self, pair: Pair) -> None:
        _, alice = await pair.first.register("alice")
        people = [await pair.second.register(f"user{number}") for number in range(6)]
        for person, _ in people:
            await alice.submit(person, b"one")
        for _, client in people:
            assert await client.quiet() == []
        for _ in range(-int(-POLL_WITHOUT_BUS_S // BEAT_S)):
            await pair.beat()
        for _, client in people:
            assert [frame.envelope for frame in await client.quiet() if isinstance(frame, Deliver)] == [b"one"]

    async def test_is_looked_for_in_slices_while_the_bus_is_up(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = [await pair.second.register(f"user{number}") for number in range(20)]
        asked = list[int]()
        delivery = pair.second.relay._up.services.delivery
        monkeypatch.setattr(delivery, "look_after", lambda devices: asked.append(len(devices)))
        pair.nodes.times = 1
        for _ in range(15):
            await pair.second.node.beat()
        assert sum(asked) >= len(people)
        assert max(asked) <= 2

    async def test_of_a_device_that_has_moved_goes_where_it_is(self, pair: Pair) -> None:
        _, alice = await pair.first.register("alice")
        bob, old = await pair.second.register("bob")
        new = await pair.come(pair.first, bob)
        for _ in range(3):
            await pair.beat()
        assert await last(old) == Bye(ErrorCode.REPLACED.value)
        await alice.submit(bob, b"one")
        assert [each.envelope for each in await new.deliveries(1)] == [b"one"]


class TestTheStorage:
    async def test_that_does_not_answer_ends_nothing_at_once(self, pair: Pair) -> None:
        _, b = await pair.second.register("bob")
        pair.nodes.away = {2}
        await pair.beat(CUT_OFF_MS - 1)
        assert await b.quiet() == []

    async def test_that_does_not_answer_for_long_sends_everybody_away_until_it_is_back(self, pair: Pair) -> None:
        bob, b = await pair.second.register("bob")
        pair.nodes.away = {2}
        await pair.beat(CUT_OFF_MS)
        assert pair.second.relay.online == 0
        assert await last(b) == Bye(AWAY, 0)
        assert not is_healthy(pair.second)
        with pytest.raises(ConnectionError):
            await pair.come(pair.second, bob)
        # Another node takes them in.
        await pair.come(pair.first, bob)
        pair.nodes.away = set()
        await pair.beat()
        assert is_healthy(pair.second)
        await pair.come(pair.second, bob)

    async def test_with_another_history_sends_everybody_away_once(self, pair: Pair) -> None:
        people = [await pair.first.register(f"user{number}") for number in range(3)]
        # At once, and not with the next beat: until then letters of the one would be taken for those of the other.
        pair.nodes.hold_another_history(b"epoch..2")
        farewells = [await last(client) for _, client in people]
        assert all(isinstance(each, Bye) and each.reason == AWAY for each in farewells)
        # Each is asked to come back at another moment.
        assert len({each.retry_after_ms for each in farewells if isinstance(each, Bye)}) == 3
        await pair.beat()
        assert pair.first.relay.online == 0
        back, logged_in = await pair.first.enter(people[0][0])
        assert logged_in.epoch == b"epoch..2"
        await pair.beat()
        assert await back.quiet() == []

    @pytest.mark.parametrize("under_way", [False, True])
    async def test_is_told_of_nothing_that_was_acknowledged_in_the_one_before(
        self, pair: Pair, monkeypatch: pytest.MonkeyPatch, under_way: bool
    ) -> None:
        _, alice = await pair.first.register("alice")
        bob, b = await pair.second.register("bob")
        await alice.submit(bob, b"one")
        await b.deliveries(1)
        b.send(Ack(1))
        delivery = pair.second.relay._up.services.delivery
        await b.quiet()
        if under_way:
            lost: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            with monkeypatch.context() as away:
                away.setattr(delivery._store, "acknowledge", lambda _: lost)
                delivery._delete_acknowledged()
            pair.nodes.hold_another_history(b"epoch..2")
            lost.set_exception(LinkError(ErrorCode.UNAVAILABLE, "The storage is away."))
        else:
            pair.nodes.hold_another_history(b"epoch..2")
        # What stands there under this number is another letter, as far as anybody knows.
        back, _ = await pair.second.enter(bob)
        await back.resume(0)
        assert [each.envelope for each in await back.deliveries(1)] == [b"one"]

    async def test_that_a_newer_version_has_changed_is_left_in_peace(self, pair: Pair) -> None:
        _, b = await pair.second.register("bob")
        pair.nodes.is_outdated = True
        await pair.second.node.beat()
        assert await last(b) == Bye(AWAY, 0)
        assert pair.second.node.is_draining

    async def test_s_clock_is_the_one_to_go_by(self, pair: Pair) -> None:
        clock = pair.second.clock
        pair.nodes.clock = type(clock)(now=clock.now + 3_000)
        await pair.second.node.beat()
        assert pair.second.relay._up.services.submissions._clock.now_ms() == clock.now + 3_000

    async def test_s_clock_is_far_from_that_of_a_machine_on_which_no_node_starts(self, pair: Pair) -> None:
        clock = pair.second.clock
        pair.nodes.clock = type(clock)(now=clock.now + 61_000)
        with pytest.raises(UsageError, match="61 s off"):
            await pair.second.start()


class TestOtherNodes:
    async def test_count_among_those_who_may_be_connected(self, pair: Pair) -> None:
        await pair.first.stop()
        await pair.first.start(dataclasses.replace(pair.first.limits, max_users=2))
        _, b = await pair.second.register("bob")
        await pair.beat()
        await pair.first.register("alice")
        with refused(ErrorCode.SERVER_FULL):
            await pair.first.register("carol")
        b.send(Bye("done"))
        await b.closed()
        await pair.second.until_online(0)
        await pair.beat()
        await pair.first.register("carol")

    async def test_are_named_with_what_they_say_of_themselves(self, pair: Pair) -> None:
        await pair.second.register("bob")
        await pair.beat()
        assert [(each.node, each.report.online, each.silent_ms) for each in pair.first.node.nodes] == [
            (1, 0, 0),
            (2, 1, 0),
        ]

    async def test_that_fall_silent_count_no_more_and_nobody_is_online_there(self, pair: Pair) -> None:
        alice, a = await pair.first.register("alice")
        bob, b = await pair.second.register("bob")
        pair.nodes.times = 1
        await a.watch(bob, kind=Ok)
        await b.watch(alice, kind=Ok)
        await a.expect(PresenceFrame)
        pair.nodes.times = 0
        await pair.beat()
        assert pair.first.relay._up.services.sessions.everywhere == 2
        pair.clock.pass_ms(LIVES_MS)
        await pair.first.node.beat()
        assert await a.expect(PresenceFrame) == PresenceFrame("bob", "offline")
        assert pair.first.relay._up.services.sessions.everywhere == 1

    async def test_that_leave_in_peace_are_gone_at_once(self, pair: Pair) -> None:
        await pair.second.stop()
        await pair.first.node.beat()
        assert [each.node for each in pair.first.node.nodes] == [1]


class TestPresence:
    async def watch_each_other(self, pair: Pair) -> tuple[RawClient, RawClient]:
        alice, a = await pair.first.register("alice")
        bob, b = await pair.second.register("bob")
        await a.watch(bob, kind=Ok)
        await b.watch(alice, kind=Ok)
        return a, b

    async def test_is_said_anew_every_five_minutes(self, pair: Pair) -> None:
        a, b = await self.watch_each_other(pair)
        assert await a.quiet() + await b.quiet() == []
        pair.nodes.times = 1
        await pair.beat(PRESENCE_MS)
        assert await a.expect(PresenceFrame) == PresenceFrame("bob", "online")
        assert await b.expect(PresenceFrame) == PresenceFrame("alice", "online")

    async def test_whose_end_was_lost_ends_in_time(self, pair: Pair) -> None:
        pair.nodes.times = 1
        a, b = await self.watch_each_other(pair)
        await a.expect(PresenceFrame)
        pair.nodes.times = 0
        b.send(Bye("done"))
        await b.closed()
        await pair.second.until_online(0)
        pair.nodes.times = 1
        await pair.beat(PRESENCE_MS)
        assert [frame for frame in await a.quiet() if not isinstance(frame, Pong)] == []
        await pair.beat(PRESENCE_MS)
        await pair.beat(PRESENCE_MS)
        assert await a.quiet() == [PresenceFrame("bob", "offline")]

    async def test_of_whom_one_watches_no_more_is_taken_back_by_the_next_word(self, pair: Pair) -> None:
        pair.nodes.times = 1
        a, b = await self.watch_each_other(pair)
        await a.expect(PresenceFrame)
        carol, _ = await pair.first.register("carol")
        pair.nodes.times = 0
        await b.watch(carol, kind=Ok)
        assert await a.quiet() == []
        pair.nodes.times = 1
        await pair.beat(PRESENCE_MS)
        assert await a.expect(PresenceFrame) == PresenceFrame("bob", "offline")


class TestCertificates:
    async def test_are_the_same_at_all_nodes_from_the_start(self, pair: Pair) -> None:
        assert pair.first.relay.fingerprint == pair.second.relay.fingerprint

    async def test_are_announced_withdrawn_and_renewed_at_all_nodes_within_a_beat(self, pair: Pair) -> None:
        _, a = await pair.first.register("alice")
        before = pair.first.relay.fingerprint

        async def step(request: admin_requests.AdminRequest) -> admin_requests.CertificatesAre:
            return await asyncio.to_thread(ask, pair.second.home, request, admin_requests.CertificatesAre)

        prepared = await step(admin_requests.PrepareCertificate())
        assert prepared.following is not None
        assert prepared.announced_at == pair.clock.now
        assert await a.quiet() == []
        await pair.beat()
        assert await a.quiet() == [NextPin(bytes.fromhex(prepared.following))]
        again = await asyncio.to_thread(
            ask, pair.first.home, admin_requests.PrepareCertificate(), admin_requests.CertificatesAre
        )
        assert again == prepared
        await step(admin_requests.WithdrawCertificate())
        await pair.beat()
        assert await a.quiet() == [NextPin(None)]
        following = (await step(admin_requests.PrepareCertificate())).following
        with pytest.raises(BabiluError, match="30 more days"):
            await step(admin_requests.RenewCertificate())
        renewed = await step(admin_requests.RenewCertificate(early=True))
        assert renewed.fingerprint == following
        await pair.beat()
        assert pair.first.relay.fingerprint == following != before
        # Who connects is shown the new one, and who was there stays.
        await pair.first.register("bob")
        assert [frame for frame in await a.quiet() if not isinstance(frame, NextPin)] == []

    async def test_of_another_relay_are_never_shown_by_a_node_with_another_key(self, pair: Pair) -> None:
        (pair.second.home / "relay.key").write_bytes(bytes(32))
        with pytest.raises(UsageError, match="--node-key") as refusal:
            await pair.second.start()
        assert refusal.value.code is ErrorCode.CONFLICT


class TestThrottles:
    async def guess(self, house: House, name: str, times: int) -> list[str]:
        codes = []
        client = await house.connect()
        for _ in range(times):
            try:
                await client.login(Person(name))
            except RefusedError as refusal:
                codes.append(refusal.error.code)
        return codes

    @pytest.mark.parametrize("name", ["alice", "nobody"])
    async def test_of_wrong_passwords_count_at_all_nodes(self, pair: Pair, name: str) -> None:
        await pair.first.register("alice")
        assert await self.guess(pair.first, name, 6) == ["wrong_credentials"] * 5 + ["rate_limited"]
        assert await self.guess(pair.second, name, 2) == ["rate_limited"] * 2
        pair.clock.pass_ms(pair.first.limits.failed_login_ms)
        assert await self.guess(pair.second, name, 2) == ["wrong_credentials", "rate_limited"]
        assert await self.guess(pair.first, name, 1) == ["rate_limited"]

    async def test_name_nobody_without_the_relay_s_key(self, pair: Pair) -> None:
        await self.guess(pair.first, "alice", 1)
        (key,) = pair.nodes.throttles._kept
        assert len(key) == 16
        assert key == pair.first.relay._up.home.key.throttle_key("login", b"alice")
        assert key != RelayKey(Secret(bytes(32))).throttle_key("login", b"alice")

    async def test_of_bundles_count_at_all_nodes(self, pair: Pair) -> None:
        bob, _ = await pair.second.register("bob")
        alice, a = await pair.first.register("alice")
        for _ in range(pair.first.limits.bundle_fetches):
            await a.request(lambda number: FetchBundle(number, bob.name, bob.device.id), BundleIs)
        moved = await pair.come(pair.second, alice)
        with refused(ErrorCode.RATE_LIMITED):
            await moved.request(lambda number: FetchBundle(number, bob.name, bob.device.id), BundleIs)
        pair.clock.pass_ms(pair.first.limits.bundle_fetch_ms)
        await moved.request(lambda number: FetchBundle(number, bob.name, bob.device.id), BundleIs)


class TestAdministration:
    async def test_names_the_nodes_and_how_they_are(self, pair: Pair) -> None:
        await pair.second.register("bob")
        await pair.beat()
        nodes = await asyncio.to_thread(
            ask, pair.first.home, admin_requests.ListNodes(), list[admin_requests.NodeEntry]
        )
        assert [(each.node, each.online, each.state, each.here) for each in nodes] == [
            (1, 0, "up", True),
            (2, 1, "up", False),
        ]
        assert [each.address for each in nodes] == [f"127.0.0.1:{house.relay.address[1]}" for house in pair.houses]
        pair.clock.pass_ms(LIVES_MS)
        await pair.first.node.beat()
        nodes = await asyncio.to_thread(
            ask, pair.first.home, admin_requests.ListNodes(), list[admin_requests.NodeEntry]
        )
        assert [(each.state, each.silent_ms) for each in nodes] == [("up", 0), ("silent", LIVES_MS)]

    async def test_drains_the_node_that_is_asked_and_takes_that_back(self, pair: Pair) -> None:
        _, b = await pair.second.register("bob")
        await pair.beat()
        await order(pair.second, admin_requests.DrainNode())
        assert await last(b) == Bye(AWAY, 0)
        assert (pair.first.node.is_draining, pair.second.node.is_draining) == (False, True)
        await order(pair.second, admin_requests.UndrainNode())
        await pair.second.register("carol")

    def test_over_the_wire_drains_nothing_and_shows_nodes_to_the_owner_alone(self) -> None:
        for request in (admin_requests.DrainNode(), admin_requests.UndrainNode()):
            with pytest.raises(ProtocolError, match="on the relay's machine"):
                _check_order(request, admin_requests.AccountRole.OWNER)
        _check_order(admin_requests.ListNodes(), admin_requests.AccountRole.OWNER)
        with pytest.raises(ProtocolError, match="owner"):
            _check_order(admin_requests.ListNodes(), admin_requests.AccountRole.MODERATOR)


class TestDraining:
    async def test_sends_everybody_away_and_lets_nobody_in_until_it_is_undone(self, pair: Pair) -> None:
        bob, b = await pair.second.register("bob")
        await pair.beat()
        await pair.second.node.drain()
        assert await last(b) == Bye(AWAY, 0)
        with pytest.raises(ConnectionError):
            await pair.come(pair.second, bob)
        await pair.beat()
        assert [each.report.draining for each in pair.first.node.nodes] == [False, True]
        await pair.come(pair.first, bob)
        await pair.second.node.undrain()
        await pair.come(pair.second, bob)

    async def test_is_refused_where_there_is_no_other_node(self, pair: Pair) -> None:
        await pair.first.stop()
        await pair.second.node.beat()
        with pytest.raises(UsageError, match="no other node") as refusal:
            await pair.second.node.drain()
        assert refusal.value.code is ErrorCode.CONFLICT
        assert pair.second.node.is_healthy


async def test_a_node_that_cannot_say_that_it_leaves_stops_all_the_same(pair: Pair) -> None:
    pair.nodes.away = {2}
    await pair.second.stop()
    assert 2 in pair.nodes.seen

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import cast

import msgspec
import pytest
from msgspec import structs

from babilu.kernel.errors import ErrorCode, LinkError
from babilu.kernel.limits import DAY_MS, Limits
from babilu.relay.base.states import live
from babilu.relay.services.submission import PENDING_BYTES
from babilu.relay.transport.driver import Hold
from babilu.wire.client_frames import Ack, Resume, Submit
from babilu.wire.frame_base import Bye
from babilu.wire.relay_frames import Accepted, Deliver, Error, Gap, Ok, Resumed, StaleDevices
from tests.integration.relay.conftest import House
from tests.relay_client import Device, Person, RawClient, RefusedError, envelope_id_of, envelopes, refused


async def pair(house: House) -> tuple[RawClient, Person, RawClient]:
    """Alice's connection, and Bob with his."""
    _, alice = await house.register("alice")
    bob, b = await house.register("bob")
    return alice, bob, b


async def offline_pair(house: House) -> tuple[RawClient, Person]:
    """Alice's connection, and Bob who has an account and is away."""
    alice, bob, b = await pair(house)
    await leave(b)
    return alice, bob


async def leave(client: RawClient) -> None:
    client.send(Bye("done"))
    await client.closed()


async def come_back(house: House, person: Person, cursor: int = 0, envelope: bytes | None = None) -> RawClient:
    client, _ = await house.enter(person)
    await client.resume(cursor, None if envelope is None else envelope_id_of(envelope))
    return client


def numbers(delivered: list[Deliver]) -> list[int]:
    return [each.seq for each in delivered]


async def outcomes(client: RawClient, *submits: Submit) -> list[str]:
    """Tell what became of submissions: that they were accepted, or the codes of their refusals, in the order asked."""
    answers = {}
    for _ in submits:
        answer = await client.receive()
        assert isinstance(answer, Accepted | Error)
        answers[answer.request] = "accepted" if isinstance(answer, Accepted) else answer.code
    return [answers[submit.request] for submit in submits]


class TestSubmitting:
    async def test_is_answered_with_the_envelopes_id_and_how_long_it_is_held(self, house: House) -> None:
        await house.start()
        alice, bob, _ = await pair(house)
        (accepted,) = await alice.submit(bob, b"hello")
        assert accepted.envelope == envelope_id_of(b"hello")
        assert accepted.held_until == house.clock.now + 30 * DAY_MS

    async def test_delivers_in_order_what_was_sent_in_order(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        sent = envelopes(80)
        await alice.submit(bob, *sent)
        delivered = await b.deliveries(80)
        assert numbers(delivered) == list(range(1, 81))
        assert [each.envelope for each in delivered] == list(sent)
        assert {each.stored_at for each in delivered} == {house.clock.now}

    async def test_to_oneself_works_too(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await client.submit(alice, b"note to self")
        assert [each.envelope for each in await client.deliveries(1)] == [b"note to self"]

    async def test_the_same_a_hundred_times_is_accepted_a_hundred_times_and_delivered_once(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        accepted = await alice.submit(bob, *[b"hello"] * 100)
        assert {each.envelope for each in accepted} == {envelope_id_of(b"hello")}
        assert len({each.held_until for each in accepted}) == 1
        await b.deliveries(1)
        b.send(Ack(1))
        house.clock.pass_ms(1000)
        (again,) = await alice.submit(bob, b"hello")
        assert again.held_until == accepted[0].held_until
        assert await b.quiet() == []

    async def test_under_an_old_list_brings_the_current_one(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        before = bob.version
        await b.publish(bob, bob.device, Device())
        alice.send(Submit(60, "bob", before, bob.device.id, 1, b"hello"))
        assert await alice.receive() == StaleDevices(60, "bob", bob.device_list)

    @pytest.mark.parametrize("name", ["nobody", "Bob", "bob\x00"])
    async def test_to_nobody_is_not_found(self, house: House, name: str) -> None:
        await house.start()
        alice, bob, _ = await pair(house)
        alice.send(Submit(60, name, 1, bob.device.id, 1, b"hello"))
        with refused(ErrorCode.NOT_FOUND):
            await alice.answer(60, Accepted)

    async def test_to_a_device_that_is_not_listed_is_not_found(self, house: House) -> None:
        await house.start()
        alice, bob, _ = await pair(house)
        with refused(ErrorCode.NOT_FOUND):
            await alice.submit(bob, b"hello", device=Device())

    async def test_too_much_to_one_recipient_who_watches_the_sender_is_refused_until_it_is_fetched(
        self, house: House
    ) -> None:
        await house.start(Limits(sender_messages=3))
        sender, alice = await house.register("alice")
        bob, b = await house.register("bob")
        await b.watch(sender, kind=Ok)
        await alice.submit(bob, b"1", b"2", b"3")
        with refused(ErrorCode.QUOTA):
            await alice.submit(bob, b"4")
        _, carol = await house.register("carol")
        await carol.submit(bob, b"from carol")
        await b.deliveries(4)
        b.send(Ack(4))
        b.send(Bye("done"))
        await b.closed()
        await come_back(house, bob, 4, b"from carol")
        alice.submitted -= 1
        await alice.submit(bob, b"4")

    async def test_what_a_stranger_sent_counts_whether_it_was_fetched_or_not(self, house: House) -> None:
        await house.start(Limits(sender_messages=3))
        alice, bob, b = await pair(house)
        await alice.submit(bob, b"1", b"2", b"3")
        await b.deliveries(3)
        await leave(b)
        await come_back(house, bob, 3, b"3")
        with refused(ErrorCode.QUOTA):
            await alice.submit(bob, b"4")
        house.clock.pass_ms(DAY_MS)
        alice.submitted -= 1
        await alice.submit(bob, b"4")

    async def test_what_is_smaller_than_any_envelope_is_malformed(self, house: House) -> None:
        house.full_size = True
        await house.start()
        alice, bob, _ = await pair(house)
        with refused(ErrorCode.MALFORMED):
            await alice.submit(bob, bytes(255))
        alice.submitted -= 1
        await alice.submit(bob, bytes(256))

    async def test_a_full_mailbox_names_a_time_to_try_again(self, house: House) -> None:
        await house.start(Limits(mailbox_messages=1))
        alice, bob, _ = await pair(house)
        await alice.submit(bob, b"1")
        with pytest.raises(RefusedError) as refusal:
            await alice.submit(bob, b"2")
        assert refusal.value.error.retry_after_ms

    async def test_faster_than_allowed_is_refused_and_allowed_again_in_time(self, house: House) -> None:
        await house.start(Limits(submissions=5, submissions_per_second=1))
        alice, bob, _ = await pair(house)
        await alice.submit(bob, *envelopes(5))
        with pytest.raises(RefusedError) as refusal:
            await alice.submit(bob, b"one more")
        assert refusal.value.error.code == "rate_limited"
        wait = refusal.value.error.retry_after_ms
        assert wait is not None
        house.clock.pass_ms(wait)
        alice.submitted -= 1
        await alice.submit(bob, b"one more")

    async def test_what_was_refused_for_the_moment_is_not_overtaken_by_what_was_on_the_way_behind_it(
        self, house: House
    ) -> None:
        await house.start(Limits(submissions=3, submissions_per_second=1))
        alice, bob, b = await pair(house)
        frames = [alice.submit_frame(bob, envelope) for envelope in envelopes(6)]
        alice.send(*frames[:4])
        codes = await outcomes(alice, *frames[:4])
        # Meanwhile there would be room for one more again.
        house.clock.pass_ms(1_000)
        alice.send(frames[4])
        codes += await outcomes(alice, frames[4])
        assert codes == ["accepted", "accepted", "accepted", "rate_limited", "busy"]
        house.clock.pass_ms(3_000)
        again = [msgspec.structs.replace(each, request=alice.number()) for each in frames[3:6]]
        alice.send(*again)
        assert await outcomes(alice, *again) == ["accepted"] * 3
        assert [each.envelope for each in await b.deliveries(6)] == [each.envelope for each in frames]

    async def test_a_new_connection_is_no_new_allowance(self, house: House) -> None:
        await house.start(Limits(submissions=5, submissions_per_second=1))
        alice, first = await house.register("alice")
        bob, _ = await house.register("bob")
        await first.submit(bob, *envelopes(5))
        client, _ = await house.enter(alice)
        await client.resume(number=5)
        client.submitted = 5
        with refused(ErrorCode.RATE_LIMITED):
            await client.submit(bob, b"one more")

    async def test_of_the_largest_envelope_passes(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        largest = bytes(95 * 1024)
        await alice.submit(bob, largest, b"after")
        assert [each.envelope for each in await b.deliveries(2)] == [largest, b"after"]

    async def test_ten_thousand_in_a_row_are_all_accepted_in_order(self, house: House) -> None:
        await house.start(Limits(submissions=20_000, sender_messages=20_000, mailbox_messages=40_000))
        alice, bob = await offline_pair(house)
        accepted = await alice.submit(bob, *envelopes(10_000, 200))
        assert len(accepted) == 10_000
        b, _ = await house.enter(bob)
        assert (await b.resume()).head == 10_000

    async def test_more_than_the_disk_has_taken_is_not_read(self, house: House) -> None:
        relay = await house.start(Limits(sender_bytes=10**9))
        alice, bob, _ = await pair(house)
        go_on, held = house.hold_storage()
        (connection,) = (each for each in relay._up.services.sessions.everybody() if live(each.state).name == "alice")
        submits = [alice.submit_frame(bob, envelope) for envelope in envelopes(40, 90_000)]
        alice.send(*submits)
        await house.until(lambda: Hold.SUBMISSIONS in connection._holds)
        assert connection.pending_bytes < PENDING_BYTES + 90_000
        go_on()
        assert await held
        for submit in submits:
            await alice.answer(submit.request, Accepted)
        assert connection.pending_bytes == 0


class TestTheWindow:
    async def test_at_most_so_many_are_pushed_unacknowledged(self, house: House) -> None:
        await house.start(Limits(push_messages=10))
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(25))
        assert len(await b.quiet()) == 10
        b.send(Ack(4))
        assert await b.quiet() == []
        b.send(Ack(5))
        assert numbers(await b.deliveries(5)) == [11, 12, 13, 14, 15]
        b.send(Ack(15))
        assert numbers(await b.deliveries(10)) == list(range(16, 26))
        await alice.submit(bob, b"another")
        assert await b.quiet() == []
        b.send(Ack(25))
        assert [each.envelope for each in await b.deliveries(1)] == [b"another"]

    async def test_at_most_so_many_bytes_are_pushed_unacknowledged(self, house: House) -> None:
        await house.start(Limits(push_bytes=10_000))
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(8, 4_000))
        assert numbers(await b.deliveries(2)) == [1, 2]
        assert await b.quiet() == []
        b.send(Ack(2))
        assert numbers(await b.deliveries(2)) == [3, 4]
        assert await b.quiet() == []

    async def test_a_letter_that_does_not_fit_waits_for_the_next_acknowledgement(self, house: House) -> None:
        await house.start(Limits(push_bytes=10_000))
        alice, bob, b = await pair(house)
        await alice.submit(bob, b"1", b"2" * 4_000, b"3" * 9_000, b"4")
        await b.deliveries(2)
        b.send(Ack(1))
        assert await b.quiet() == []
        b.send(Ack(2))
        assert numbers(await b.deliveries(1)) == [3]
        b.send(Ack(3))
        assert numbers(await b.deliveries(1)) == [4]

    async def test_one_that_is_larger_than_the_window_passes_alone(self, house: House) -> None:
        await house.start(Limits(push_bytes=1_000))
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(2, 4_000))
        assert numbers(await b.deliveries(1)) == [1]
        assert await b.quiet() == []
        b.send(Ack(1))
        assert numbers(await b.deliveries(1)) == [2]

    async def test_a_client_that_acknowledges_each_gets_all_in_order(self, house: House) -> None:
        await house.start(Limits(push_messages=7))
        alice, bob = await offline_pair(house)
        await alice.submit(bob, *envelopes(60))
        b = await come_back(house, bob)
        for seq in range(1, 61):
            assert numbers(await b.deliveries(1)) == [seq]
            b.send(Ack(seq))

    async def test_what_arrives_while_the_disk_is_read_keeps_its_place(self, house: House) -> None:
        await house.start(Limits(push_messages=5))
        alice, bob = await offline_pair(house)
        await alice.submit(bob, *envelopes(20))
        b = await come_back(house, bob)
        seen: list[int] = []
        more = [alice.submit_frame(bob, b"more %d" % number) for number in range(20)]
        while len(seen) < 40:
            if more:
                alice.send(more.pop(0))
            (delivered,) = await b.deliveries(1)
            seen.append(delivered.seq)
            b.send(Ack(delivered.seq))
        assert seen == list(range(1, 41))

    async def test_acknowledging_what_was_not_delivered_is_not_allowed_and_deletes_nothing(self, house: House) -> None:
        await house.start(Limits(push_messages=2))
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(5))
        await b.deliveries(2)
        b.send(Ack(3), Ack(2**62))
        assert [getattr(each, "code", None) for each in await b.quiet()] == ["not_allowed", "not_allowed"]
        again = await come_back(house, bob)
        assert numbers(await again.deliveries(2)) == [1, 2]

    async def test_acknowledging_again_and_less_changes_nothing(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(3))
        await b.deliveries(3)
        b.send(Ack(3), Ack(3), Ack(1), Ack(0))
        assert await b.quiet() == []
        again, _ = await house.enter(bob)
        assert (await again.resume(3, envelope_id_of(envelopes(3)[2]))).acknowledged == 3

    async def test_a_client_that_never_reads_holds_nobody_up_and_loses_nothing(self, house: House) -> None:
        limits = Limits(submissions=5_000, sender_bytes=10**9, push_messages=10_000, push_bytes=10**9)
        await house.start(limits)
        alice, bob, b = await pair(house)
        socket = cast("asyncio.Transport", b.writer.transport)
        socket.pause_reading()
        carol, c = await house.register("carol")
        sent = envelopes(1_000, 16_000)
        await alice.submit(bob, *sent)
        await alice.submit(carol, b"hello")
        await c.deliveries(1)
        socket.resume_reading()
        assert [each.envelope for each in await b.deliveries(1_000)] == list(sent)


class TestResuming:
    async def test_brings_what_arrived_meanwhile(self, house: House) -> None:
        await house.start()
        alice, bob = await offline_pair(house)
        await alice.submit(bob, *envelopes(10))
        b, _ = await house.enter(bob)
        resumed = await b.resume()
        assert (resumed.acknowledged, resumed.head) == (0, 10)
        assert [each.envelope for each in await b.deliveries(10)] == list(envelopes(10))

    async def test_brings_what_was_not_acknowledged_again(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(4))
        await b.deliveries(4)
        b.send(Ack(2))
        assert await b.quiet() == []
        again = await come_back(house, bob, 2, envelopes(4)[1])
        assert numbers(await again.deliveries(2)) == [3, 4]

    async def test_acknowledges_by_the_cursor_what_no_ack_told(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(4))
        await b.deliveries(4)
        again, _ = await house.enter(bob)
        resumed = await again.resume(4, envelope_id_of(envelopes(4)[3]))
        assert (resumed.acknowledged, resumed.head) == (4, 4)
        assert await again.quiet() == []

    async def test_below_what_was_acknowledged_is_rolled_back(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(4))
        await b.deliveries(4)
        b.send(Ack(3))
        assert await b.quiet() == []
        again, _ = await house.enter(bob)
        with refused(ErrorCode.ROLLED_BACK):
            await again.resume(2, envelope_id_of(envelopes(4)[1]))
        again.send(Submit(60, "bob", 1, bob.device.id, 1, b"x"))
        with refused(ErrorCode.NOT_ALLOWED):
            await again.answer(60, Accepted)

    async def test_with_a_number_below_the_highest_submitted_is_rolled_back(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await client.submit(alice, *envelopes(3))
        again, _ = await house.enter(alice)
        with refused(ErrorCode.ROLLED_BACK):
            await again.resume(0, None, 2)
        await again.resume(0, None, 3)

    async def test_the_successor_of_a_device_that_was_rolled_back_comes_in(self, house: House) -> None:
        await house.start()
        alice, client = await house.register("alice")
        await client.submit(alice, b"1")
        old, _ = await house.enter(alice)
        with refused(ErrorCode.ROLLED_BACK):
            await old.resume(0, None, 0)
        fresh = Device()
        await old.publish(alice, fresh)
        alice.device = fresh
        b, answer = await house.enter(alice)
        assert answer.device_list == alice.device_list
        assert (await b.resume()).head == 0

    @pytest.mark.parametrize("cursor", [2**62 + 1, 2**63 - 1])
    async def test_at_a_cursor_out_of_bounds_is_malformed(self, house: House, cursor: int) -> None:
        await house.start()
        alice, bob = await offline_pair(house)
        b, _ = await house.enter(bob)
        b.send(Resume(60, cursor, bytes(16), 0))
        with refused(ErrorCode.MALFORMED):
            await b.answer(60, Resumed)
        await b.resume(2**62, bytes(16))
        await alice.submit(bob, b"still works")
        assert numbers(await b.deliveries(1)) == [2**62 + 1]

    async def test_on_a_connection_that_is_lost_before_its_turn_leaves_nothing_behind(self, house: House) -> None:
        relay = await house.start()
        alice, first = await house.register("alice")
        await leave(first)
        await house.until_online(0)
        client, _ = await house.enter(alice)
        (connection,) = relay._up.services.sessions.everybody()
        delivery = relay._up.services.delivery
        resumption = delivery.resume(connection, Resume(client.number(), 0, None, 0))
        await leave(client)
        await house.until_online(0)
        with pytest.raises(LinkError, match="closed"):
            await resumption
        assert delivery._live == {}

    async def test_a_newer_connection_of_a_device_fences_the_older_one(self, house: House) -> None:
        await house.start()
        alice, bob, old = await pair(house)
        await alice.submit(bob, b"1")
        await old.deliveries(1)
        new = await come_back(house, bob)
        assert await old.closed() == [Bye("replaced")]
        assert numbers(await new.deliveries(1)) == [1]
        await alice.submit(bob, b"2")
        assert numbers(await new.deliveries(1)) == [2]

    async def test_of_many_connections_of_a_device_at_once_one_stays(self, house: House) -> None:
        await house.start()
        alice, bob = await offline_pair(house)
        clients = [await house.connect() for _ in range(10)]
        await asyncio.gather(*(client.login_device(bob) for client in clients), return_exceptions=True)
        await asyncio.gather(*(client.resume() for client in clients), return_exceptions=True)
        await alice.submit(bob, b"hello")
        delivered = 0
        for client in clients:
            with contextlib.suppress(Exception):
                delivered += sum(isinstance(said, Deliver) for said in await client.quiet())
        assert delivered == 1
        assert house.relay.online == 2

    async def test_each_device_of_an_account_has_its_own_mailbox(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        phone = Device()
        await b.publish(bob, bob.device, phone)
        p = await house.connect()
        await p.login_device(bob, phone)
        await p.resume()
        await alice.submit(bob, b"to the phone", device=phone)
        await alice.submit(bob, b"to the laptop")
        assert [each.envelope for each in await p.deliveries(1)] == [b"to the phone"]
        assert [each.envelope for each in await b.deliveries(1)] == [b"to the laptop"]


class TestARestartedRelay:
    async def test_has_everything_that_was_accepted(self, house: House) -> None:
        await house.start()
        alice, bob = await offline_pair(house)
        await alice.submit(bob, *envelopes(10))
        await house.start()
        b = await come_back(house, bob)
        assert [each.envelope for each in await b.deliveries(10)] == list(envelopes(10))

    async def test_deletes_what_was_acknowledged_before_it_stopped(self, house: House) -> None:
        await house.start()
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(3))
        await b.deliveries(3)
        b.send(Ack(3))
        assert await b.quiet() == []
        await house.stop()
        assert await house.waiting() == 0

    async def test_keeps_its_certificate(self, house: House) -> None:
        before = (await house.start()).fingerprint
        assert (await house.start()).fingerprint == before

    async def test_from_a_backup_renumbers_above_what_its_clients_have(self, house: House, tmp_path: Path) -> None:
        await house.start()
        alice, _ = await house.register("alice")
        bob, _ = await house.register("bob")
        await house.stop()
        copy_of(house, tmp_path / "backup")
        await house.start()
        a, b = await come_back(house, alice), await come_back(house, bob)
        await a.submit(bob, *envelopes(5))
        await b.deliveries(5)
        b.send(Ack(5))
        await b.quiet()
        await house.stop()
        restore(house, tmp_path / "backup")
        await house.start()
        _, carol = await house.register("carol")
        await carol.submit(bob, b"one", b"two")
        b, _ = await house.enter(bob)
        resumed = await b.resume(5, envelope_id_of(envelopes(5)[4]))
        assert (resumed.acknowledged, resumed.head) == (5, 7)
        delivered = await b.deliveries(2)
        assert numbers(delivered) == [6, 7]
        assert [each.envelope for each in delivered] == [b"one", b"two"]


def copy_of(house: House, backup: Path) -> None:
    shutil.copytree(house.home, backup)


def restore(house: House, backup: Path) -> None:
    shutil.rmtree(house.home)
    shutil.copytree(backup, house.home)


class TestExpiry:
    async def test_leaves_a_gap_that_is_told_at_resuming(self, house: House) -> None:
        relay = await house.start()
        alice, bob = await offline_pair(house)
        await alice.submit(bob, b"1", b"2")
        house.clock.pass_ms(10 * DAY_MS)
        await alice.submit(bob, b"3")
        house.clock.pass_ms(20 * DAY_MS + 1)
        await relay.tidy()
        b, _ = await house.enter(bob)
        assert (await b.resume()).head == 3
        assert await b.receive() == Gap(1, 2, "expired")
        assert numbers(await b.deliveries(1)) == [3]
        b.send(Ack(3))
        assert await b.quiet() == []

    async def test_of_everything_leaves_a_gap_up_to_the_head(self, house: House) -> None:
        relay = await house.start()
        alice, bob = await offline_pair(house)
        await alice.submit(bob, b"1", b"2")
        house.clock.pass_ms(31 * DAY_MS)
        await relay.tidy()
        b = await come_back(house, bob)
        assert await b.receive() == Gap(1, 2, "expired")
        b.send(Ack(2))
        await alice.submit(bob, b"3")
        assert numbers(await b.deliveries(1)) == [3]

    async def test_of_what_a_client_leaves_unacknowledged_does_not_stop_the_rest(self, house: House) -> None:
        relay = await house.start(Limits(push_messages=2))
        alice, bob, b = await pair(house)
        await alice.submit(bob, *envelopes(5))
        await b.deliveries(2)
        house.clock.pass_ms(31 * DAY_MS)
        await relay.tidy()
        b.send(Ack(2))
        assert await b.receive() == Gap(3, 5, "expired")

    async def test_repeats_are_known_for_7_days_and_then_new(self, house: House) -> None:
        relay = await house.start()
        alice, bob, b = await pair(house)
        sent = alice.submit_frame(bob, b"hello")

        async def submit_again() -> None:
            again = structs.replace(sent, request=alice.number())
            alice.send(again)
            await alice.answer(again.request, Accepted)

        await submit_again()
        await b.deliveries(1)
        # Whoever comes back with a cursor has all up to it.
        await leave(b)
        b = await come_back(house, bob, 1, b"hello")
        house.clock.pass_ms(6 * DAY_MS)
        await relay.tidy()
        await submit_again()
        assert await b.quiet() == []
        house.clock.pass_ms(2 * DAY_MS)
        await relay.tidy()
        await submit_again()
        assert numbers(await b.deliveries(1)) == [2]

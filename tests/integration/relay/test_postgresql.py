"""What a storage on PostgreSQL adds to its contract: several nodes on one database, a server that fails, its tables."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError, UsageError
from babilu.kernel.limits import DAY_MS
from babilu.migrations import Migration
from babilu.relay.base.admin_requests import AccountRole, AppointUser, Broadcast, DisableUser, EnableUser
from babilu.relay.storage.administration import Operator
from babilu.relay.storage.nodes import ChangeKind, NodeReport, Rate, StoredCertificate
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage, mailbox
from babilu.relay.storage.postgresql.connections import (
    BUSY_AFTER_MS,
    WAITING_AT_MOST,
    PgConnection,
    PostgresDatabase,
    name_epoch,
)
from babilu.relay.storage.postgresql.holdings import SOURCES
from babilu.relay.storage.postgresql.partitions import DAYS_AHEAD, days_of, make_partition, make_partitions
from babilu.relay.storage.postgresql.schema import migrations, prepare
from babilu.relay.storage.records import (
    AccountCreated,
    Admission,
    Outcome,
    Quota,
    Refused,
    Removed,
    Repeated,
    Resumption,
    Stored,
    TakenBundle,
)
from tests.contract.storage.builders import (
    NOW,
    OPEN,
    QUOTA,
    device,
    device_list,
    new_account,
    octets,
    prekeys,
    register,
    store,
    submission,
)

Open = Callable[..., Awaitable[PostgresStorage]]

NOT_FOUND = Refused(ErrorCode.NOT_FOUND)
CROWD = [f"user{number}" for number in range(20)]


@asynccontextmanager
async def opening(url: str) -> AsyncIterator[Open]:
    """Open a database as often as a test wants, each time as another node, and close it in the end."""
    async with AsyncExitStack() as closing:

        async def open_one(options: PostgresOptions | None = None) -> PostgresStorage:
            storage = await PostgresStorage.open(url, options or PostgresOptions(unsafe=True))
            closing.push_async_callback(storage.close)
            return storage

        yield open_one


@pytest.fixture
async def opened(tables: str) -> AsyncIterator[Open]:
    """Open the test's database, which is made already."""
    async with opening(tables) as opened:
        yield opened


@pytest.fixture
async def fresh(database: str) -> AsyncIterator[PostgresStorage]:
    """Open a database of the test's own, whose tables it may change."""
    async with opening(database) as opened:
        yield await opened()


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[PgConnection]:
    """Look into a database beside the relay."""
    connection = await PostgresDatabase(url).connect_bare()
    try:
        yield connection
    finally:
        await connection.close()


async def resume(storage: PostgresStorage, name: str, number: int = 0) -> Resumption:
    resumed = await storage.mail.resume(device(name), 0, None, number)
    assert isinstance(resumed, Resumption)
    return resumed


class TestTwoNodes:
    async def test_store_the_same_submissions_once_whatever_their_order(self, opened: Open, tables: str) -> None:
        first, second = await opened(), await opened()
        await register(first, "alice", *CROWD)
        batch = [submission(name, b"%d" % number) for number in range(10) for name in CROWD]
        asked = [
            storage.mail.submit(part, NOW, QUOTA)
            for place in range(0, len(batch), 8)
            for storage, part in (
                (first, batch[place : place + 8]),
                (second, batch[place : place + 8][::-1]),
            )
        ]
        outcomes: list[Outcome] = [outcome for answer in asked for outcome in await answer]

        assert {type(outcome) for outcome in outcomes} == {Stored, Repeated}
        assert sum(type(outcome) is Stored for outcome in outcomes) == len(batch)
        for name in CROWD:
            page = await second.mail.read(device(name), 0, 100, 10**6)
            assert [each.seq for each in page.stored_envelopes] == list(range(1, 11))
            assert {each.envelope for each in page.stored_envelopes} == {b"%d" % number for number in range(10)}
        async with looking(tables) as connection:
            deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            assert await connection.fetchval(deadlocks) == 0

    async def test_submit_and_acknowledge_the_same_mailboxes_without_a_deadlock(
        self, opened: Open, tables: str
    ) -> None:
        nodes = [await opened(), await opened(options=PostgresOptions(lanes=2, unsafe=True))]
        await register(nodes[0], "alice", *CROWD)

        async def work(storage: PostgresStorage, names: list[str]) -> None:
            for number in range(15):
                batch = [submission(name, b"%d %d" % (id(storage), number)) for name in names]
                begun = storage.mail.submit(batch, NOW, QUOTA)
                await storage.mail.acknowledge([(device(name), number) for name in names])
                await begun

        await asyncio.gather(*(work(node, names) for node in nodes for names in (CROWD, CROWD[::-1])))
        async with looking(tables) as connection:
            heads = await connection.fetch("SELECT head FROM mailbox JOIN device USING (id) WHERE head > 0")
            assert [row[0] for row in heads] == [30] * len(CROWD)
            deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            assert await connection.fetchval(deadlocks) == 0

    async def test_use_one_invitation_once_and_make_one_owner_and_one_of_a_name(self, opened: Open) -> None:
        nodes = [await opened(), await opened()]
        await nodes[0].accounts.invite(octets("token"), NOW, NOW + 1000, 1)
        invited = Admission(open=False, token_hash=octets("token"), owner=False)
        outcomes = await asyncio.gather(
            *(nodes[n % 2].accounts.register(new_account(f"invited{n}"), invited) for n in range(50))
        )
        assert [type(outcome) for outcome in outcomes].count(AccountCreated) == 1

        owners = Admission(open=False, token_hash=octets("owner"), owner=True)
        outcomes = await asyncio.gather(
            *(nodes[n % 2].accounts.register(new_account(f"owner{n}"), owners) for n in range(20))
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, AccountCreated) and outcome.owner]
        assert [type(outcome) for outcome in outcomes].count(AccountCreated) == 1

        same = [new_account("alice", devices=device_list(f"alice{n}")) for n in range(10)]
        outcomes = await asyncio.gather(*(nodes[n % 2].accounts.register(each, OPEN) for n, each in enumerate(same)))
        assert [type(outcome) for outcome in outcomes].count(AccountCreated) == 1
        assert outcomes.count(Refused(ErrorCode.NAME_TAKEN)) == 9

    async def test_give_a_device_to_one_account(self, opened: Open) -> None:
        nodes = [await opened(), await opened()]
        both = [new_account(name, devices=device_list("phone", identity=name)) for name in ("alice", "bob")]
        for _ in range(10):
            outcomes = await asyncio.gather(
                *(node.accounts.register(each, OPEN) for node, each in zip(nodes, both, strict=True))
            )
            (made,) = (outcome for outcome in outcomes if isinstance(outcome, AccountCreated))
            assert Refused(ErrorCode.CONFLICT) in outcomes
            await nodes[0].accounts.delete(made.account)

    async def test_give_each_one_time_prekey_out_once(self, opened: Open) -> None:
        nodes = [await opened(), await opened()]
        await register(nodes[0], "alice")
        more = prekeys(first=3, ec=40, kem=40, signed=None, last_resort=None)
        await nodes[0].directory.add_prekeys(device("alice"), more, 100)
        taken = await asyncio.gather(
            *(nodes[n % 2].directory.take_bundle("alice", device("alice"), True) for n in range(42))
        )
        ids = [bundle.bundle.one_time for bundle in taken if isinstance(bundle, TakenBundle)]
        assert len({one_time.id for one_time in ids if one_time is not None}) == 42

    async def test_know_which_of_them_a_device_is_on(self, opened: Open) -> None:
        first, second = await opened(), await opened()
        number = first.nodes.node
        await register(first, "alice", "bob")
        assert await first.mail.submit([submission("bob", b"1")], NOW, QUOTA) == [Stored(1, NOW, None)]
        before = await resume(first, "bob")
        assert await second.mail.submit([submission("bob", b"2")], NOW, QUOTA) == [Stored(2, NOW, number)]
        after = await resume(second, "bob")
        assert (before.former, after.former) == (None, number)
        assert before.fence < after.fence
        assert (await resume(second, "bob")).former is None

    async def test_fill_a_mailbox_no_further_than_one_could(self, opened: Open) -> None:
        nodes = [await opened(), await opened()]
        await register(nodes[0], "alice", "bob")
        quota = Quota(60, 10**6, 20, 10**6)
        known = frozenset({submission("bob", b"", sender=sender).share for sender in ("alice", "carol")})
        await nodes[0].mail.know(device("bob"), known)
        kinds = []
        for number in range(40):
            for node, sender in zip(nodes, ("alice", "carol"), strict=True):
                body = b"%d %s" % (number, sender.encode())
                kinds += await node.mail.submit([submission("bob", body, sender=sender)], NOW, quota)
        stored = sum(type(outcome) is Stored for outcome in kinds)
        await nodes[0].mail.acknowledge([(device("bob"), stored)])
        again = await nodes[1].mail.submit([submission("bob", b"again")], NOW, quota)

        # Each of both may have a part of what is free: alone on one node they come as far.
        assert 16 <= stored <= 26
        assert type(again[0]) is Stored

    async def test_hear_of_a_list_that_another_one_replaced(self, opened: Open) -> None:
        first, second = await opened(), await opened()
        (account, _) = await register(first, "bob", "alice")
        await second.mail.submit([submission("bob", b"1")], NOW, QUOTA)
        fresh = device_list("phone", version=2, identity="bob")
        await first.directory.replace_list(account, device_list("bob").hash, fresh)
        outcomes = await second.mail.submit(
            [submission("bob", b"2"), submission("bob", b"3", to_device="phone", list_version=2)], NOW, QUOTA
        )
        assert [type(outcome).__name__ for outcome in outcomes] == ["StaleDeviceList", "Stored"]


class TestTheLog:
    async def test_names_what_every_node_must_hear_of(self, opened: Open) -> None:
        here, there = await opened(), await opened()
        alice, bob = await register(here, "alice", "bob")
        fresh = device_list("phone", version=2, identity="alice")
        await here.directory.replace_list(alice, device_list("alice").hash, fresh)
        for action in (DisableUser("bob"), EnableUser("bob"), Broadcast("Back at noon.")):
            await here.administration.perform(action, NOW, Operator(0))
        another = device_list("new phone", version=1, identity="another")
        await here.accounts.reset_identity(bob, another, device("new phone"), prekeys())
        await here.accounts.delete(alice)

        changes = await there.nodes.changes()
        assert [(each.kind, each.account, each.device, each.text) for each in changes] == [
            (ChangeKind.LIST_CHANGED, alice, None, "alice"),
            (ChangeKind.DEVICE_REMOVED, alice, device("alice"), "alice"),
            (ChangeKind.ACCOUNT_CLOSED, bob, None, "account_disabled"),
            (ChangeKind.ACCOUNT_OPENED, bob, None, ""),
            (ChangeKind.NOTICE, None, None, "Back at noon."),
            (ChangeKind.LIST_CHANGED, bob, None, "bob"),
            (ChangeKind.DEVICE_REMOVED, bob, device("bob"), ""),
            (ChangeKind.ACCOUNT_CLOSED, alice, None, "device_unknown"),
            (ChangeKind.OWNER, None, None, ""),
        ]

    async def test_is_without_what_was_refused(self, opened: Open) -> None:
        storage = await opened()
        (alice,) = await register(storage, "alice")
        refused = await storage.directory.replace_list(alice, b"another", device_list("phone", version=2))
        assert refused == Refused(ErrorCode.CONFLICT)
        assert await storage.nodes.changes() == ()


class TestANode:
    def report(self, name: str, online: int = 0) -> NodeReport:
        return NodeReport(name, "0.1", "127.0.0.1:5050", online, draining=False)

    async def test_hears_of_the_others_until_they_leave(self, opened: Open) -> None:
        here, there = await opened(), await opened()
        await here.nodes.beat(self.report("a", 3))
        pulse = await there.nodes.beat(self.report("b", 4))
        assert [(each.node, each.report.name, each.report.online) for each in pulse.nodes] == [
            (here.nodes.node, "a", 3),
            (there.nodes.node, "b", 4),
        ]
        await here.nodes.leave()
        pulse = await there.nodes.beat(self.report("b"))
        assert [each.report.name for each in pulse.nodes] == ["b"]

    async def test_that_was_taken_for_dead_is_there_again(self, opened: Open, tables: str) -> None:
        here, there = await opened(), await opened()
        await here.nodes.beat(self.report("a"))
        async with looking(tables) as connection:
            await connection.execute("UPDATE node SET seen_at = seen_at - interval '61 s'")
        assert [each.report.name for each in (await there.nodes.beat(self.report("b"))).nodes] == ["b"]
        assert len((await here.nodes.beat(self.report("a"))).nodes) == 2

    async def test_hears_that_its_program_is_too_old(self, opened: Open, tables: str) -> None:
        storage = await opened()
        assert not (await storage.nodes.beat(self.report("a"))).is_outdated
        async with looking(tables) as connection:
            await connection.execute("UPDATE relay SET oldest = oldest + 1")
            try:
                assert (await storage.nodes.beat(self.report("a"))).is_outdated
            finally:
                await connection.execute("UPDATE relay SET oldest = oldest - 1")

    async def test_learns_which_devices_are_not_its_own_any_more(self, opened: Open) -> None:
        here, there = await opened(), await opened()
        await register(here, "alice", "bob")
        for name in ("alice", "bob"):
            await resume(here, name)
        await resume(there, "bob")
        cursors = [(device(name), 0) for name in ("alice", "bob", "nobody")]
        assert await here.mail.acknowledge(cursors) == {device("bob"), device("nobody")}
        standings = await here.mail.standings([each for each, _ in cursors])
        assert {each: standing.here for each, standing in standings.items()} == {
            device("alice"): True,
            device("bob"): False,
        }

    async def test_counts_what_was_done_too_often_at_all_nodes(self, opened: Open, tables: str) -> None:
        now = [1_000_000]
        options = PostgresOptions(unsafe=True, now_ms=lambda: now[0])
        here, there = (storage.nodes.throttles for storage in (await opened(options), await opened(options)))
        key, rate = octets("key", 16), Rate(2, 1_000)
        assert [await each.take(key, rate) for each in (here, there, here)] == [0, 0, 1_001]
        now[0] += 1_000
        assert [await there.wait([(key, rate)]), await there.take(key, rate), await there.take(key, rate)] == [
            0,
            0,
            1_001,
        ]
        for _ in range(3):
            await here.charge([(key, rate), (octets("other", 16), rate)])
        assert await there.wait([(key, rate)]) == 4_001
        now[0] += 10_000
        await (await opened(options)).nodes.beat(self.report("a"))
        async with looking(tables) as connection:
            assert await connection.fetchval("SELECT count(*) FROM throttle") == 0

    async def test_shares_one_certificate_and_the_next(self, opened: Open) -> None:
        here, there = (storage.nodes.certificates for storage in (await opened(), await opened()))
        first, second, third = (StoredCertificate(octets(name), name.encode(), None) for name in ("1", "2", "3"))
        await asyncio.gather(here.begin(first), there.begin(first))
        await there.begin(second)
        assert await here.read() == (first,)
        announced = structs.replace(second, announced_at=NOW)
        await there.prepare(announced)
        await here.prepare(structs.replace(third, announced_at=NOW))
        assert await here.read() == (first, announced)
        assert not await here.renew(third.pin)
        assert all(await asyncio.gather(here.renew(second.pin), there.renew(second.pin)))
        assert await there.read() == (second,)
        await here.prepare(structs.replace(third, announced_at=NOW))
        await there.withdraw()
        assert await here.read() == (second,)

    async def test_of_another_relay_cannot_claim_the_database(self, opened: Open) -> None:
        here, there = await opened(), await opened()
        assert await here.nodes.claim(b"one key")
        assert await there.nodes.claim(b"one key")
        assert not await there.nodes.claim(b"another key")


class TestWhatCannotBeStored:
    @pytest.mark.parametrize("name", ["bob\0", "\udc80bob", "b\0b"])
    async def test_refuses_itself_alone(self, opened: Open, name: str) -> None:
        storage = await opened()
        await register(storage, "alice", "bob")
        bad = structs.replace(submission("bob", b"bad"), name=name)
        batch = [submission("bob", b"1"), bad, submission("bob", b"2")]
        assert await storage.mail.submit(batch, NOW, QUOTA) == [Stored(1, NOW), NOT_FOUND, Stored(2, NOW)]

    async def test_is_found_to_be_bad_among_many_that_are_not(self, opened: Open) -> None:
        storage = await opened()
        await register(storage, "alice", "bob")
        # No client's time is so far off; the database knows no day for it.
        bad = storage.mail.submit([submission("bob", b"bad")], 2**62, QUOTA)
        good = storage.mail.submit([submission("bob", b"good")], NOW, QUOTA)
        assert await bad == [NOT_FOUND]
        assert [type(outcome) for outcome in await good] == [Stored]

    async def test_is_looked_for_and_not_there(self, opened: Open) -> None:
        storage = await opened()
        assert await storage.accounts.find("bob\0") is None
        assert await storage.accounts.login_key("\udc80") is None
        assert await storage.directory.lists(["bob\0"]) == {}
        assert await storage.directory.take_bundle("bob\0", device("bob"), True) == NOT_FOUND
        appointed = AppointUser("bob\0", AccountRole.OWNER)
        assert await storage.administration.perform(appointed, NOW, Operator(0)) == NOT_FOUND


class TestARepeatOfAnotherDay:
    async def test_is_known_where_its_number_may_have_been_named_before(self, opened: Open) -> None:
        first, second = await opened(), await opened()
        await register(first, "alice", "bob")
        sent = submission("bob", b"1", number=5)
        await first.mail.submit([sent], NOW, QUOTA)
        await resume(second, "alice", 6)
        unsent = submission("bob", b"2", number=6)
        assert await second.mail.submit([sent, unsent], NOW + DAY_MS, QUOTA) == [
            Repeated(NOW),
            Stored(2, NOW + DAY_MS),
        ]

    async def test_is_not_looked_for_where_its_number_is_a_new_one(
        self, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage = await opened()
        await register(storage, "alice", "bob")
        await resume(storage, "alice", 6)
        looked: list[object] = []
        submitter = storage.mail._submitter
        recall = submitter._recall

        async def watched(connection: PgConnection, items: list[Any]) -> None:
            looked.extend(items)
            await recall(connection, items)

        monkeypatch.setattr(submitter, "_recall", watched)
        await storage.mail.submit([submission("bob", b"1", number=7)], NOW, QUOTA)
        assert looked == []


class TestAnotherHistory:
    async def test_is_found_by_the_next_connection_and_nothing_that_was_known_is_believed(
        self, opened: Open, tables: str
    ) -> None:
        storage = await opened()
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1")
        before = storage.epoch
        async with looking(tables) as connection:
            await connection.execute("UPDATE relay SET epoch = sha256(epoch)")
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
            )
        async with asyncio.timeout(30):
            while storage.epoch == before:
                try:
                    await storage.accounts.find("bob")
                except LinkError:
                    await asyncio.sleep(0)
        assert storage.mail.cache.get(device("bob")) is None

    async def test_keeps_the_letters_under_numbers_that_were_acknowledged_in_the_one_before(
        self, opened: Open, tables: str
    ) -> None:
        storage = await opened()
        await register(storage, "alice", "bob")
        await store(storage, "bob", b"1", b"2", b"3")
        # What was noted of senders is written down: nothing but the test asks anything from here on.
        await storage.mail.acknowledge([(device("bob"), 0)])
        async with looking(tables) as connection:
            await connection.execute("UPDATE relay SET epoch = sha256(epoch)")
            await connection.execute("UPDATE mail SET envelope = 'another' WHERE seq > 1")
            await connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
            )
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(LinkError):
                    assert await storage.mail.acknowledge([(device("bob"), 3)]) == frozenset()
                    break
                await asyncio.sleep(0)
        page = await storage.mail.read(device("bob"), 0, 10, 1000)
        assert [each.seq for each in page.stored_envelopes] == [1, 2, 3]

    def test_is_what_another_server_or_another_timeline_has(self) -> None:
        assert name_epoch(b"12345678", "7/00000001", "7/00000001") == b"12345678"
        others = {name_epoch(b"12345678", "7/00000001", now) for now in ("7/00000002", "8/00000001")}
        assert len(others) == 2
        assert {len(other) for other in others} == {8}


class TestPartitions:
    async def test_are_made_some_days_ahead_and_once(self, database: str) -> None:
        await prepare(PostgresDatabase(database), unsafe=True)
        async with looking(database) as connection:
            today = await connection.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 86400)::int8")
            expected = list(range(today, today + DAYS_AHEAD + 1))
            await make_partitions(connection, "mail")
            for table in ("mail", "stored"):
                assert await days_of(connection, table) == expected

    async def test_hold_the_letters_of_their_day_and_go_with_it(self, fresh: PostgresStorage, database: str) -> None:
        async with looking(database) as connection:
            day = (await days_of(connection, "mail"))[0] - 1
            await make_partition(connection, "mail", day)
        today = day * DAY_MS
        await register(fresh, "alice", "bob")
        await store(fresh, "bob", b"1", b"2", now=today)
        await store(fresh, "bob", b"3", now=today + DAY_MS)
        # So much longer than a day's end is it kept that nothing of the day waits any more.
        assert await fresh.mail.expire(today + DAY_MS - 1, 500) == 0
        assert await fresh.mail.expire(today + DAY_MS, 500) == 500
        assert await fresh.mail.expire(today + DAY_MS, 500) == 0
        page = await fresh.mail.read(device("bob"), 0, 10, 1000)
        assert [each.envelope for each in page.stored_envelopes] == [b"3"]
        async with looking(database) as connection:
            assert day not in await days_of(connection, "mail")

    async def test_of_ids_go_with_their_day_but_for_what_still_waits(
        self, fresh: PostgresStorage, database: str
    ) -> None:
        async with looking(database) as connection:
            day = (await days_of(connection, "stored"))[0] - 1
            await make_partition(connection, "stored", day)
        today = day * DAY_MS
        await register(fresh, "alice", "bob")
        await store(fresh, "bob", b"fetched", b"waits", now=today)
        await fresh.mail.acknowledge([(device("bob"), 1)])
        assert not await fresh.mail.forget_repeats(today + DAY_MS, today, 500)
        assert await fresh.mail.forget_repeats(today + DAY_MS, today, 500)
        again = [submission("bob", b"fetched"), submission("bob", b"waits")]
        outcomes = await fresh.mail.submit(again, today + 2 * DAY_MS, QUOTA)
        assert outcomes == [Stored(3, today + 2 * DAY_MS), Repeated(today)]

    async def test_lose_nothing_that_belongs_to_none_of_them(self, fresh: PostgresStorage) -> None:
        await register(fresh, "alice", "bob")
        for number, years in enumerate((-1, 0, 1)):
            await store(fresh, "bob", b"%d" % number, now=NOW + years * 365 * DAY_MS)
        page = await fresh.mail.read(device("bob"), 0, 10, 1000)
        assert [each.envelope for each in page.stored_envelopes] == [b"0", b"1", b"2"]


class TestTheTables:
    async def test_are_refused_where_another_program_has_some(self, database: str) -> None:
        async with looking(database) as connection:
            await connection.execute("CREATE TABLE mine (number int)")
        with pytest.raises(UsageError, match="tables of something else"):
            await PostgresStorage.open(database, PostgresOptions(unsafe=True))

    async def test_are_made_once_by_nodes_that_start_at_one_moment(self, database: str) -> None:
        async with opening(database) as opened:
            nodes = await asyncio.gather(*(opened() for _ in range(4)))
            assert len({node.epoch for node in nodes}) == 1

    async def test_of_a_newer_program_are_used_until_it_says_that_they_cannot_be(self, database: str) -> None:
        base = migrations()
        number = base[-1].number
        additive = Migration(number + 1, "-- additive: older programs pass it over\nCREATE TABLE added (number int);")
        breaking = Migration(number + 2, "-- breaking: nobody else reads it\nDROP TABLE added;")
        await prepare(PostgresDatabase(database), unsafe=True, steps=(*base, additive))
        await prepare(PostgresDatabase(database), unsafe=True, steps=base)
        await prepare(PostgresDatabase(database), unsafe=True, steps=(*base, additive, breaking))
        with pytest.raises(ProfileError) as refused:
            await prepare(PostgresDatabase(database), unsafe=True, steps=(*base, additive))
        assert refused.value.code is ErrorCode.PROFILE_TOO_NEW


async def test_a_breaking_step_waits_until_no_older_node_is_up(database: str) -> None:
    base = migrations()
    breaking = Migration(base[-1].number + 1, "-- breaking\nALTER TABLE relay ADD COLUMN added int;")
    await prepare(PostgresDatabase(database), unsafe=True)
    async with looking(database) as connection:
        await connection.execute(
            "INSERT INTO node (id, name, version, schema) VALUES (1, 'b', '0.1', $1)", base[-1].number
        )
        with pytest.raises(ProfileError, match=r"node b \(0\.1\)") as refused:
            await prepare(PostgresDatabase(database), unsafe=True, steps=(*base, breaking))
        assert refused.value.code is ErrorCode.PROFILE_IN_USE
        await connection.execute("UPDATE node SET seen_at = seen_at - interval '11 s'")
    await prepare(PostgresDatabase(database), unsafe=True, steps=(*base, breaking))


async def test_a_device_comes_and_goes_with_its_mailbox(opened: Open, tables: str) -> None:
    storage = await opened()
    (account, _) = await register(storage, "alice", "bob")
    listed = device_list("alice", "phone", version=2)
    await storage.directory.replace_list(account, device_list("alice").hash, listed)
    both = "SELECT (SELECT count(*) FROM device), (SELECT count(*) FROM mailbox JOIN device USING (id))"
    async with looking(tables) as connection:
        assert tuple(await connection.fetchrow(both)) == (3, 3)
        await storage.directory.replace_list(account, listed.hash, device_list("phone", version=3, identity="alice"))
        assert tuple(await connection.fetchrow(both)) == (2, 2)
        assert await storage.accounts.delete(account) == Removed((device("phone"),))
        assert tuple(await connection.fetchrow(both)) == (1, 1)


async def test_every_table_of_the_database_is_read_or_is_about_nobody(tables: str) -> None:
    about_nobody = {"relay", "invitation", "certificate", "node", "throttle"}
    # Bytes that nobody can read without a key, and what is forgotten within the hour.
    about_nobody |= {"blob_file", "blob_part", "change"}
    unread = {"mail": {"mailbox", "envelope"}, "stored": {"mailbox"}, "known": {"mailbox"}, "mailbox": {"id"}}
    unread |= {"account": {"id"}, "device": {"id", "account"}, "audit": {"id", "uid", "officer", "node"}}
    unread |= {"blob": {"id", "account"}}
    async with looking(tables) as connection:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name !~ '^(mail|stored)_'"
        )
    columns: dict[str, set[str]] = {}
    for table, column in rows:
        columns.setdefault(table, set()).add(column)
    assert set(columns) == about_nobody | {source.name for source in SOURCES}
    for source in SOURCES:
        made_up = {"mail": {"size", "device"}, "stored": {"device"}, "known": {"device"}, "mailbox": {"device"}}
        read = set(source.columns) - made_up.get(source.name, set())
        assert columns[source.name] - read == unread.get(source.name, set()), source.name


async def test_so_many_mailboxes_are_kept_in_memory_and_no_more(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "MAILBOXES_KEPT", 10)
    monkeypatch.setattr(mailbox, "NUMBERS_KEPT", 10)
    storage = await opened()
    await register(storage, "alice", *CROWD)
    for name in CROWD:
        await resume(storage, name)
        await store(storage, name, b"1")
        await storage.mail.acknowledge([(device(name), 1)])
    cache = storage.mail.cache
    assert 0 < len(cache._mailboxes) <= 10
    assert 0 < len(cache._ids) <= 10
    assert 0 < len(cache._named) <= 10


async def test_so_many_calls_wait_for_a_connection_and_no_more(opened: Open) -> None:
    storage = await opened(options=PostgresOptions(pool=1, unsafe=True))
    free = asyncio.Event()

    async def hold(connection: PgConnection) -> None:
        await connection.fetchval("SELECT 1")
        await free.wait()

    held = storage.pool.begin(hold)
    await asyncio.sleep(0)
    waiting = [storage.pool.begin(lambda connection: connection.fetchval("SELECT 1")) for _ in range(WAITING_AT_MOST)]
    await asyncio.sleep(0)
    with pytest.raises(LinkError) as refused:
        await storage.accounts.find("alice")
    assert (refused.value.code, refused.value.retry_after_ms) == (ErrorCode.BUSY, BUSY_AFTER_MS)
    free.set()
    await held
    assert set(await asyncio.gather(*waiting)) == {1}

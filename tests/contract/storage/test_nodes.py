"""What nodes share in a storage: who they are, the log of changes, counts of what was done too often, certificates."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from babilu.kernel.errors import ErrorCode
from babilu.relay.base.admin_requests import (
    AccountRole,
    AppointUser,
    Broadcast,
    DeleteUser,
    DisableUser,
    DrainNode,
    EnableUser,
    UndrainNode,
)
from babilu.relay.storage.administration import Operator
from babilu.relay.storage.nodes import ChangeKind, LoggedChange, NodeReport, NodeStore, Rate, StoredCertificate
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.relay.storage.records import MailboxStanding
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
from tests.fakes.nodes import FakeNodeStore, Nodes

OPERATOR: Final = Operator(0)
RARELY: Final = Rate(3, 3_600_000)


def report(name: str, online: int = 0, *, draining: bool = False) -> NodeReport:
    return NodeReport(name, "1.0", f"{name}.example:5050", online, draining)


@pytest.fixture
async def storages(tables: str) -> AsyncIterator[tuple[PostgresStorage, PostgresStorage]]:
    """Two nodes on one database."""
    first, second = [await PostgresStorage.open(tables, PostgresOptions(unsafe=True)) for _ in range(2)]
    yield first, second
    await second.close()
    await first.close()


@pytest.fixture(params=["in memory", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Give where the nodes' database is; None for the fake that tests of nodes use."""
    if request.param == "in memory":
        return None
    found: str = request.getfixturevalue("tables")
    return found


@pytest.fixture
async def nodes(url: str | None) -> AsyncIterator[tuple[NodeStore, NodeStore]]:
    """Two nodes as their storage knows them."""
    if url is None:
        fakes = Nodes()
        yield FakeNodeStore(fakes, 1), FakeNodeStore(fakes, 2)
        return
    first, second = [await PostgresStorage.open(url, PostgresOptions(unsafe=True)) for _ in range(2)]
    assert first.nodes is not None
    assert second.nodes is not None
    yield first.nodes, second.nodes
    await second.close()
    await first.close()


class TestNodes:
    async def test_hear_of_each_other_what_each_says_of_itself(self, nodes: tuple[NodeStore, NodeStore]) -> None:
        first, second = nodes
        assert first.node != second.node
        await first.beat(report("a", 3))
        pulse = await second.beat(report("b"))
        assert [(each.node, each.report) for each in pulse.nodes] == [
            (first.node, report("a", 3)),
            (second.node, report("b")),
        ]
        assert all(0 <= each.silent_ms < 60_000 for each in pulse.nodes)
        assert all(abs(each.since - pulse.now) < 60_000 for each in pulse.nodes)
        assert not pulse.is_outdated
        again = await first.beat(report("a", 4, draining=True))
        assert [each.report for each in again.nodes] == [report("a", 4, draining=True), report("b")]
        assert again.nodes[0].since == pulse.nodes[0].since

    async def test_that_leave_are_gone_and_may_come_back(self, nodes: tuple[NodeStore, NodeStore]) -> None:
        first, second = nodes
        await first.beat(report("a"))
        await first.leave()
        await first.leave()
        assert [each.node for each in (await second.beat(report("b"))).nodes] == [second.node]
        assert len((await first.beat(report("a"))).nodes) == 2

    async def test_belong_to_whoever_claimed_the_storage_first(self, nodes: tuple[NodeStore, NodeStore]) -> None:
        first, second = nodes
        assert await first.claim(b"a" * 32)
        assert await second.claim(b"a" * 32)
        assert not await second.claim(b"b" * 32)
        assert await first.claim(b"a" * 32)


class TestThrottles:
    async def test_allow_so_many_at_once_at_all_nodes_together(self, nodes: tuple[NodeStore, NodeStore]) -> None:
        first, second = nodes[0].throttles, nodes[1].throttles
        key = b"k" * 16
        assert [await each.take(key, RARELY) for each in (first, second, first)] == [0, 0, 0]
        wait = await second.take(key, RARELY)
        assert RARELY.interval_ms - 60_000 < wait <= RARELY.interval_ms + 1
        # What was refused was not counted.
        assert await first.take(key, RARELY) <= wait
        assert await first.take(b"o" * 16, RARELY) == 0

    async def test_count_what_was_not_asked_for_and_name_the_longest_wait(
        self, nodes: tuple[NodeStore, NodeStore]
    ) -> None:
        first, second = nodes[0].throttles, nodes[1].throttles
        one, two = (b"1" * 16, RARELY), (b"2" * 16, RARELY)
        assert await first.wait([one, two]) == 0
        for _ in range(3):
            await first.charge([one, two])
        await first.charge([two])
        wait = await second.wait([one])
        assert RARELY.interval_ms - 60_000 < wait <= RARELY.interval_ms + 1
        assert await second.wait([one, two]) > RARELY.interval_ms + 1
        assert await second.wait([(b"3" * 16, RARELY)]) == 0


def certificate(label: str, announced_at: int | None) -> StoredCertificate:
    return StoredCertificate(octets(label), octets(f"sealed {label}", 600), announced_at)


class TestCertificates:
    async def test_begin_with_the_first_node_s_own(self, nodes: tuple[NodeStore, NodeStore]) -> None:
        first, second = nodes[0].certificates, nodes[1].certificates
        assert await first.read() == ()
        await first.begin(certificate("a", None))
        await second.begin(certificate("b", None))
        assert await second.read() == (certificate("a", None),)

    async def test_are_announced_withdrawn_and_renewed_once(self, nodes: tuple[NodeStore, NodeStore]) -> None:
        first, second = nodes[0].certificates, nodes[1].certificates
        await first.begin(certificate("a", None))
        await first.prepare(certificate("b", NOW))
        await second.prepare(certificate("c", NOW + 1))
        assert await second.read() == (certificate("a", None), certificate("b", NOW))
        await second.withdraw()
        assert not await first.renew(octets("b"))
        await second.prepare(certificate("c", NOW + 1))
        assert await first.renew(octets("c"))
        assert await second.renew(octets("c"))
        assert await second.read() == (certificate("c", None),)


class TestTheLog:
    """What is noted, and that it is there with the change and not without it."""

    async def changes(self, storage: PostgresStorage) -> list[tuple[object, ...]]:
        assert storage.nodes is not None
        changes = await storage.nodes.changes()
        assert [each.number for each in changes] == sorted(each.number for each in changes)
        return [(each.kind, each.account, each.device, each.text) for each in changes]

    async def test_names_accounts_that_were_closed_opened_and_deleted(
        self, storages: tuple[PostgresStorage, PostgresStorage]
    ) -> None:
        first, second = storages
        (alice,) = await register(first, "alice")
        for action in (DisableUser("alice"), EnableUser("alice"), DisableUser("nobody"), DeleteUser("alice")):
            await first.administration.perform(action, NOW, OPERATOR)
        (bob,) = await register(second, "bob")
        await second.accounts.delete(bob)
        # The devices of an account that is deleted go one by one, which is noted as well.
        changes = [each for each in await self.changes(second) if each[0] is not ChangeKind.DEVICE_REMOVED]
        assert changes == [
            (ChangeKind.ACCOUNT_CLOSED, alice, None, ErrorCode.ACCOUNT_DISABLED),
            (ChangeKind.ACCOUNT_OPENED, alice, None, ""),
            (ChangeKind.ACCOUNT_CLOSED, alice, None, ErrorCode.DEVICE_UNKNOWN),
            (ChangeKind.OWNER, None, None, ""),
            (ChangeKind.ACCOUNT_CLOSED, bob, None, ErrorCode.DEVICE_UNKNOWN),
            (ChangeKind.OWNER, None, None, ""),
        ]

    async def test_names_devices_that_were_removed_and_lists_that_changed(
        self, storages: tuple[PostgresStorage, PostgresStorage]
    ) -> None:
        first, second = storages
        await first.accounts.register(
            new_account("alice", devices=device_list("alice", "phone", identity="alice")), OPEN
        )
        account = await first.accounts.find("alice")
        assert account is not None
        after = device_list("alice", version=2, identity="alice")
        await first.directory.replace_list(account.account, account.device_list.hash, after)
        await first.directory.replace_list(account.account, account.device_list.hash, after)
        fresh = device_list("new", identity="another")
        await second.accounts.reset_identity(account.account, fresh, device("new"), prekeys())
        changes = await self.changes(second)
        assert changes.count((ChangeKind.LIST_CHANGED, account.account, None, "alice")) == 2
        assert [each[2] for each in changes if each[0] is ChangeKind.DEVICE_REMOVED] == [
            device("phone"),
            device("alice"),
        ]
        # Whoever a new identity sends away is not shown its list.
        assert [each[3] for each in changes if each[0] is ChangeKind.DEVICE_REMOVED] == ["alice", ""]

    async def test_names_a_new_owner_notices_and_certificates(
        self, storages: tuple[PostgresStorage, PostgresStorage]
    ) -> None:
        first, second = storages
        assert first.nodes is not None
        await register(first, "alice")
        await first.administration.perform(AppointUser("alice", AccountRole.OWNER), NOW, OPERATOR)
        await first.administration.perform(Broadcast("¿Qué\0?"), NOW, OPERATOR)
        await first.nodes.certificates.prepare(certificate("a", NOW))
        assert [(each[0], each[3]) for each in await self.changes(second)] == [
            (ChangeKind.OWNER, ""),
            (ChangeKind.NOTICE, "¿Qué?"),
            (ChangeKind.CERTIFICATE, ""),
        ]

    async def test_passes_over_what_only_another_version_knows(
        self, storages: tuple[PostgresStorage, PostgresStorage]
    ) -> None:
        first, second = storages
        await first.pool.run(lambda connection: connection.execute("INSERT INTO change (kind) VALUES ('later')"))
        await first.administration.perform(Broadcast("now"), NOW, OPERATOR)
        assert second.nodes is not None
        (change,) = await second.nodes.changes()
        assert change == LoggedChange(change.number, ChangeKind.NOTICE, text="now")

    async def test_is_read_for_a_minute(self, storages: tuple[PostgresStorage, PostgresStorage]) -> None:
        first, second = storages
        await first.administration.perform(Broadcast("old"), NOW, OPERATOR)
        await first.pool.run(
            lambda connection: connection.execute("UPDATE change SET at = at - interval '61 s'"),
        )
        await first.administration.perform(Broadcast("new"), NOW, OPERATOR)
        assert [each[3] for each in await self.changes(second)] == ["new"]


class TestTheAuditLog:
    async def test_says_at_which_node_something_was_done(self, tables: str) -> None:
        first, second = [
            await PostgresStorage.open(tables, PostgresOptions(unsafe=True, name=name)) for name in ("a", "b")
        ]
        await first.administration.perform(Broadcast("now"), NOW, OPERATOR)
        await second.administration.perform(DrainNode(), NOW + 1, OPERATOR)
        await first.administration.perform(UndrainNode(), NOW + 2, OPERATOR)
        assert [(each.action, each.node) for each in await second.administration.audit(10)] == [
            ("broadcast", "a"),
            ("drain", "b"),
            ("undrain", "a"),
        ]
        await second.close()
        await first.close()


class TestDevices:
    async def test_that_have_moved_are_named_to_the_node_that_had_them(
        self, storages: tuple[PostgresStorage, PostgresStorage]
    ) -> None:
        first, second = storages
        await register(first, "alice", "bob")
        await store(first, "bob", b"1", b"2")
        await first.mail.resume(device("bob"), 0, None, 0)
        assert await first.mail.acknowledge([(device("bob"), 1)]) == frozenset()
        await second.mail.resume(device("bob"), 1, None, 0)
        assert await first.mail.acknowledge([(device("bob"), 2), (device("alice"), 0)]) == {device("bob")}
        assert await second.mail.acknowledge([(device("bob"), 2)]) == frozenset()
        asked = [device("bob"), device("alice"), device("nobody")]
        assert await first.mail.standings(asked) == {
            device("bob"): MailboxStanding(2, here=False),
            device("alice"): MailboxStanding(0),
        }
        assert await second.mail.standings(asked) == {
            device("bob"): MailboxStanding(2),
            device("alice"): MailboxStanding(0),
        }
        (stored,) = await first.mail.submit([submission("bob", b"3")], NOW, QUOTA)
        assert second.nodes is not None
        assert getattr(stored, "node", None) == second.nodes.node

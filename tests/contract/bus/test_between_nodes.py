"""Buses between nodes, over real servers: what arrives where, what is dropped, and what a server's end costs."""

import asyncio
import os
import signal
from random import Random

import asyncpg
import pytest

from babilu.crypto.secret import Secret
from babilu.kernel.ids import DeviceId
from babilu.relay.bus.nats import NatsCarrier, NatsPlace
from babilu.relay.bus.port import (
    BusCounts,
    LetterStored,
    LinkAskPassed,
    ListChanged,
    MailStored,
    NodeCame,
    NoticeGiven,
)
from babilu.relay.bus.postgresql import ANSWER_S, NotifyCarrier
from tests.contract.bus.conftest import LETTER_BYTES, Cluster, until
from tests.servers import NatsServer

DEVICE = DeviceId(b"d" * 16)
OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
"""The processes of all other connections to a database."""


async def test_what_is_told_to_all_every_node_hears_once(cluster: Cluster) -> None:
    first, second, third = [await cluster.join(node) for node in (1, 2, 3)]
    first.bus.publish(ListChanged("alice"))
    for end in (first, second, third):
        await end.until(ListChanged("alice"))
    # What comes behind it shows that nothing comes twice.
    second.bus.publish(ListChanged("bob"))
    for end in (first, second, third):
        await end.until(ListChanged("alice"), ListChanged("bob"))


async def test_what_is_told_to_one_node_no_other_hears(cluster: Cluster) -> None:
    first, second, third = [await cluster.join(node) for node in (1, 2, 3)]
    first.bus.publish(MailStored(DEVICE, 1), 2)
    await second.until(MailStored(DEVICE, 1))
    first.bus.publish(NodeCame(1))
    await third.until(NodeCame(1))


async def test_all_of_one_turn_for_one_node_is_one_message_in_order(cluster: Cluster) -> None:
    first, second = [await cluster.join(node) for node in (1, 2)]
    hints = [MailStored(DEVICE, number) for number in range(20)]
    for hint in hints:
        first.bus.publish(hint, 2)
    await second.until(*hints)
    assert (first.bus.counts.sent, second.bus.counts.heard) == (1, 1)


async def test_an_envelope_goes_along_where_it_is_small_and_is_only_spoken_of_where_it_is_not(
    cluster: Cluster,
) -> None:
    first, second = [await cluster.join(node) for node in (1, 2)]
    first.bus.publish(LetterStored(DEVICE, 1, 5, bytes(600)), 2)
    first.bus.publish(LetterStored(DEVICE, 2, 5, bytes(LETTER_BYTES + 1)), 2)
    await second.until(LetterStored(DEVICE, 1, 5, bytes(600)), MailStored(DEVICE, 2))


async def test_a_whole_mebibyte_of_one_turn_arrives(cluster: Cluster) -> None:
    first, second = [await cluster.join(node) for node in (1, 2)]
    hints = [LinkAskPassed(number, b"l" * 16, DEVICE, Random(number).randbytes(32 * 1024)) for number in range(32)]
    for hint in hints:
        first.bus.publish(hint, 2)
    await second.until(*hints)


async def test_forged_messages_and_those_of_another_history_are_dropped_and_counted(cluster: Cluster) -> None:
    first = await cluster.join(1)
    forger = await cluster.join(2, key=Secret(b"x" * 32))
    stale = await cluster.join(3, epoch=b"epoch..0")
    third = await cluster.join(4)
    forger.bus.publish(NoticeGiven("forged"))
    stale.bus.publish(NoticeGiven("of yesterday"))
    await until(lambda: first.bus.counts.forged + first.bus.counts.other_epoch == 2)
    third.bus.publish(NoticeGiven("true"))
    await first.until(NoticeGiven("true"))
    assert (first.bus.counts.forged, first.bus.counts.other_epoch, first.bus.counts.heard) == (1, 1, 1)


async def test_a_node_that_goes_on_with_another_history_hears_those_that_do_too(cluster: Cluster) -> None:
    first, second = [await cluster.join(node) for node in (1, 2)]
    for end in (first, second):
        end.bus.go_on_with(b"epoch..2")
    first.bus.publish(ListChanged("alice"))
    await second.until(ListChanged("alice"))


async def test_a_listener_that_fails_costs_nothing_but_the_message(cluster: Cluster) -> None:
    first, second = [await cluster.join(node) for node in (1, 2)]
    failed = list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(str(context["exception"])))

    def fails(hint: object) -> None:
        if hint == ListChanged("alice"):
            raise RuntimeError("a listener failed")

    second.bus.subscribe(fails)
    first.bus.publish(ListChanged("alice"))
    await second.until(ListChanged("alice"))
    first.bus.publish(ListChanged("bob"))
    await second.until(ListChanged("alice"), ListChanged("bob"))
    assert failed == ["a listener failed"]


async def test_connections_of_the_database_that_end_are_opened_anew_and_the_node_says_so(
    database: str,
) -> None:
    cluster = Cluster(lambda node, counts: NotifyCarrier(lambda: asyncpg.connect(database), node, counts))
    first, second = [await cluster.join(node) for node in (1, 2)]
    other = await asyncpg.connect(database)
    for row in await other.fetch(OTHERS):
        await other.execute("SELECT pg_terminate_backend($1)", row["pid"])
    await second.hears(NodeCame(2))

    def heard() -> bool:
        # A hint that goes over the connection of which it is not known yet that it has ended is lost.
        first.bus.publish(ListChanged("alice"), 2)
        return ListChanged("alice") in second.heard

    await until(heard)
    await until(lambda: first.bus.is_up)
    await other.close()
    await cluster.close()


async def test_a_database_that_hangs_is_noticed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server answers nothing any more, and closes no connection."""
    monkeypatch.setattr("babilu.relay.bus.postgresql.ANSWER_S", ANSWER_S / 40)
    monkeypatch.setattr("babilu.relay.bus.postgresql.ASK_S", 0.05)
    cluster = Cluster(lambda node, counts: NotifyCarrier(lambda: asyncpg.connect(database), node, counts))
    first = await cluster.join(1)
    other = await asyncpg.connect(database)
    pids = [row["pid"] for row in await other.fetch(OTHERS)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: not first.bus.is_up)
        # It listens again, on another connection.
        await first.hears(NodeCame(1))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    await other.close()
    await cluster.close()


async def test_a_nats_server_that_is_away_loses_hints_and_is_told_of_when_it_is_back() -> None:
    with NatsServer() as server:
        cluster = Cluster(lambda node, counts: NatsCarrier(NatsPlace(server.url, "test"), node, counts))
        first, second = [await cluster.join(node) for node in (1, 2)]
        server.stop()
        await until(lambda: not (first.bus.is_up or second.bus.is_up))
        server.start()
        await first.hears(NodeCame(1))
        await second.hears(NodeCame(2))
        first.bus.publish(ListChanged("alice"), 2)
        await second.hears(ListChanged("alice"))
        await cluster.close()


async def test_a_node_starts_without_its_nats_server_and_hears_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("babilu.relay.bus.nats.START_S", 0.05)
    with NatsServer() as server:
        url = server.url
        server.stop()
        cluster = Cluster(lambda node, counts: NatsCarrier(NatsPlace(url, "test"), node, counts))
        first = await cluster.join(1, up=False)
        assert not first.bus.is_up
        server.start()
        await first.hears(NodeCame(1))
        await cluster.close()


async def test_a_node_that_hears_too_slowly_loses_hints_counts_them_and_hears_the_next(nats: NatsServer) -> None:
    cluster = Cluster(lambda node, counts: NatsCarrier(NatsPlace(nats.url, "slow"), node, counts))
    first = await cluster.join(1)
    counts = BusCounts()
    slow = await cluster.join(2, carrier=NatsCarrier(NatsPlace(nats.url, "slow"), 2, counts, pending_bytes=20_000))
    # More than it may keep waiting: what came faster than it is taken is dropped in the same way.
    first.bus.publish(NoticeGiven("x" * 50_000), 2)
    await until(lambda: counts.lost > 0)
    first.bus.publish(ListChanged("bob"), 2)
    await slow.until(ListChanged("bob"))
    await cluster.close()

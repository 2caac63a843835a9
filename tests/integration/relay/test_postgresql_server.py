"""A PostgreSQL server that fails under a relay: whoever asks is answered in time, and what was answered is there."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack

import asyncpg
import pytest

from babilu.kernel.errors import ErrorCode, LinkError, UsageError
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.relay.storage.records import Outcome, Repeated, Stored, Submission
from tests.contract.storage.builders import NOW, QUOTA, device, envelope_id, register, stand, store, submission
from tests.servers import SAFE, PostgresServer

Open = Callable[[PostgresOptions], Awaitable[PostgresStorage]]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Run a server of the test's own, to which it may do harm."""
    with PostgresServer(SAFE) as made:
        yield made


@pytest.fixture
async def opened(server: PostgresServer) -> AsyncIterator[Open]:
    """Open the server's database, and close it in the end, thawed or not."""
    async with AsyncExitStack() as closing:

        async def open_one(options: PostgresOptions) -> PostgresStorage:
            storage = await PostgresStorage.open(server.url(tcp=True), options)
            closing.push_async_callback(storage.close)
            return storage

        yield open_one


async def test_one_that_is_frozen_is_waited_for_no_longer_than_a_call_may_take(
    server: PostgresServer, opened: Open
) -> None:
    storage = await opened(PostgresOptions(deadline_s=0.5))
    await register(storage, "alice", "bob")
    sent = submission("bob", b"1")
    server.signal(signal.SIGSTOP)
    begun = time.monotonic()
    asked: list[asyncio.Future[object]] = []
    asked.append(storage.mail.submit([sent], NOW, QUOTA))  # type: ignore[arg-type]  # whatever it is of
    asked.append(storage.accounts.find("bob"))  # type: ignore[arg-type]
    for call in asked:
        with pytest.raises(LinkError) as refused:
            await call
        assert refused.value.code is ErrorCode.UNAVAILABLE
    assert time.monotonic() - begun < 5
    server.signal(signal.SIGCONT)
    outcomes = await answered(storage, [sent])
    assert type(outcomes[0]) in {Stored, Repeated}
    page = await storage.mail.read(device("bob"), 0, 10, 1000)
    assert len(page.stored_envelopes) == 1


async def test_one_that_crashed_is_found_again_and_has_all_that_was_answered(
    server: PostgresServer, opened: Open
) -> None:
    storage = await opened(PostgresOptions())
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"1")
    server.crash()
    with pytest.raises(LinkError):
        await storage.mail.submit([submission("bob", b"2")], NOW, QUOTA)
    with pytest.raises(LinkError):
        await storage.accounts.find("bob")
    server.start()
    assert type((await answered(storage, [submission("bob", b"3")]))[0]) is Stored
    page = await storage.mail.read(device("bob"), 0, 10, 1000)
    assert [each.envelope for each in page.stored_envelopes] == [b"1", b"3"]


async def test_one_that_can_lose_what_it_has_said_is_refused(tables: str) -> None:
    with pytest.raises(UsageError, match="fsync"):
        await PostgresStorage.open(tables)


async def test_one_whose_replica_takes_over_has_another_epoch_and_gets_again_what_it_lacks(
    server: PostgresServer,
) -> None:
    replica = PostgresServer(SAFE)
    try:
        replica.copy_from(server)
        replica.start()
        hosts = f"127.0.0.1:{server.port},127.0.0.1:{replica.port}"
        url = f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write"
        storage = await PostgresStorage.open(url)
        try:
            await register(storage, "alice", "bob")
            await store(storage, "bob", b"1", b"2", b"3")
            await caught_up(server, replica)
            before = storage.epoch
            # The replica lacks what is accepted from here on.
            replica.stop()
            lacking = [submission("bob", b"4"), submission("bob", b"5")]
            assert [type(outcome) for outcome in await storage.mail.submit(lacking, NOW, QUOTA)] == [Stored, Stored]
            server.crash()
            replica.start()
            replica.take_over()
            again = [submission("bob", b"3"), *lacking]
            assert [type(outcome) for outcome in await answered(storage, again)] == [Repeated, Stored, Stored]
            assert storage.epoch != before
            # The client has the first of those already that were numbered anew.
            resumed = await storage.mail.resume(device("bob"), 5, envelope_id(b"another 5"), 10**6)
            assert stand(resumed) == (5, 10)
            page = await storage.mail.read(device("bob"), 5, 10, 1000)
            assert [each.envelope for each in page.stored_envelopes] == [b"1", b"2", b"3", b"4", b"5"]
        finally:
            await storage.close()
    finally:
        replica.remove()


async def caught_up(server: PostgresServer, replica: PostgresServer) -> None:
    """Wait until a replica has all that its primary has."""
    first, second = await asyncpg.connect(server.url()), await asyncpg.connect(replica.url())
    position = await first.fetchval("SELECT pg_current_wal_lsn()")
    async with asyncio.timeout(30):
        while not await second.fetchval("SELECT pg_last_wal_replay_lsn() >= $1", position):  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.01)
    await first.close()
    await second.close()


async def answered(storage: PostgresStorage, batch: Sequence[Submission]) -> list[Outcome]:
    """Ask again, as clients do, until the database answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await storage.mail.submit(batch, NOW, QUOTA)
            except LinkError:
                await asyncio.sleep(0.05)

"""Two nodes of a relay on one PostgreSQL database, with its own notifications between them, as they run in truth."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, UsageError
from babilu.relay.base.settings import RelaySettings, StorageSettings
from babilu.relay.node.backup import restore_backup, verify_backup, write_backup
from babilu.relay.node.server import Relay
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.wire.client_frames import Ack
from babilu.wire.frame_base import Bye
from tests.integration.relay.conftest import House
from tests.relay_client import RANDOMNESS, SetClock, envelopes
from tests.servers import Databases


@pytest.fixture
async def houses(tables: str, tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    """Start two nodes with one key."""
    clock = SetClock()
    options = PostgresOptions(unsafe=True, now_ms=clock.monotonic_ms)
    first, second = (
        House(
            tmp_path / name,
            clock,
            open_storage=lambda _: PostgresStorage.open(tables, options),
            make_bus=None,
            trusts_clock=False,
        )
        for name in ("first", "second")
    )
    try:
        async with first.clients, second.clients:
            await first.start()
            second.home.mkdir(mode=0o700)
            shutil.copy(first.home / "relay.key", second.home)
            await second.start()
            yield first, second
    finally:
        await first.stop()
        await second.stop()


async def test_mail_goes_from_one_to_the_other_at_once_and_in_order(houses: tuple[House, House]) -> None:
    first, second = houses
    alice_person, alice = await first.register("alice")
    bob_person, bob = await second.register("bob")
    await alice.submit(bob_person, *envelopes(50))
    assert [each.seq for each in await bob.deliveries(50)] == list(range(1, 51))
    await bob.submit(alice_person, b"answer")
    assert [each.envelope for each in await alice.deliveries(1)] == [b"answer"]
    bob.send(Ack(50))


async def test_a_device_that_comes_to_the_other_is_gone_from_the_one_before(houses: tuple[House, House]) -> None:
    first, second = houses
    person, before = await first.register("alice")
    client, _ = await second.enter(person)
    await client.resume()
    assert (await before.expect(Bye)).reason == ErrorCode.REPLACED


async def test_both_show_the_same_certificate(houses: tuple[House, House]) -> None:
    first, second = houses
    assert first.relay.fingerprint == second.relay.fingerprint


async def test_an_end_without_a_word_loses_nothing(houses: tuple[House, House]) -> None:
    first, second = houses
    _, alice = await first.register("alice")
    bob_person, bob = await second.register("bob")
    await second.stop()
    await alice.submit(bob_person, *envelopes(5))
    client, _ = await first.enter(bob_person)
    await client.resume()
    assert [each.seq for each in await client.deliveries(5)] == [1, 2, 3, 4, 5]
    del bob


async def test_another_relays_node_is_refused(tables: str, houses: tuple[House, House], tmp_path: Path) -> None:
    storage = StorageSettings(tables, unsafe=True)
    settings = RelaySettings("127.0.0.1", 0, tmp_path / "stranger", storage=storage)
    with pytest.raises(UsageError) as refused:
        await Relay(settings, houses[0].clock, RANDOMNESS).start()
    assert refused.value.code is ErrorCode.CONFLICT


async def test_a_folder_whose_mail_was_not_moved_is_refused(tables: str, tmp_path: Path) -> None:
    home = tmp_path / "relay"
    house = House(home)
    await house.start()
    await house.stop()
    settings = RelaySettings("127.0.0.1", 0, home, storage=StorageSettings(tables, unsafe=True))
    with pytest.raises(UsageError, match="migrate-storage") as refused:
        await Relay(settings, SetClock(), RANDOMNESS).start()
    assert refused.value.code is ErrorCode.CONFLICT


async def test_a_backup_is_whole_and_restored_under_another_epoch(
    houses: tuple[House, House], postgresql: Databases, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgresql.server.programs}{os.pathsep}{os.environ['PATH']}")
    first, second = houses
    person, alice = await first.register("alice")
    bob_person, bob = await second.register("bob")
    await alice.submit(bob_person, *envelopes(5))
    await bob.deliveries(5)
    await second.stop()
    await alice.submit(bob_person, b"waits")
    place = tmp_path / "backup"
    await write_backup(first.relay._up.home, first.storage.administration, str(place), first.clock.now_ms())
    before = first.storage.epoch
    await first.stop()

    with pytest.raises(UsageError, match="--storage"):
        restore_backup(place, tmp_path / "nowhere", RANDOMNESS, replace=False)
    assert set(verify_backup(place).manifest.files) == {"relay.dump", "relay.key", "certificate.pem"}
    restored = House(tmp_path / "restored", first.clock, trusts_clock=False)
    # It has a loop of its own, as the command does.
    await asyncio.get_running_loop().run_in_executor(
        None, partial(restore_backup, place, restored.home, RANDOMNESS, replace=False, database=database)
    )
    restored.open_storage = lambda _: PostgresStorage.open(database, PostgresOptions(unsafe=True))
    try:
        async with restored.clients:
            await restored.start()
            assert restored.storage.epoch != before
            client, _ = await restored.enter(bob_person)
            await client.resume()
            assert [each.envelope for each in await client.deliveries(6)] == [*envelopes(5), b"waits"]
    finally:
        await restored.stop()
    del person

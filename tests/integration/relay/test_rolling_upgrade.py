"""Nodes of two versions on one database: the older one outlives an additive step, and a breaking one waits for it."""

import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, LinkError, ProfileError
from babilu.migrations import Migration
from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage, connections, schema
from babilu.relay.storage.postgresql.connections import PgConnection, PostgresDatabase
from babilu.relay.storage.postgresql.schema import NODE_LIVES_S, is_breaking, migrations, prepare
from babilu.wire.frame_base import Bye
from tests.integration.relay.conftest import House
from tests.relay_client import RawClient, SetClock

OLD = migrations()
NEXT = OLD[-1].number + 1
ADDITIVE = Migration(NEXT, "-- additive: older programs write no colour\nALTER TABLE account ADD COLUMN colour text;")
BREAKING = Migration(NEXT, "-- breaking: audit is called otherwise\nALTER TABLE audit RENAME TO acts;")


class Upgrade:
    """Two houses on one database, whose programs know steps of their own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        now = int(time.time() * 1000)
        self.old, self.new = (House(folder / name, SetClock(now)) for name in ("old", "new"))

    async def start(self, house: House, steps: Sequence[Migration]) -> None:
        """Start a node whose program knows some steps."""

        async def open_storage(_: Path) -> Storage:
            return await PostgresStorage.open(self.url, PostgresOptions(unsafe=True, steps=steps))

        house.open_storage = open_storage
        if house is self.new and not house.home.exists():
            house.home.mkdir(mode=0o700)
            shutil.copy(self.old.home / "relay.key", house.home)
        await house.start()

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[PgConnection]:
        connection = await PostgresDatabase(self.url).connect_bare()
        try:
            yield connection
        finally:
            await connection.close()

    async def let_old_fall_silent(self) -> None:
        """Have the last word of all nodes be so long ago that they count as gone."""
        async with self.looking() as connection:
            await connection.execute(
                "UPDATE node SET seen_at = seen_at - make_interval(secs => $1)", NODE_LIVES_S + 1.0
            )


@pytest.fixture
async def upgrade(tmp_path: Path, database: str) -> AsyncIterator[Upgrade]:
    made = Upgrade(tmp_path, database)
    async with made.old.clients, made.new.clients:
        await made.start(made.old, OLD)
        yield made
    for house in (made.new, made.old):
        await house.stop()


async def end_of(client: RawClient) -> Bye:
    bye = (await client.closed())[-1]
    assert isinstance(bye, Bye)
    return bye


class TestAnAdditiveStep:
    async def test_lets_a_node_that_does_not_know_it_go_on(self, upgrade: Upgrade) -> None:
        _, a = await upgrade.old.register("alice")
        await upgrade.start(upgrade.new, (*OLD, ADDITIVE))
        bob, b = await upgrade.new.register("bob")

        for number in range(3):
            await a.submit(bob, b"%d" % number)
        assert [each.envelope for each in await b.deliveries(3)] == [b"0", b"1", b"2"]
        await upgrade.old.node.beat()
        assert upgrade.old.node.is_healthy
        assert await a.quiet() == []

    async def test_lets_such_a_node_start_too(self, upgrade: Upgrade) -> None:
        alice, _ = await upgrade.old.register("alice")
        await upgrade.start(upgrade.new, (*OLD, ADDITIVE))
        await upgrade.start(upgrade.old, OLD)
        client, _ = await upgrade.old.enter(alice)
        await client.resume()


class TestABreakingStep:
    async def test_is_refused_while_a_node_is_up_that_does_not_know_it(self, upgrade: Upgrade) -> None:
        alice, a = await upgrade.old.register("alice")
        with pytest.raises(ProfileError, match="stop it first") as refused:
            await upgrade.start(upgrade.new, (*OLD, BREAKING))
        assert refused.value.code is ErrorCode.PROFILE_IN_USE
        await a.submit(alice, b"goes on")
        assert [each.envelope for each in await a.deliveries(1)] == [b"goes on"]

    async def test_is_taken_once_that_node_has_stopped_which_then_starts_no_more(self, upgrade: Upgrade) -> None:
        alice, _ = await upgrade.old.register("alice")
        await upgrade.old.stop()
        await upgrade.start(upgrade.new, (*OLD, BREAKING))
        client, _ = await upgrade.new.enter(alice)
        await client.resume()
        assert await client.quiet() == []
        with pytest.raises(ProfileError) as refused:
            await upgrade.start(upgrade.old, OLD)
        assert refused.value.code is ErrorCode.PROFILE_TOO_NEW

    async def test_sends_everybody_away_from_a_node_that_was_taken_for_gone(self, upgrade: Upgrade) -> None:
        alice, a = await upgrade.old.register("alice")
        await upgrade.let_old_fall_silent()
        await upgrade.start(upgrade.new, (*OLD, BREAKING))
        await upgrade.old.node.beat()
        assert not upgrade.old.node.is_healthy
        assert (await end_of(a)).reason == ErrorCode.SHUTTING_DOWN.value
        with pytest.raises(OSError):  # noqa: PT011 -- whichever way it is turned away
            await upgrade.old.connect()
        client, _ = await upgrade.new.enter(alice)
        await client.resume()


class TestAStep:
    async def test_says_what_older_programs_do_with_it(self) -> None:
        assert [is_breaking(step) for step in (ADDITIVE, BREAKING)] == [False, True]
        for step in OLD[1:]:
            is_breaking(step)
        with pytest.raises(ValueError, match="begins with neither"):
            is_breaking(Migration(NEXT, "ALTER TABLE account ADD COLUMN colour text;"))

    async def test_without_that_is_not_taken(self, upgrade: Upgrade) -> None:
        silent = Migration(NEXT + 1, "DROP TABLE audit;")
        with pytest.raises(ValueError, match="begins with neither"):
            await prepare(PostgresDatabase(upgrade.url), unsafe=True, steps=(*OLD, ADDITIVE, silent))
        async with upgrade.looking() as connection:
            assert await connection.fetchval("SELECT schema FROM relay") == OLD[-1].number

    @pytest.mark.parametrize("released", [True, False])
    async def test_whose_tables_are_in_use_is_tried_again_and_holds_nobody_up_for_long(
        self, upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch, released: bool
    ) -> None:
        monkeypatch.setitem(connections._SETTINGS, "lock_timeout", "50ms")
        monkeypatch.setattr(schema, "STEP_PAUSE_S", 0.0)
        tries = 0
        take = schema._take

        async def counted(*arguments: object, **named: object) -> None:
            nonlocal tries
            tries += 1
            if released and tries == 3:
                await using.execute("COMMIT")
            await take(*arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(schema, "_take", counted)
        async with upgrade.looking() as using:
            await using.execute("BEGIN")
            await using.execute("SELECT count(*) FROM account")
            preparing = prepare(PostgresDatabase(upgrade.url), unsafe=True, steps=(*OLD, ADDITIVE))
            if released:
                await preparing
            else:
                with pytest.raises(LinkError, match="in use all the time") as refused:
                    await preparing
                assert refused.value.code is ErrorCode.UNAVAILABLE
        assert tries == (3 if released else schema.STEP_TRIES)

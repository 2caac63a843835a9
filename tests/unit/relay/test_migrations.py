import contextlib
import sqlite3
from importlib import resources
from pathlib import Path

import pytest

from babilu.relay.storage.administration import AuditEntry, Operator, Performed, Role, SetDisabled
from babilu.relay.storage.sqlite import SqliteStorage
from babilu.relay.storage.sqlite.schema import APPLICATION_ID
from tests.contract.storage.builders import NOW, device, register, store

MIGRATIONS = resources.files("babilu.relay.storage.sqlite") / "migrations"
NEWEST = sum(file.name.endswith(".sql") for file in MIGRATIONS.iterdir())


async def make_older(path: Path, version: int) -> None:
    """Make a database as an older version did: alice and bob, and mail that waits for bob."""
    newest = path.with_name("newest.db")
    storage = await SqliteStorage.open(newest)
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"one", b"three")
    await storage.close()
    with contextlib.closing(sqlite3.connect(path)) as old:
        for step in sorted(MIGRATIONS.iterdir(), key=lambda file: file.name)[:version]:
            old.executescript(step.read_text(encoding="utf-8"))
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute(f"PRAGMA user_version = {version}")
        old.execute("ATTACH ? AS newest", (str(newest),))
        tables = [name for (name,) in old.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in (name for name in tables if not name.startswith("sqlite_")):
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            old.execute(f"DELETE FROM {table}")
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newest.{table}")
        old.commit()
    newest.unlink()


@pytest.mark.parametrize("version", range(1, NEWEST))
async def test_a_database_of_an_older_version_is_migrated_with_the_mail_that_waits(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "relay.db"
    await make_older(path, version)

    storage = await SqliteStorage.open(path)
    try:
        alice, bob = await storage.administration.accounts()
        assert (alice.name, bob.name, bob.mail_messages) == ("alice", "bob", 2)
        assert {alice.role, bob.role} == {Role.MEMBER}
        assert not alice.disabled
        letters = (await storage.mail.read(device("bob"), 0, 10, 1000)).letters
        assert [letter.envelope for letter in letters] == [b"one", b"three"]
        assert await storage.administration.perform(SetDisabled("bob", disabled=True), NOW, Operator(0)) == Performed(2)
    finally:
        await storage.close()


async def test_the_record_of_what_operators_did_survives_the_coming_of_officers(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    await make_older(path, 2)
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.execute("INSERT INTO audit (at, uid, action, subject) VALUES (?, 1000, 'disable', 'bob')", (NOW,))
        old.commit()

    storage = await SqliteStorage.open(path)
    try:
        assert await storage.administration.audit(1) == (AuditEntry(NOW, 1000, None, "disable", "bob"),)
    finally:
        await storage.close()

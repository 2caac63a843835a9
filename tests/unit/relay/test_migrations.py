import contextlib
import sqlite3
from importlib import resources
from pathlib import Path

from babilu.relay.storage.administration import Role, SetDisabled
from babilu.relay.storage.sqlite import SqliteStorage
from babilu.relay.storage.sqlite.schema import APPLICATION_ID
from tests.contract.storage.builders import NOW, device, register, store

MIGRATIONS = resources.files("babilu.relay.storage.sqlite") / "migrations"


async def make_first_version(path: Path) -> None:
    """Make a database as the first version did: alice and bob, and mail that waits for bob."""
    newest = path.with_name("newest.db")
    storage = await SqliteStorage.open(newest)
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"one", b"three")
    await storage.close()
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript((MIGRATIONS / "0001_initial.sql").read_text(encoding="utf-8"))
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.execute("ATTACH ? AS newest", (str(newest),))
        tables = [name for (name,) in old.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in (name for name in tables if not name.startswith("sqlite_")):
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            old.execute(f"DELETE FROM {table}")
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newest.{table}")
        old.commit()
    newest.unlink()


async def test_a_database_of_the_first_version_is_migrated_with_the_mail_that_waits(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    await make_first_version(path)

    storage = await SqliteStorage.open(path)
    try:
        alice, bob = await storage.administration.accounts()
        assert (alice.name, bob.name, bob.mail_messages) == ("alice", "bob", 2)
        assert {alice.role, bob.role} == {Role.MEMBER}
        assert not alice.disabled
        letters = (await storage.mail.read(device("bob"), 0, 10, 1000)).letters
        assert [letter.envelope for letter in letters] == [b"one", b"three"]
        assert await storage.administration.perform(SetDisabled("bob", disabled=True), NOW, 0) is not None
    finally:
        await storage.close()

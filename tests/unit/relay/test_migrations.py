import contextlib
import sqlite3
from pathlib import Path

import pytest

from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.migrations import Migration
from babilu.relay.storage.sqlite import SqliteStorage, examine_database, schema
from tests.contract.storage.builders import device, register, store


async def a_database(path: Path) -> None:
    """Make a database with alice and bob, and mail that waits for bob."""
    storage = await SqliteStorage.open(path)
    await register(storage, "alice", "bob")
    await store(storage, "bob", b"one", b"three")
    await storage.close()


def set_version(path: Path, version: int) -> bytes:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {version}")
    return path.read_bytes()


def test_steps_are_numbered_from_the_first_one_without_a_hole() -> None:
    steps = schema.migrations()
    assert [step.number for step in steps] == list(range(steps[0].number, steps[-1].number + 1))


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (schema.migrations()[0].number - 1, ErrorCode.PROFILE_TOO_OLD),
        (schema.migrations()[-1].number + 1, ErrorCode.PROFILE_TOO_NEW),
    ],
)
async def test_a_database_of_another_version_is_refused_and_left_alone(
    tmp_path: Path, version: int, code: ErrorCode
) -> None:
    path = tmp_path / "relay.db"
    await a_database(path)
    before = set_version(path, version)
    with pytest.raises(ProfileError) as refused:
        await SqliteStorage.open(path)
    assert refused.value.code is code
    with pytest.raises(ProfileError) as examined:
        examine_database(path)
    assert examined.value.code is code
    assert path.read_bytes() == before


async def test_a_step_that_is_missing_is_made_up_for_with_the_mail_that_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "relay.db"
    await a_database(path)
    last = schema.migrations()[-1].number
    step = Migration(last + 1, "CREATE TABLE addition (a INTEGER NOT NULL) STRICT;\nINSERT INTO addition VALUES (7);\n")
    steps = (*schema.migrations(), step)
    monkeypatch.setattr(schema, "migrations", lambda: steps)

    storage = await SqliteStorage.open(path)
    try:
        stored_envelopes = (await storage.mail.read(device("bob"), 0, 10, 1000)).stored_envelopes
        assert [stored_envelope.envelope for stored_envelope in stored_envelopes] == [b"one", b"three"]
    finally:
        await storage.close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (last + 1,)
        assert database.execute("SELECT a FROM addition").fetchone() == (7,)


async def test_a_database_from_before_epochs_gets_one_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "relay.db"
    with monkeypatch.context() as before:
        steps = tuple(step for step in schema.migrations() if step.number < schema.INITIAL_VERSION + 1)
        before.setattr(schema, "migrations", lambda: steps)
        schema_of_then = schema.open_database(path)
        schema_of_then.close()
    epochs = []
    for _ in range(2):
        storage = await SqliteStorage.open(path)
        epochs.append(storage.epoch)
        await storage.close()

    assert len(epochs[0]) == 8
    assert epochs[0] == epochs[1]


async def test_a_step_that_fails_halfway_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "relay.db"
    await a_database(path)
    last = schema.migrations()[-1].number
    broken = "CREATE TABLE addition (a INTEGER NOT NULL) STRICT;\nCREATE TABLE account (a ANY) STRICT;\n"
    steps = (*schema.migrations(), Migration(last + 1, broken))
    monkeypatch.setattr(schema, "migrations", lambda: steps)
    with pytest.raises(ProfileError):
        await SqliteStorage.open(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (last,)
        assert database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'addition'").fetchone() == (0,)

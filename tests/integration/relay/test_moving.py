"""Moves from a relay's file into a database and back: all or nothing, the same numbers, and the mail that waited."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from babilu.cli import main
from babilu.cli.exit_codes import ExitCode
from babilu.crypto.secret import Secret
from babilu.kernel.errors import ErrorCode, UsageError
from babilu.kernel.ids import BlobId
from babilu.relay.base.keys import RelayKey
from babilu.relay.storage.blobs.filesystem import FilesystemBlobs
from babilu.relay.storage.moving import MoveReport, move
from babilu.relay.storage.port import Storage
from babilu.relay.storage.postgresql import PostgresOptions, PostgresStorage
from babilu.relay.storage.records import BlobRecord, Repeated
from babilu.relay.storage.sqlite import SqliteStorage
from tests.contract.storage.builders import (
    NOW,
    QUOTA,
    device,
    envelope_id,
    octets,
    register,
    stand,
    submission,
)
from tests.contract.storage.test_holdings import everything

CHECK: Final = RelayKey(Secret(bytes(32))).check
NAMES: Final = [f"user{number}" for number in range(20)]
FILE: Final = BlobId(octets("file", 16))
LETTERS: Final = 2_000
SEED: Final = 4711


async def fill(home: Path, letters: int) -> None:
    """Make a relay with mail that waits, some of which was fetched, and a file."""
    os.mkdir(home)  # noqa: PTH102 -- and nothing else happens in this loop
    storage = await SqliteStorage.open(home / "relay.db")
    numbers = await register(storage, *NAMES, "gone")
    await storage.accounts.delete(numbers[-1])
    await storage.accounts.invite(octets("token"), NOW, NOW + 10**9, 3)
    for first in range(0, letters, 100):
        batch = [
            submission(NAMES[number % len(NAMES)], b"letter %d" % number, sender="user0")
            for number in range(first, first + 100)
        ]
        await storage.mail.submit(batch, NOW, QUOTA)
    for name in NAMES[::2]:
        await storage.mail.acknowledge([(device(name), 7)])
    await storage.mail.know(device("user3"), frozenset({octets("share", 16)}))
    await storage.blobs.create(numbers[0], FILE, 3_000_000, NOW, 10**9)
    files = await FilesystemBlobs.open(home / "blobs")
    for first in range(0, 3_000_000, 500_000):
        await files.write(FILE, first, bytes([first // 500_000]) * 500_000)
    await files.complete(FILE)
    await storage.blobs.complete(FILE, NOW)
    await files.close()
    await storage.close()


async def state(storage: Storage) -> dict[str, object]:
    """Return what must be the same wherever it lies."""
    found: dict[str, object] = {"epoch": storage.epoch, "owners": await storage.accounts.owner_generation()}
    found["invitations"] = await storage.accounts.invitations(NOW)
    for name in NAMES:
        account = await storage.accounts.find(name)
        assert account is not None
        found[name] = account
        page = await storage.mail.read(device(name), 0, 10_000, 10**9)
        found[f"mail of {name}"] = page
        held = {each.name: each for each in await everything(storage, account.account)}
        for table in ("prekey", "prekey_kind", "known", "blob"):
            found[f"{table} of {name}"] = held[table].rows if table in held else ()
    return found


async def on_sqlite(home: Path) -> dict[str, object]:
    storage = await SqliteStorage.open(home / "relay.db")
    try:
        return await state(storage)
    finally:
        await storage.close()


async def on_postgresql(url: str) -> dict[str, object]:
    storage = await PostgresStorage.open(url, PostgresOptions(unsafe=True))
    try:
        return await state(storage)
    finally:
        await storage.close()


def moved(home: Path, url: str, *, back: bool = False) -> MoveReport:
    return move(url, home, CHECK, back=back, unsafe=True)


def test_keeps_everything_with_its_numbers_and_comes_back_the_same(tmp_path: Path, database: str) -> None:
    home = tmp_path / "relay"
    asyncio.run(fill(home, LETTERS))
    before = asyncio.run(on_sqlite(home))

    assert moved(home, database) == MoveReport(len(NAMES), LETTERS - 70, 1)
    assert not (home / "relay.db").exists()
    assert (home / "relay.db.moved").exists()
    assert asyncio.run(on_postgresql(database)) == before

    back = tmp_path / "back"
    back.mkdir()
    assert moved(back, database, back=True) == MoveReport(len(NAMES), LETTERS - 70, 1)
    assert asyncio.run(on_sqlite(back)) == before
    (file,) = (path for path in (back / "blobs").rglob("*") if path.is_file())
    assert file.read_bytes() == b"".join(bytes([number]) * 500_000 for number in range(6))


def test_what_goes_on_after_a_move_is_what_would_have_gone_on_before(tmp_path: Path, database: str) -> None:
    home = tmp_path / "relay"
    asyncio.run(fill(home, 200))
    moved(home, database)

    async def go_on() -> None:
        storage = await PostgresStorage.open(database, PostgresOptions(unsafe=True))
        try:
            again = submission(NAMES[1], b"letter 1", sender="user0")
            new = submission(NAMES[1], b"new", sender="user0")
            repeated, stored = await storage.mail.submit([again, new], NOW, QUOTA)
            assert (repeated, stored.seq) == (Repeated(NOW), 11)  # type: ignore[union-attr]
            resumed = await storage.mail.resume(device(NAMES[2]), 9, envelope_id(b"letter 162"), 10**6)
            assert stand(resumed) == (9, 10)
            # The number of an account that is gone is given to nobody.
            (number,) = await register(storage, "newcomer")
            assert number == len(NAMES) + 2
            assert (await storage.files.read(FILE, 2_999_999, 10)) is not None
            assert await storage.blobs.create(1, FILE, 3_000_000, NOW, 10**9) == BlobRecord(FILE, 3_000_000, True)
        finally:
            await storage.close()

    asyncio.run(go_on())


def test_into_what_is_not_empty_is_refused_and_nothing_changes(tmp_path: Path, database: str) -> None:
    home, other = tmp_path / "relay", tmp_path / "other"
    asyncio.run(fill(home, 100))
    asyncio.run(fill(other, 200))
    moved(other, database)
    before = asyncio.run(on_postgresql(database))
    with pytest.raises(UsageError) as refused:
        moved(home, database)
    assert refused.value.code is ErrorCode.CONFLICT
    assert (home / "relay.db").exists()
    assert asyncio.run(on_postgresql(database)) == before


def test_back_is_refused_over_another_file_and_from_another_relays_database(tmp_path: Path, database: str) -> None:
    home = tmp_path / "relay"
    asyncio.run(fill(home, 100))
    with pytest.raises(UsageError, match="is there already"):
        moved(home, database, back=True)
    moved(home, database)
    with pytest.raises(UsageError) as refused:
        move(database, home, b"another key", back=True, unsafe=True)
    assert refused.value.code is ErrorCode.CONFLICT
    assert not (home / "relay.db").exists()


def test_one_that_was_interrupted_at_its_very_end_is_ended_by_the_next(tmp_path: Path, database: str) -> None:
    home = tmp_path / "relay"
    asyncio.run(fill(home, 100))
    moved(home, database)
    shutil.copy(home / "relay.db.moved", home / "relay.db")
    assert moved(home, database).letters == 50
    assert not (home / "relay.db").exists()


def test_the_command_moves_and_has_the_relays_configuration_name_the_database_without_its_password(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BABILU_STORAGE_UNSAFE", "true")
    home = tmp_path / "relay"
    asyncio.run(fill(home, 100))
    (home / "relay.key").write_bytes(bytes(32))
    (home / "babilu.toml").write_text('[relay]\nname = "Ours"\n')
    with_password = database.replace("babilu@", "babilu:geheim@")
    command = ["admin", "migrate-storage", with_password, "--home", str(home)]
    assert main(command) == ExitCode.DONE
    assert (home / "babilu.toml").read_text() == f'[relay]\nname = "Ours"\n\n[storage]\nurl = "{database}"\n'
    assert main([*command, "--back"]) == ExitCode.DONE
    assert (home / "babilu.toml").read_text() == '[relay]\nname = "Ours"\n'
    assert "20 accounts, 50 messages and 1 files back" in capsys.readouterr().out
    assert main([*command, "--back"]) == ExitCode.USAGE


MOVES: Final = """
import sys
from pathlib import Path
from babilu.relay.base.keys import RelayKey
from babilu.crypto.secret import Secret
from babilu.relay.storage.moving import move
print("begins", flush=True)
move(sys.argv[1], Path(sys.argv[2]), RelayKey(Secret(bytes(32))).check, back=False, unsafe=True)
"""


def test_killed_at_any_moment_has_moved_all_or_nothing(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    """Kill moves at moments of chance: a few in every run, twenty with `--all-storages`."""
    chance = random.Random(SEED)
    home = tmp_path / "relay"
    asyncio.run(fill(home, LETTERS))
    before = asyncio.run(on_sqlite(home))
    kills, took = 20 if request.config.getoption("--all-storages") else 3, 0.6
    for _ in range(kills):
        command = [sys.executable, "-c", MOVES, database, str(home)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            begun = time.monotonic()
            try:
                process.wait(chance.uniform(0, took))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            took = max(took, time.monotonic() - begun)
        if not (home / "relay.db").exists():
            break
        # What was not moved as a whole is not there at all.
        letters = asyncio.run(count_letters(database))
        assert letters in {0, LETTERS - 70}
    else:
        moved(home, database)
    assert asyncio.run(on_postgresql(database)) == before


async def count_letters(url: str) -> int:
    storage = await PostgresStorage.open(url, PostgresOptions(unsafe=True))
    try:
        return (await storage.administration.statistics()).mail_messages
    finally:
        await storage.close()


@pytest.mark.parametrize("home", ["", "none"], ids=["no relay's folder", "no folder"])
def test_what_is_no_folder_of_a_relay_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], home: str
) -> None:
    order = ["admin", "migrate-storage", "postgresql://babilu@127.0.0.1:1/babilu", "--home", str(tmp_path / home)]
    assert main(order) is ExitCode.USAGE
    assert "relay.key cannot be read" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

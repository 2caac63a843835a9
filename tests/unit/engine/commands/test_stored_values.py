from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.crypto.password import LoginCost
from babilu.crypto.secret import Passphrase
from babilu.engine.commands.stored_values import read_value, store_value, stored_keys
from babilu.kernel.errors import ProtocolError, UsageError
from babilu.store.database import Database
from babilu.store.profile_files import ProfilePaths
from babilu.store.profile_store import ProfileStore
from babilu.system import SystemClock, SystemRandomness


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    paths = ProfilePaths.for_direct(tmp_path, "alice")
    store = ProfileStore.create(paths, Passphrase("correct horse"), SystemRandomness(), SystemClock(), LoginCost())
    yield store.database
    store.close()


def test_a_value_is_kept_replaced_and_forgotten(database: Database) -> None:
    assert read_value(database, "tea") is None
    store_value(database, "tea", "at five")
    store_value(database, "tea", "at six, ☕")
    assert read_value(database, "tea") == "at six, ☕"
    store_value(database, "tea", None)
    assert read_value(database, "tea") is None


def test_keys_are_listed_in_order_by_how_they_begin_and_show_nothing_of_babilus_own(database: Database) -> None:
    with database.write() as unit:
        unit.settings.set("store.rolled_back", b"")
    for key in ("b_2", "bx1", "a", "b_1"):
        store_value(database, key, "x")
    assert stored_keys(database, "b_") == ("b_1", "b_2")
    assert stored_keys(database, "") == ("a", "b_1", "b_2", "bx1")


def test_what_does_not_fit_is_refused(database: Database) -> None:
    for key in ("", "k" * 257):
        with pytest.raises(UsageError):
            store_value(database, key, "x")
    with pytest.raises(ProtocolError, match="too_large"):
        store_value(database, "k", "x" * 60_001)

"""Worlds for the model of delivery: files are copied from empty ones, and nothing waits for a disk."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from babilu.engine.runtime import prekey_supply
from babilu.engine.transport import direct_callers, relay_session
from babilu.net import direct_socket, relay_connection
from babilu.relay.storage.sqlite.schema import open_database
from babilu.store import database as database_module
from babilu.store.database import Database
from babilu.store.profile_files import ProfilePaths
from tests.faults.model.machine_room import ListeningPipe, StandingClock, is_gone, open_socket
from tests.faults.model.people import KEY


class _Unencrypted(dbapi2.Connection):  # type: ignore[misc]  # the module says nothing of its types
    """A database whose pages are not encrypted: a quarter of the model's time would go into that, and shows nothing."""

    def set_key(self, key: str) -> None:
        pass


def _leave_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbapi2, "connect", partial(dbapi2.connect, factory=_Unencrypted))


@dataclass(frozen=True)
class Templates:
    """Empty databases to be copied."""

    folder: Path
    profile: Path
    relay: Path


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return make_templates(tmp_path_factory.mktemp("model"))


def make_templates(folder: Path) -> Templates:
    """Make empty databases in a folder that is empty, too."""
    paths = ProfilePaths.for_relay(folder, "empty", "relay", 5050)
    with pytest.MonkeyPatch.context() as patched:
        _leave_unencrypted(patched)
        Database.create(paths, KEY, StandingClock()).close()
    relay = folder / "relay.db"
    connection = open_database(relay)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Templates(folder, paths.database, relay)


@pytest.fixture
def as_in_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what stands between the product and this machine replaced."""
    put_model_in_place(monkeypatch)


def put_model_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the product's server socket, encryption of pages, and waiting for a disk."""
    _leave_unencrypted(monkeypatch)
    pragmas = [each for each in database_module._WRITER_PRAGMAS if "sync" not in each]
    monkeypatch.setattr(database_module, "_WRITER_PRAGMAS", (*pragmas, "synchronous = OFF"))
    # A few prekeys are used up quickly, so that the last-resort one has its turns too.
    monkeypatch.setattr(prekey_supply, "PREKEYS_KEPT", 4)
    monkeypatch.setattr(direct_callers, "DirectServer", ListeningPipe)
    for module in (relay_connection, direct_socket):
        monkeypatch.setattr(module, "open_socket", open_socket)
    monkeypatch.setattr(relay_session, "is_gone", is_gone)

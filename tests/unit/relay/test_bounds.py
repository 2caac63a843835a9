"""Whatever others can make a relay keep, on disk or in memory, has a line in docs/limits.md that says its bound."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import cast

import pytest

import babilu.relay
from babilu.crypto.secret import Secret
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import NAMES_WATCHED, Limits
from babilu.relay.base.admin_requests import Broadcast
from babilu.relay.base.keys import RelayKey
from babilu.relay.bus.local import LocalBus
from babilu.relay.services.delivery import DeliveryService
from babilu.relay.services.submission import SHARES_KEPT, SubmissionService
from babilu.relay.storage.administration import Operator
from babilu.relay.storage.port import MailStore
from babilu.relay.storage.sqlite.schema import open_database
from babilu.relay.storage.sqlite.tables import Tables
from tests.contract.storage.builders import NOW, OPEN, device, octets
from tests.contract.storage.builders import new_account as account
from tests.relay_client import SetClock

PAGE = (Path(__file__).parents[3] / "docs/limits.md").read_text(encoding="utf-8")
MAKERS = {"dict", "set", "list", "deque", "Counter", "OrderedDict", "defaultdict", "SimpleQueue", "Queue", "lru_cache"}
"""Calls that make a collection, or a memory of calls."""

ALL_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_database(tmp_path / "relay.db")
    yield connection
    connection.close()


def test_every_table_of_a_relay_has_a_line(database: sqlite3.Connection) -> None:
    section = PAGE.split("### What a relay keeps on disk")[1].split("###")[0]
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", section, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    sqlite = {name for (name,) in database.execute(ALL_TABLES)}
    script = resources.files("babilu.relay.storage.postgresql") / "migrations" / "initial.sql"
    postgresql = set(re.findall(r"^CREATE (?:UNLOGGED )?TABLE (\w+) \(", script.read_text("utf-8"), re.MULTILINE))
    assert sqlite < postgresql
    assert told == postgresql


def made_by(call: ast.expr | None) -> str:
    """Name what a call calls, however it is put: ``deque()``, ``collections.deque[int]()``, ``lru_cache(8)(key)``."""
    while isinstance(call, ast.Call | ast.Subscript):
        call = call.func if isinstance(call, ast.Call) else call.value
    return call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")


def is_collection(value: ast.expr | None) -> bool:
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]) | ast.DictComp() | ast.ListComp() | ast.SetComp():
            return True
        case ast.Call():
            return made_by(value) in MAKERS
        case _:
            return False


def collections_of(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for node in ast.walk(made):
            match node:
                case ast.AnnAssign(target=ast.Attribute(value=ast.Name("self"), attr=name), value=value):
                    pass
                case ast.Assign(targets=[ast.Attribute(value=ast.Name("self"), attr=name)], value=value):
                    pass
                case _:
                    continue
            if is_collection(value):
                yield f"{made.name}.{name}"


def test_every_collection_of_the_relay_has_a_line() -> None:
    section = PAGE.split("### What a relay keeps in memory")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row.split(" | ")[0])}
    relay = Path(babilu.relay.__file__).parent
    files = sorted((*relay.rglob("*.py"), *(relay.parent / "wire").rglob("*.py")))
    found = {name for file in files for name in collections_of(file)}
    assert found == told


def test_the_relay_itself_is_one_row(database: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.execute("INSERT INTO relay (only, owners) VALUES (2, 0)")


def test_a_device_has_four_kinds_of_prekeys(database: sqlite3.Connection) -> None:
    tables = Tables(database)
    tables.accounts.register(account("alice"), OPEN)
    assert database.execute("SELECT count(*) FROM prekey_kind").fetchone() == (4,)
    with pytest.raises(sqlite3.IntegrityError):
        database.execute("INSERT INTO prekey_kind (device, kind, last) VALUES (1, 5, 0)")


def test_a_device_has_no_more_known_senders_than_one_watch_names(database: sqlite3.Connection) -> None:
    tables = Tables(database)
    tables.accounts.register(account("alice"), OPEN)
    for first in (0, 500):
        shares = frozenset(octets(f"share {number}", 16) for number in range(first, first + NAMES_WATCHED))
        tables.mail.know(device("alice"), shares)
        assert database.execute("SELECT count(*) FROM known").fetchone() == (NAMES_WATCHED,)


def test_the_audit_log_keeps_the_latest_entries(database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babilu.relay.storage.sqlite.administration_rows.AUDIT_KEPT", 3)
    tables = Tables(database)
    for number in range(10):
        tables.administration.perform(Broadcast("Back at noon."), NOW + number, Operator(0))
    assert [entry.at for entry in tables.administration.audit(100)] == [NOW + 7, NOW + 8, NOW + 9]


def test_so_many_mailboxes_are_kept_in_memory_and_no_more(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babilu.relay.storage.sqlite.mail.MAILBOXES_KEPT", 10)
    tables = Tables(database)
    for number in range(30):
        tables.begin()
        tables.accounts.register(account(f"user{number}"), OPEN)
        tables.mail.know(DeviceId(device(f"user{number}")), frozenset())
        assert len(tables.mail._mailboxes) <= 11


async def test_so_many_shares_are_remembered_and_no_more() -> None:
    store, limits = cast("MailStore", None), Limits()
    delivery = DeliveryService(store, LocalBus(), limits)
    room = SubmissionService(store, delivery, RelayKey(Secret(bytes(32))), limits, SetClock())
    for number in range(SHARES_KEPT + 100):
        room._share(device("bob"), f"user{number}")
    assert room._share.cache_info().currsize == SHARES_KEPT

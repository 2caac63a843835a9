"""Logs of groups in memory are what the rows say, also after a transaction that was undone."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from babilu.engine.runtime.group_logs import LOGS_REMEMBERED, GroupLogs
from babilu.group.changes import SetTitle
from babilu.kernel.bounded import BoundedDict
from babilu.store.group_records import KeptEntry
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.engine.rooms import Room
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        yield home


def test_a_transaction_that_is_undone_leaves_nothing_in_a_log(home: Home) -> None:
    alice, logs = Writer("alice"), GroupLogs()
    room = Room(home, alice)
    with home.base.database.write() as unit:
        group = room.enters(unit, know(home, unit, alice), logs)
    entry = room.write(alice, SetTitle("Another"))
    with suppress(RuntimeError), home.base.database.write() as unit:
        logs.of(unit, group).receive(alice.own.device, [entry])
        unit.groups.append(group.log, [KeptEntry(entry.hash, b"", b"", NOW, NOW)])
        raise RuntimeError
    with home.base.database.write() as unit:
        present = unit.groups.by_log(group.log)
        assert present is not None
        assert logs.of(unit, present).log.state.title == "Picnic"


def test_only_so_many_logs_are_in_memory(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, logs = Writer("alice"), GroupLogs()
    assert LOGS_REMEMBERED >= 2
    monkeypatch.setattr(logs, "_known", BoundedDict(2))
    with home.base.database.write() as unit:
        contact = know(home, unit, alice)
        groups = [Room(home, alice, title=f"Room {number}").enters(unit, contact, logs) for number in range(3)]
        first = logs.of(unit, groups[2])
        assert logs.of(unit, groups[2]) is first
        assert logs.of(unit, groups[0]).log.state.title == "Room 0"

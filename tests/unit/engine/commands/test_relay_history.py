"""Another epoch of the relay puts everything without a receipt in line again, a few times a day and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.commands.relay_history import EPOCHS_A_DAY, READ_AGAIN, EpochFollower
from babilu.engine.runtime.prekey_supply import PrekeySupply
from babilu.kernel.ids import DeviceId
from babilu.kernel.limits import DAY_MS, PREKEYS_IN_FRAME, PREKEYS_KEPT
from babilu.kernel.states import Route
from babilu.session.ports import PrekeyKind
from babilu.store.delivery_records import ReceiptKind
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, know
from tests.unit.store.builders import NOW, add_incoming, an_envelope


def epoch(number: int) -> bytes:
    return bytes([number]) * 8


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path) as home:
        with home.base.database.write() as unit:
            PrekeySupply(home.base).first_set(unit, PREKEYS_IN_FRAME)
        yield home


@pytest.fixture
def follower(home: Home) -> EpochFollower:
    made = EpochFollower(home.base, PrekeySupply(home.base))
    assert not made.follow(epoch(0))
    return made


def accepted(home: Home, route: Route = Route.RELAY) -> None:
    """Have an envelope accepted that has no receipt."""
    with home.base.database.write() as unit:
        found = unit.contacts.called("alice")
        contact = know(home, unit, Writer("alice")) if found is None else found
        device = unit.contacts.devices(contact.contact)[0].device
        unit.outbox.mark_accepted(an_envelope(unit, contact.contact, device).envelope, NOW, route)


def in_line(home: Home) -> int:
    with home.base.database.read() as unit:
        return unit.outbox.count_unaccepted()


def test_the_first_epoch_and_the_same_one_change_nothing(home: Home, follower: EpochFollower) -> None:
    accepted(home)
    history = follower.history
    assert not follower.follow(epoch(0))
    assert not follower.follow(None)
    assert in_line(home) == 0
    assert (follower.history, history.lost) == (history, False)


def test_another_epoch_puts_in_line_again_what_the_relay_had_and_no_more(home: Home, follower: EpochFollower) -> None:
    accepted(home)
    accepted(home)
    accepted(home, Route.DIRECT)
    history = follower.history
    assert follower.follow(epoch(1))
    assert in_line(home) == 2
    assert history.lost
    assert not follower.history.lost
    assert not EpochFollower(home.base, PrekeySupply(home.base)).follow(epoch(1))


def test_prekeys_begin_anew_with_another_epoch(home: Home, follower: EpochFollower) -> None:
    stock = PrekeySupply(home.base)
    assert stock.refill(PREKEYS_KEPT, PREKEYS_KEPT) == []
    with home.base.database.read() as unit:
        before = unit.sessions.newest_prekey(PrekeyKind.SIGNED)
    assert follower.follow(epoch(1))
    first, *_ = stock.refill(PREKEYS_KEPT, PREKEYS_KEPT)
    assert before is not None
    assert first.signed is not None
    assert first.signed.id > before.id


def read_by(unit: UnitOfWork) -> set[bytes]:
    return {row[0] for row in unit.statements.all("SELECT message FROM receipt WHERE kind = ?", ReceiptKind.READ.value)}


def test_receipts_of_what_was_read_lately_are_owed_again(home: Home, follower: EpochFollower) -> None:
    with home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        device = DeviceId(unit.contacts.devices(contact.contact)[0].device)
        times = (NOW - 31 * DAY_MS, NOW, NOW, NOW)
        ids = [add_incoming(unit, contact.contact, device=device, now=at) for at in times]
        unit.statements.run("UPDATE message SET unread = 0 WHERE id <> ?", ids[-1])
        unit.statements.run("DELETE FROM receipt")
    assert follower.follow(epoch(1))
    with home.base.database.read() as unit:
        assert read_by(unit) == {*ids[1:3]}


def test_who_tells_nobody_that_they_have_read_does_not_begin_with_another_epoch(
    home: Home, follower: EpochFollower
) -> None:
    with home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        device = DeviceId(unit.contacts.devices(contact.contact)[0].device)
        add_incoming(unit, contact.contact, device=device)
        unit.statements.run("UPDATE message SET unread = 0")
        unit.settings.set("switched_off.read", b"")
    assert follower.follow(epoch(1))
    with home.base.database.read() as unit:
        assert read_by(unit) == set()


def test_no_more_receipts_are_owed_again_than_of_so_many_messages(
    home: Home, follower: EpochFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert READ_AGAIN == 1_000
    monkeypatch.setattr("babilu.engine.commands.relay_history.READ_AGAIN", 3)
    with home.base.database.write() as unit:
        contact = know(home, unit, Writer("alice"))
        device = DeviceId(unit.contacts.devices(contact.contact)[0].device)
        ids = [add_incoming(unit, contact.contact, device=device) for _ in range(5)]
        unit.statements.run("UPDATE message SET unread = 0")
    assert follower.follow(epoch(1))
    with home.base.database.read() as unit:
        assert read_by(unit) == {*ids[2:]}


def test_a_relay_that_names_ever_new_epochs_waits_for_the_next_day(home: Home, follower: EpochFollower) -> None:
    accepted(home)
    for number in range(1, EPOCHS_A_DAY + 1):
        assert follower.follow(epoch(number))
    accepted(home)
    assert not follower.follow(epoch(100))
    assert not follower.follow_later()
    assert in_line(home) == 1
    home.clock.now += DAY_MS
    assert follower.follow_later()
    assert in_line(home) == 2
    assert not follower.follow_later()

"""Where own devices listen, as it was found here and as another one of them has told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from babilu.engine.conversation.own_addresses import Address, note_address, sibling_addresses
from babilu.engine.conversation.own_values import pack
from babilu.engine.runtime.own_devices import DEVICE_ADDRESS
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.sync_entries import RegisterKind, SyncWrite
from tests.unit.engine.homes import Home, a_home
from tests.unit.engine.siblings import Sibling, with_own_rows
from tests.unit.store.builders import NOW

ELSEWHERE = ("192.0.2.7", 4040)


class Told:
    """A profile with two own other devices, of which the laptop tells where the tablet listens."""

    def __init__(self, home: Home, unit: UnitOfWork) -> None:
        self.home, self.unit = home, unit
        self.laptop, self.tablet = Sibling(home, unit).writer.own.device, Sibling(home, unit).writer.own.device

    def tell(self, value: object) -> None:
        subject = (DEVICE_ADDRESS + self.tablet.hex()).encode()
        self.unit.sync.merge(SyncWrite(RegisterKind.SETTING, subject, pack(value), NOW, self.laptop))

    @property
    def known(self) -> list[tuple[bytes, Address]]:
        return [(entry.device, address) for entry, address in sibling_addresses(self.unit, self.home.base.own)]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    with a_home(tmp_path) as home, with_own_rows(home) as unit:
        yield Told(home, unit)


def test_what_another_device_has_found_is_known_beside_what_was_found_here(told: Told) -> None:
    told.tell(b"4040 192.0.2.7")
    assert told.known == [(told.tablet, ELSEWHERE)]
    note_address(told.unit, told.tablet, ("198.51.100.1", 5050))
    assert told.known == [(told.tablet, ("198.51.100.1", 5050)), (told.tablet, ELSEWHERE)]
    note_address(told.unit, told.tablet, ELSEWHERE)
    assert told.known == [(told.tablet, ELSEWHERE)]


def test_what_is_found_is_told_once(told: Told) -> None:
    subject = (DEVICE_ADDRESS + told.tablet.hex()).encode()
    note_address(told.unit, told.tablet, ELSEWHERE)
    assert ("setting", subject) in [(kind.value, each) for kind, each in told.unit.sync.dirty(100)]
    told.unit.sync.clean_all()
    note_address(told.unit, told.tablet, ELSEWHERE)
    assert told.unit.sync.dirty(100) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_an_address_of_the_machine_itself_counts_of_a_device_on_this_machine_alone(told: Told, host: str) -> None:
    told.tell(f"4040 {host}".encode())
    assert told.known == []
    note_address(told.unit, told.laptop, ("192.0.2.1", 5050))
    assert told.known == [(told.laptop, ("192.0.2.1", 5050))]
    note_address(told.unit, told.laptop, ("127.0.0.1", 5050))
    assert (told.tablet, (host, 4040)) in told.known


@pytest.mark.parametrize(
    "value",
    [
        b"22 192.0.2.7",
        b"65536 192.0.2.7",
        b"-4 192.0.2.7",
        b"4040",
        b"4040 ",
        b"4040 a host",
        b"4040 " + b"a" * 256,
        b"4040 a\x00b",
        b"4040 \xff",
        b"",
        "4040 192.0.2.7",
        None,
        [4040, "192.0.2.7"],
    ],
)
def test_what_is_no_address_is_passed_over(told: Told, value: object) -> None:
    told.tell(value)
    assert told.known == []

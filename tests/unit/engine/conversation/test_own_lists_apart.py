"""Own device lists of a person without a relay, where several were made apart: what is in force, and what is kept."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from babilu.api import events
from babilu.engine.conversation.device_lists import take_list
from babilu.engine.conversation.effects import AdoptOwnList, MergeOwnLists, OwnDeviceRemoved
from babilu.engine.conversation.notes import OwnTransaction
from babilu.engine.runtime.own_devices import name_device, named
from babilu.engine.runtime.unmerged_lists import UNMERGED_LISTS, unmerged_lists
from babilu.identity.device_list import make_device_list, make_entry, with_device
from babilu.identity.list_merging import merge_lists
from babilu.identity.shapes import DeviceListBody, SignedDeviceList
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.engine.homes import Home, Writer, a_home, told_in
from tests.unit.engine.siblings import keep_own_list, own_turn, with_own_rows
from tests.unit.store.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path, has_relay=False) as made:
        yield made


@pytest.fixture
def unit(home: Home) -> Iterator[UnitOfWork]:
    with with_own_rows(home) as unit:
        yield unit


Change = Callable[[DeviceListBody], DeviceListBody]


def adding(home: Home, device: Writer) -> Change:
    entry = make_entry(home.identity, device.own.signing, device.own.agreement.public)
    return lambda before: with_device(before, entry)


def removing(device: bytes) -> Change:
    return lambda before: msgspec.structs.replace(
        before, devices=tuple(each for each in before.devices if each.device != device)
    )


def signed(home: Home, change: Change, at: int, present: SignedDeviceList | None = None) -> SignedDeviceList:
    return merge_lists(home.identity, present or home.base.own.device_list, (), change, at)


def shown(home: Home, unit: UnitOfWork, device_list: SignedDeviceList) -> OwnTransaction:
    """Have an own other device show a list, and go by what follows."""
    turn = own_turn(home, unit)
    take_list(turn, device_list, settles=False)
    for effect in turn.effects:
        if isinstance(effect, AdoptOwnList):
            home.base.own.device_list = effect.device_list
    return turn


def test_a_later_list_is_in_force_and_what_it_lacks_is_kept_to_be_merged(home: Home, unit: UnitOfWork) -> None:
    begun, tablet, watch = home.base.own.device_list, Writer("tablet"), Writer("watch")
    mine = signed(home, adding(home, tablet), NOW)
    keep_own_list(home, unit, mine)
    name_device(unit, tablet.own.device, "Tablet")
    later = signed(home, adding(home, watch), NOW + 1, begun)
    turn = shown(home, unit, later)
    assert home.base.own.device_list == later
    assert MergeOwnLists() in turn.effects
    assert unmerged_lists(unit, later) == [mine]
    # The tablet has not been removed: it keeps its name, and no line says that it went.
    assert named(unit, tablet.own.device) == "Tablet"
    (line,) = [each.message for each in told_in(turn.effects) if isinstance(each, events.LineAdded)]
    assert [(each.device, each.added) for each in line.devices] == [(watch.own.device.hex(), True)]


def test_an_earlier_list_that_was_made_apart_waits_as_well(home: Home, unit: UnitOfWork) -> None:
    begun, tablet, watch = home.base.own.device_list, Writer("tablet"), Writer("watch")
    earlier = signed(home, adding(home, tablet), NOW)
    mine = signed(home, adding(home, watch), NOW + 1, begun)
    keep_own_list(home, unit, mine)
    turn = shown(home, unit, earlier)
    assert home.base.own.device_list == mine
    assert MergeOwnLists() in turn.effects
    assert unmerged_lists(unit, mine) == [earlier]


def test_a_list_that_is_part_of_the_one_in_force_asks_for_nothing(home: Home, unit: UnitOfWork) -> None:
    begun, tablet = home.base.own.device_list, Writer("tablet")
    keep_own_list(home, unit, signed(home, adding(home, tablet), NOW))
    keep_own_list(home, unit, signed(home, removing(tablet.own.device), NOW + 1))
    assert shown(home, unit, begun).effects == []


def test_a_merged_list_ends_the_waiting(home: Home, unit: UnitOfWork) -> None:
    begun, tablet, watch = home.base.own.device_list, Writer("tablet"), Writer("watch")
    mine = signed(home, adding(home, tablet), NOW)
    keep_own_list(home, unit, mine)
    later = signed(home, adding(home, watch), NOW + 1, begun)
    shown(home, unit, later)
    merged = merge_lists(home.identity, later, [mine], lambda before: before, NOW + 2)
    turn = shown(home, unit, merged)
    assert home.base.own.device_list == merged
    assert MergeOwnLists() not in turn.effects
    assert unmerged_lists(unit, later) == []


def test_only_a_list_that_says_so_removes_a_device(home: Home, unit: UnitOfWork) -> None:
    here, tablet = home.base.own.device, Writer("tablet")
    both = signed(home, adding(home, tablet), NOW)
    keep_own_list(home, unit, both)
    alone = make_entry(home.identity, tablet.own.signing, tablet.own.agreement.public)
    unaware = make_device_list(home.identity, NOW + 5, [alone], before=bytes(31) + b"x")
    turn = shown(home, unit, unaware)
    assert home.base.own.device_list == both
    assert not any(isinstance(each, OwnDeviceRemoved) for each in turn.effects)
    removal = signed(home, removing(here), NOW + 9)
    assert OwnDeviceRemoved(removal) in shown(home, unit, removal).effects
    assert home.base.own.device_list == both


def test_so_many_lists_are_kept_beside_the_one_in_force(home: Home, unit: UnitOfWork) -> None:
    begun = home.base.own.device_list
    mine = signed(home, adding(home, Writer("mine")), NOW + 100)
    keep_own_list(home, unit, mine)
    lists = [signed(home, adding(home, Writer(f"device {at}")), NOW + at, begun) for at in range(UNMERGED_LISTS + 1)]
    for each in lists:
        shown(home, unit, each)
    assert unmerged_lists(unit, mine) == lists[1:]

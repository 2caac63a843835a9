"""Merging of own device lists: whatever devices change apart from each other, nothing of it is lost in the end."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from babilu.crypto.keys import AgreementKey, SigningKey
from babilu.identity.device_list import (
    check_successor,
    decode_device_list,
    encode_device_list,
    make_device_list,
    make_entry,
    verify_device_list,
    with_device,
)
from babilu.identity.list_merging import claims_of, merge_lists
from babilu.identity.shapes import DeviceEntry, DeviceListBody, ListedAccount, SignedDeviceList
from babilu.kernel.errors import BabiluError, ErrorCode, TrustError
from babilu.kernel.limits import (
    ACCOUNTS,
    DEVICE_LIST_BODY_BYTES,
    DEVICES,
    INTEGER_MAX,
    NAME_CHARACTERS,
    REMOVED_DEVICES,
)
from tests.unit.session.devices import CountedRandomness

RANDOMNESS = CountedRandomness("merged lists")
IDENTITY = SigningKey.generate(RANDOMNESS)
NOW = 1_790_000_000_000

Change = Callable[[DeviceListBody], DeviceListBody]


def new_entry() -> DeviceEntry:
    signing, agreement = SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS)
    return make_entry(IDENTITY, signing, agreement.public)


ENTRIES = [new_entry() for _ in range(DEVICES + 2)]
PHONE, LAPTOP, TABLET, WATCH = ENTRIES[:4]


def adding(entry: DeviceEntry) -> Change:
    return lambda before: with_device(before, entry)


def removing(*entries: DeviceEntry) -> Change:
    gone = {each.device for each in entries}
    return lambda before: msgspec.structs.replace(
        before, devices=tuple(each for each in before.devices if each.device not in gone)
    )


def unchanged(before: DeviceListBody) -> DeviceListBody:
    return before


def first(*entries: DeviceEntry) -> SignedDeviceList:
    return make_device_list(IDENTITY, 1, entries)


def changed(
    present: SignedDeviceList, change: Change = unchanged, *others: SignedDeviceList, at: int = NOW
) -> SignedDeviceList:
    return merge_lists(IDENTITY, present, others, change, at)


def named(signed: SignedDeviceList) -> set[bytes]:
    return {entry.device for entry in verify_device_list(signed).devices}


def ids(*entries: DeviceEntry) -> set[bytes]:
    return {each.device for each in entries}


def test_what_two_devices_change_at_once_both_counts() -> None:
    both = first(PHONE, LAPTOP, TABLET)
    here, there = changed(both, removing(TABLET)), changed(both, adding(WATCH), at=NOW + 5)
    assert claims_of(here).lacks(claims_of(there))
    assert claims_of(there).lacks(claims_of(here))
    for present, other in ((here, there), (there, here)):
        merged = changed(present, unchanged, other)
        assert named(merged) == ids(PHONE, LAPTOP, WATCH)
        assert not any(claims_of(merged).lacks(claims_of(each)) for each in (both, here, there))


def test_people_who_know_either_list_take_the_merged_one_without_an_alarm() -> None:
    both = first(PHONE, LAPTOP)
    # Their versions are neighbours, as those of two changes within a moment.
    here, there = changed(both, adding(TABLET)), changed(both, adding(WATCH), at=NOW + 1)
    merged = changed(there, unchanged, here)
    for known in (both, here, there):
        assert check_successor(known, merged).version == NOW + 3


def test_a_list_that_follows_another_lacks_nothing_of_it() -> None:
    lists = [first(PHONE)]
    for change in (adding(LAPTOP), adding(TABLET), removing(LAPTOP), adding(WATCH)):
        lists.append(changed(lists[-1], change))
    newest = claims_of(lists[-1])
    assert not any(newest.lacks(claims_of(each)) for each in lists)
    assert [claims_of(each).rank for each in lists] == sorted(claims_of(each).rank for each in lists)


def test_of_two_devices_that_remove_each_other_the_later_one_stays() -> None:
    both = first(PHONE, LAPTOP)
    phone, laptop = changed(both, removing(LAPTOP)), changed(both, removing(PHONE), at=NOW + 5)
    assert claims_of(laptop).removes(PHONE.device, claims_of(phone))
    assert not claims_of(phone).removes(LAPTOP.device, claims_of(laptop))


def test_a_device_that_was_removed_is_so_by_whatever_list_it_goes() -> None:
    both = first(PHONE, LAPTOP)
    without = changed(both, removing(LAPTOP))
    later = changed(both, adding(TABLET), at=NOW + 5)
    assert claims_of(without).removes(LAPTOP.device, claims_of(both))
    assert claims_of(without).removes(LAPTOP.device, claims_of(later))
    assert not claims_of(changed(both, adding(WATCH))).removes(TABLET.device, claims_of(later))


def test_devices_that_are_more_than_there_may_be_count_as_removed() -> None:
    full = first(*ENTRIES[: DEVICES - 1])
    one, other = changed(full, adding(ENTRIES[-1])), changed(full, adding(ENTRIES[-2]), at=NOW + 5)
    merged = changed(one, unchanged, other)
    assert named(merged) == named(one)
    assert claims_of(merged).removed == (ENTRIES[-2].device,)
    assert not claims_of(merged).lacks(claims_of(other))


def test_the_last_so_many_removed_devices_are_named() -> None:
    present = first(PHONE)
    gone = []
    for _ in range(REMOVED_DEVICES + 1):
        entry = new_entry()
        gone.append(entry.device)
        present = changed(changed(present, adding(entry)), removing(entry))
    assert claims_of(present).removed == tuple(gone[1:])
    # One that has no room for more is not merged for their sake, again and again.
    assert not claims_of(present).lacks(claims_of(changed(first(PHONE, LAPTOP), removing(LAPTOP))))


def test_the_largest_lists_fit() -> None:
    accounts = [ListedAccount(bytes([number]) * 32, "𐌀" * NAME_CHARACTERS) for number in range(ACCOUNTS)]
    with_accounts = make_device_list(
        IDENTITY, INTEGER_MAX, ENTRIES[:DEVICES], before=bytes(31) + b"x", accounts=accounts
    )
    removed = tuple(bytes([number]) * 16 for number in range(REMOVED_DEVICES))
    without = make_device_list(IDENTITY, INTEGER_MAX, ENTRIES[:DEVICES], before=bytes(31) + b"x", removed=removed)
    for each in (with_accounts, without):
        assert decode_device_list(encode_device_list(each)) == each
        oversized = SignedDeviceList(each.body + bytes(DEVICE_LIST_BODY_BYTES), each.signature)
        with pytest.raises(BabiluError):
            decode_device_list(encode_device_list(oversized))


def test_no_list_is_made_with_those_of_another_person() -> None:
    stranger = SigningKey.generate(RANDOMNESS)
    theirs = make_device_list(
        stranger,
        1,
        [make_entry(stranger, SigningKey.generate(RANDOMNESS), AgreementKey.generate(RANDOMNESS).public)],
    )
    with pytest.raises(TrustError) as refused:
        changed(first(PHONE), unchanged, theirs)
    assert refused.value.code is ErrorCode.IDENTITY_CHANGED


def test_what_names_removed_devices_in_another_way_is_malformed() -> None:
    body = verify_device_list(first(PHONE))
    fields = (*(getattr(body, name) for name in body.__struct_fields__), ["no id"])
    with pytest.raises(BabiluError) as refused:
        claims_of(SignedDeviceList(msgspec.msgpack.encode(fields), bytes(64)))
    assert refused.value.code is ErrorCode.MALFORMED


@dataclass
class _Device:
    """One device of a person: the list by which it goes, and those that it has to merge."""

    present: SignedDeviceList
    beside: list[SignedDeviceList]

    def change(self, change: Change, at: int) -> None:
        self.present = changed(self.present, change, *self.beside, at=at)
        self.beside = []

    def meets(self, other: "_Device") -> None:
        mine, theirs = self.present, other.present
        self._hears(theirs)
        other._hears(mine)

    def _hears(self, shown: SignedDeviceList) -> None:
        known, said = claims_of(self.present), claims_of(shown)
        if said.rank > known.rank:
            self.beside.append(self.present)
            self.present = shown
        else:
            self.beside.append(shown)
        present = claims_of(self.present)
        self.beside = [each for each in self.beside if present.lacks(claims_of(each))]


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 2), st.integers(3, 8)),
        st.tuples(st.just("remove"), st.integers(0, 2), st.integers(3, 8)),
        st.tuples(st.just("merge"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("meet"), st.integers(0, 2), st.integers(0, 2)),
    ),
    max_size=14,
)


@given(steps)
@example([("add", 1, 3), ("merge", 2, 0), ("meet", 1, 2)])
@settings(max_examples=60, deadline=None)
def test_whatever_three_devices_change_apart_they_end_equal_and_nothing_is_lost(
    story: list[tuple[str, int, int]],
) -> None:
    begun = first(*ENTRIES[:3])
    devices = [_Device(begun, []) for _ in range(3)]
    added, removed = set[int](), set[int]()
    for at, (what, who, whom) in enumerate(story):
        device = devices[who]
        if what == "add" and whom not in added:
            added.add(whom)
            device.change(adding(ENTRIES[whom]), NOW + at)
        elif what == "remove" and ENTRIES[whom].device in named(device.present):
            removed.add(whom)
            device.change(removing(ENTRIES[whom]), NOW + at)
        elif what == "merge":
            device.change(unchanged, NOW + at)
        elif what == "meet":
            device.meets(devices[whom])
    # What a device has beside its list it tells nobody: it merges that itself, and the others hear of the outcome.
    for at in range(100, 104):
        for device in devices:
            if device.beside:
                device.change(unchanged, NOW + at)
            for other in devices:
                if other is not device:
                    device.meets(other)
    assert len({claims_of(each.present).hash for each in devices}) == 1
    assert named(devices[0].present) == ids(*ENTRIES[:3], *(ENTRIES[each] for each in added - removed))
    assert all(each.beside == [] for each in devices)

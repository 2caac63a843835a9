from dataclasses import replace

import pytest

from babilu.crypto.secret import Secret
from babilu.kernel.errors import ErrorCode, ProfileError
from babilu.kernel.limits import OLD_KEYS_KEPT_MS
from babilu.session.ports import PrekeyKind
from babilu.store.database import Database
from babilu.store.profile import FORMER_DEVICES, OWN_LISTS
from babilu.store.profile_records import ProfileRecord, RelayRecord
from babilu.store.unit_of_work import UnitOfWork
from tests.unit.store.builders import NOW, a_device, an_envelope_id, some_bytes

RELAY = RelayRecord("127.0.0.1", 5050, None, False, 0, None, 0)


def a_profile() -> ProfileRecord:
    return ProfileRecord("alice", Secret(some_bytes(32)), Secret(some_bytes(32)), a_device(), b"list", NOW)


def test_a_profile_is_loaded_as_it_was_created(unit: UnitOfWork) -> None:
    assert unit.profile.load() is None
    record = a_profile()
    unit.profile.create(record)
    assert unit.profile.load() == record


def test_there_is_one_profile_in_a_database(database: Database) -> None:
    with database.write() as unit:
        unit.profile.create(a_profile())
    with pytest.raises(ProfileError) as refused, database.write() as unit:
        unit.profile.create(a_profile())
    assert refused.value.code is ErrorCode.INTERNAL


def test_keys_do_not_print() -> None:
    record = a_profile()
    assert record.signing.reveal().hex() not in repr(record)
    assert repr(record.signing.reveal()) not in repr(record)


def test_another_device_of_the_same_person_begins_with_an_empty_mailbox(unit: UnitOfWork) -> None:
    before, after = a_profile(), a_profile()
    unit.profile.create(before)
    unit.profile.set_relay(RELAY)
    unit.profile.set_cursor(7, an_envelope_id(), 1)
    unit.profile.next_number()
    unit.profile.replace_device(after)
    assert unit.profile.load() == after
    assert unit.profile.relay() == replace(RELAY, number=1)


def test_a_newer_device_list_takes_the_place_of_the_old_one(unit: UnitOfWork) -> None:
    record = a_profile()
    unit.profile.create(record)
    unit.profile.replace_device_list(b"newer")
    assert unit.profile.load() == replace(record, device_list=b"newer")


def test_a_profile_without_a_relay_has_none(unit: UnitOfWork) -> None:
    assert unit.profile.relay() is None


def test_the_relay_is_kept_with_what_is_learnt_about_it(unit: UnitOfWork) -> None:
    unit.profile.set_relay(RELAY)
    pin, envelope = some_bytes(32), an_envelope_id()
    unit.profile.set_pin(pin)
    unit.profile.mark_registered()
    unit.profile.set_cursor(7, envelope, 1)
    assert unit.profile.relay() == RelayRecord("127.0.0.1", 5050, pin, True, 7, envelope, 0)


def test_submission_numbers_grow_by_one_and_show_in_the_relay(unit: UnitOfWork) -> None:
    unit.profile.set_relay(RELAY)
    assert [unit.profile.next_number() for _ in range(3)] == [1, 2, 3]
    relay = unit.profile.relay()
    assert relay is not None
    assert relay.number == 3


def test_submission_numbers_do_not_need_a_relay(unit: UnitOfWork) -> None:
    assert unit.profile.next_number() == 1


def test_setting_the_relay_never_lowers_the_submission_number(unit: UnitOfWork) -> None:
    unit.profile.set_relay(replace(RELAY, number=40))
    unit.profile.set_relay(replace(RELAY, number=7))
    assert unit.profile.next_number() == 41


def test_prekey_ids_are_given_out_in_runs_of_their_own_for_each_kind(unit: UnitOfWork) -> None:
    assert unit.profile.next_prekey_ids(PrekeyKind.ONE_TIME_EC, 100) == 1
    assert unit.profile.next_prekey_ids(PrekeyKind.ONE_TIME_EC, 20) == 101
    assert unit.profile.next_prekey_ids(PrekeyKind.ONE_TIME_EC, 1) == 121
    assert unit.profile.next_prekey_ids(PrekeyKind.SIGNED, 1) == 1


def test_of_former_devices_the_last_few_are_kept_for_sixty_days(unit: UnitOfWork) -> None:
    records = [replace(a_profile(), device=a_device()) for _ in range(FORMER_DEVICES + 2)]
    for number, record in enumerate(records):
        unit.profile.become_former(record, NOW + number)
    kept = unit.profile.former_devices()
    assert [former.device for former in kept] == [record.device for record in records[:1:-1]]
    assert kept[0].agreement.reveal() == records[-1].agreement.reveal()
    unit.profile.delete_expired(NOW + OLD_KEYS_KEPT_MS + FORMER_DEVICES)
    assert [former.device for former in unit.profile.former_devices()] == [records[-1].device]


def test_of_own_lists_the_last_ones_are_kept_each_once(unit: UnitOfWork) -> None:
    unit.profile.create(a_profile())
    for number in range(OWN_LISTS):
        unit.profile.replace_device_list(b"%d" % number)
    unit.profile.replace_device(replace(a_profile(), device_list=b"another device's"))
    unit.profile.keep_list(b"%d" % (OWN_LISTS - 1))
    kept = unit.profile.kept_lists()
    assert kept[:3] == [b"%d" % (OWN_LISTS - 1), b"another device's", b"%d" % (OWN_LISTS - 2)]
    assert len(kept) == OWN_LISTS

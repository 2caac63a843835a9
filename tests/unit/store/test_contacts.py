import pytest

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.store.records import ContactRecord, DeviceRecord, Trust
from babilu.store.unit import Unit
from tests.unit.store.builders import (
    NOW,
    a_conversation,
    a_device,
    add_contact,
    add_incoming,
    an_entry,
    an_identity,
    some_bytes,
)


def present(unit: Unit, contact: ContactRecord) -> ContactRecord:
    found = unit.contacts.by_contact(contact.contact)
    assert found is not None
    return found


def test_a_new_contact_is_found_in_every_way(unit: Unit) -> None:
    entry = an_entry()
    added = unit.contacts.add(
        an_identity(),
        "bob",
        "bob",
        a_conversation(),
        b"list",
        [entry],
        NOW,
        accepted=False,
        address=("127.0.0.1", 5051),
    )
    device = DeviceRecord(DeviceId(entry.device), added.contact, entry.signing_key, entry.agreement_key)
    assert (added.trust, added.accepted, added.address) == (Trust.FIRST_USE, False, ("127.0.0.1", 5051))
    assert unit.contacts.by_contact(added.contact) == added
    assert unit.contacts.by_name("bob") == added
    assert unit.contacts.by_account("bob") == added
    assert unit.contacts.by_identity(added.identity_key) == added
    assert unit.contacts.by_conversation(added.conversation) == added
    assert unit.contacts.by_device(DeviceId(entry.device)) == (added, device)
    assert unit.contacts.devices(added.contact) == [device]
    assert unit.contacts.all() == [added]


def test_nobody_is_found_who_is_not_there(unit: Unit) -> None:
    add_contact(unit)
    assert unit.contacts.by_contact(99) is None
    assert unit.contacts.by_name("carol") is None
    assert unit.contacts.by_account("") is None
    assert unit.contacts.by_identity(an_identity()) is None
    assert unit.contacts.by_device(a_device()) is None


@pytest.mark.parametrize(("written", "asked"), [("Bob", "bOB"), ("José", "JOSE\u0301"), ("жук", "ЖУК")])
def test_a_name_is_found_however_it_is_written(unit: Unit, written: str, asked: str) -> None:
    added = add_contact(unit, written)
    assert added.name == written
    assert unit.contacts.by_name(asked) == added


def test_names_that_only_full_case_folding_joins_stay_apart(unit: Unit) -> None:
    assert [add_contact(unit, name, account=name).name for name in ("strasse", "straße")] == ["strasse", "straße"]


def test_namesakes_without_an_account_are_numbered(unit: Unit) -> None:
    assert [add_contact(unit, name).name for name in ("bob", "Bob", "bob")] == ["bob", "Bob~2", "bob~3"]


def test_an_account_takes_its_name_from_a_contact_without_one(unit: Unit) -> None:
    direct = add_contact(unit, "bob")
    account = add_contact(unit, "bob", account="bob")
    assert account.name == "bob"
    assert present(unit, direct).name == "bob~2"


def test_a_contact_with_an_account_bears_its_name_whatever_was_wanted(unit: Unit) -> None:
    added = add_contact(unit, "Bobby", account="bob")
    assert (added.name, added.account) == ("bob", "bob")


def test_a_known_direct_contact_gets_its_account_and_its_name(unit: Unit) -> None:
    add_contact(unit, "bob")
    known = add_contact(unit, "bob")
    unit.contacts.set_account(known.contact, "bob")
    assert [contact.name for contact in unit.contacts.all()] == ["bob", "bob~2"]
    assert (present(unit, known).name, present(unit, known).account) == ("bob", "bob")


def test_setting_the_same_account_again_changes_nothing(unit: Unit) -> None:
    known = add_contact(unit, account="bob")
    unit.contacts.set_account(known.contact, "bob")
    assert present(unit, known) == known


def test_an_account_belongs_to_one_contact(unit: Unit) -> None:
    add_contact(unit, account="bob")
    other = add_contact(unit, "carol")
    with pytest.raises(BabiluError) as refused:
        unit.contacts.set_account(other.contact, "bob")
    assert refused.value.code is ErrorCode.CONFLICT


def test_an_account_moves_once_its_holder_has_let_it_go(unit: Unit) -> None:
    old, new = add_contact(unit, account="bob"), add_contact(unit, "bob~2")
    unit.contacts.set_account(old.contact, "")
    unit.contacts.set_account(new.contact, "bob")
    assert present(unit, new).name == "bob"
    assert (present(unit, old).name, present(unit, old).account) == ("bob~2", "")


def test_a_newer_device_list_tells_which_devices_left(unit: Unit) -> None:
    first, second, third = an_entry(), an_entry(), an_entry()
    contact = add_contact(unit, entries=(first, second))
    assert unit.contacts.set_device_list(contact.contact, b"newer", [third, second]) == [first.device]
    assert [one.device for one in unit.contacts.devices(contact.contact)] == [third.device, second.device]
    assert present(unit, contact).device_list == b"newer"
    assert unit.contacts.by_device(DeviceId(first.device)) is None


def test_a_device_of_one_contact_is_refused_in_the_list_of_another(unit: Unit) -> None:
    entry = an_entry()
    add_contact(unit, entries=(entry,))
    other = add_contact(unit, "mallory")
    with pytest.raises(BabiluError) as refused:
        unit.contacts.set_device_list(other.contact, b"list", [entry])
    assert refused.value.code is ErrorCode.NOT_ALLOWED


@pytest.mark.parametrize(("trust", "was_verified"), [(Trust.FIRST_USE, False), (Trust.VERIFIED, True)])
def test_a_changed_identity_waits_and_remembers_that_the_old_one_was_verified(
    unit: Unit, trust: Trust, *, was_verified: bool
) -> None:
    contact = add_contact(unit)
    unit.contacts.set_trust(contact.contact, trust)
    for changed in (b"changed", b"changed again"):
        unit.contacts.set_changed(contact.contact, changed)
        now = present(unit, contact)
        assert (now.trust, now.was_verified, now.changed_list) == (Trust.CHANGED, was_verified, changed)
    assert now.identity_key == contact.identity_key


def test_an_approved_identity_keeps_row_name_and_history(unit: Unit) -> None:
    old_entry, new_entry = an_entry(), an_entry()
    contact = add_contact(unit, account="bob", entries=(old_entry,))
    message = add_incoming(unit, contact.contact)
    unit.contacts.set_trust(contact.contact, Trust.VERIFIED)
    unit.contacts.set_changed(contact.contact, b"changed")

    identity, conversation = an_identity(), a_conversation()
    left = unit.contacts.adopt_changed(contact.contact, identity, conversation, b"changed", [new_entry])

    now = present(unit, contact)
    assert left == [old_entry.device]
    assert (now.name, now.account) == ("bob", "bob")
    assert (now.identity_key, now.conversation, now.device_list) == (identity, conversation, b"changed")
    assert (now.trust, now.was_verified, now.changed_list) == (Trust.FIRST_USE, False, None)
    assert [one.device for one in unit.contacts.devices(contact.contact)] == [new_entry.device]
    assert unit.messages.is_known(message, contact.contact)
    assert unit.contacts.by_identity(contact.identity_key) is None


def test_an_identity_that_is_another_contact_is_not_adopted(unit: Unit) -> None:
    contact, other = add_contact(unit), add_contact(unit, "carol")
    with pytest.raises(BabiluError) as refused:
        unit.contacts.adopt_changed(contact.contact, other.identity_key, a_conversation(), b"list", [])
    assert refused.value.code is ErrorCode.CONFLICT


def test_trust_in_the_identity_in_force_ends_a_change(unit: Unit) -> None:
    contact = add_contact(unit)
    unit.contacts.set_changed(contact.contact, b"changed")
    unit.contacts.set_trust(contact.contact, Trust.VERIFIED)
    now = present(unit, contact)
    assert (now.trust, now.was_verified, now.changed_list) == (Trust.VERIFIED, False, None)


def test_a_change_of_identity_comes_only_with_its_device_list(unit: Unit) -> None:
    contact = add_contact(unit)
    with pytest.raises(ValueError, match="device list"):
        unit.contacts.set_trust(contact.contact, Trust.CHANGED)


def test_what_the_user_decides_about_a_contact_is_kept(unit: Unit) -> None:
    contact = add_contact(unit)
    number = contact.contact
    unit.contacts.set_blocked(number, True)
    unit.contacts.set_direct_allowed(number, True)
    unit.contacts.set_address(number, ("::1", 5051))
    unit.contacts.set_draft(number, "almost")
    unit.contacts.set_pinned(number, True)
    unit.contacts.set_muted(number, True)
    now = present(unit, contact)
    assert (now.blocked, now.direct_allowed, now.pinned, now.muted) == (True, True, True, True)
    assert (now.address, now.draft) == (("::1", 5051), "almost")
    unit.contacts.set_address(number, None)
    assert present(unit, contact).address is None


def test_contacts_are_listed_by_name(unit: Unit) -> None:
    for name in ("carol", "Alan", "bob"):
        add_contact(unit, name)
    assert [contact.name for contact in unit.contacts.all()] == ["Alan", "bob", "carol"]


def test_a_known_identity_is_not_added_twice(unit: Unit) -> None:
    contact = add_contact(unit)
    with pytest.raises(Exception, match="UNIQUE"):
        unit.contacts.add(
            IdentityKey(contact.identity_key), "eve", "", a_conversation(), some_bytes(9), [], NOW, accepted=True
        )


def test_drafts_and_lists_do_not_print(unit: Unit) -> None:
    contact = add_contact(unit)
    unit.contacts.set_draft(contact.contact, "my secret draft")
    assert "secret" not in repr(present(unit, contact))

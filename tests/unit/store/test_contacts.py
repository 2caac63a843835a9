from dataclasses import replace

import pytest

from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import DeviceId, IdentityKey
from babilu.kernel.states import Trust
from babilu.store.contact_records import ContactRecord, DeviceRecord, PendingIdentity
from babilu.store.delivery_records import ReceiptKind
from babilu.store.unit_of_work import UnitOfWork
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


def present(unit: UnitOfWork, contact: ContactRecord) -> ContactRecord:
    found = unit.contacts.by_contact(contact.contact)
    assert found is not None
    return found


def a_claim(device_list: bytes) -> PendingIdentity:
    return PendingIdentity(an_identity(), device_list, NOW)


def test_a_new_contact_is_found_in_every_way(unit: UnitOfWork) -> None:
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
    assert unit.contacts.by_device(DeviceId(entry.device)) == (added, device)
    assert unit.contacts.devices(added.contact) == [device]
    assert unit.contacts.all() == [added]


def test_nobody_is_found_who_is_not_there(unit: UnitOfWork) -> None:
    add_contact(unit)
    assert unit.contacts.by_contact(99) is None
    assert unit.contacts.by_name("carol") is None
    assert unit.contacts.by_account("") is None
    assert unit.contacts.by_identity(an_identity()) is None
    assert unit.contacts.by_device(a_device()) is None


@pytest.mark.parametrize(("written", "asked"), [("Bob", "bOB"), ("José", "JOSE\u0301"), ("жук", "ЖУК")])
def test_a_name_is_found_however_it_is_written(unit: UnitOfWork, written: str, asked: str) -> None:
    added = add_contact(unit, written)
    assert added.name == written
    assert unit.contacts.by_name(asked) == added


@pytest.mark.parametrize(
    ("known", "newcomer"),
    [
        ("bob", "bob"),
        ("Bob", "bOB"),
        ("strasse", "straße"),
        ("paypal", "\u0440\u0430\u0443\u0440\u0430\u04cf"),
        ("paypal", "paypa1"),
        ("mary", "rnary"),
    ],
)
def test_a_newcomer_whose_name_is_taken_or_looks_like_one_that_is_gets_a_number(
    unit: UnitOfWork, known: str, newcomer: str
) -> None:
    first = add_contact(unit, known)
    assert add_contact(unit, newcomer).name == f"{newcomer}~2"
    assert add_contact(unit, newcomer).name == f"{newcomer}~3"
    assert present(unit, first).name == known


@pytest.mark.parametrize("known_account", ["", "bob", "robert"])
def test_a_newcomer_with_an_account_moves_nobodys_name(unit: UnitOfWork, known_account: str) -> None:
    known = add_contact(unit, "bob", account=known_account)
    newcomer = add_contact(unit, "bob", account="bob" if known_account != "bob" else "bobby")
    assert newcomer.name == "bob~2"
    assert present(unit, known) == known


def test_a_known_contact_keeps_its_name_when_it_gets_an_account(unit: UnitOfWork) -> None:
    known, other = add_contact(unit, "bob"), add_contact(unit, "carol")
    unit.contacts.set_account(known.contact, "robert")
    assert (present(unit, known).name, present(unit, known).account) == ("bob", "robert")
    unit.contacts.set_account(other.contact, "bob")
    assert [contact.name for contact in unit.contacts.all()] == ["bob", "carol"]


def test_a_name_means_the_local_one_first_and_an_account_where_it_says_so(unit: UnitOfWork) -> None:
    direct = add_contact(unit, "bob")
    account = add_contact(unit, "bob", account="bob")
    other = add_contact(unit, "carol", account="caroline")
    assert unit.contacts.called("bob") == direct
    assert unit.contacts.called("BOB@") == unit.contacts.called("bob~2") == account
    assert unit.contacts.called("caroline") == unit.contacts.called("caroline@") == other
    assert unit.contacts.called("carol@") is None


def test_a_name_is_free_only_where_it_looks_like_none_of_the_others_given(unit: UnitOfWork) -> None:
    add_contact(unit, "bob")
    assert unit.contacts.free_name("carol") == "carol"
    assert unit.contacts.free_name("bob", {"bob~2"}) == "bob~3"
    assert unit.contacts.free_name("\u0441\u0430rol", {"carol"}) == "\u0441\u0430rol~2"


def test_setting_the_same_account_again_changes_nothing(unit: UnitOfWork) -> None:
    known = add_contact(unit, account="bob")
    unit.contacts.set_account(known.contact, "bob")
    assert present(unit, known) == known


def test_an_account_belongs_to_one_contact(unit: UnitOfWork) -> None:
    add_contact(unit, account="bob")
    other = add_contact(unit, "carol")
    with pytest.raises(BabiluError) as refused:
        unit.contacts.set_account(other.contact, "bob")
    assert refused.value.code is ErrorCode.CONFLICT


def test_an_account_moves_once_its_holder_has_let_it_go(unit: UnitOfWork) -> None:
    old, new = add_contact(unit, account="bob"), add_contact(unit, "bob~2")
    unit.contacts.set_account(old.contact, "")
    unit.contacts.set_account(new.contact, "bob")
    assert (present(unit, new).name, present(unit, new).account) == ("bob~2", "bob")
    assert (present(unit, old).name, present(unit, old).account) == ("bob", "")


def test_a_newer_device_list_tells_which_devices_left(unit: UnitOfWork) -> None:
    first, second, third = an_entry(), an_entry(), an_entry()
    contact = add_contact(unit, entries=(first, second))
    assert unit.contacts.set_device_list(contact.contact, b"newer", [third, second]) == [first.device]
    assert [one.device for one in unit.contacts.devices(contact.contact)] == [third.device, second.device]
    assert present(unit, contact).device_list == b"newer"
    assert unit.contacts.by_device(DeviceId(first.device)) is None


def test_a_device_of_one_contact_is_refused_in_the_list_of_another(unit: UnitOfWork) -> None:
    entry = an_entry()
    add_contact(unit, entries=(entry,))
    other = add_contact(unit, "mallory")
    with pytest.raises(BabiluError) as refused:
        unit.contacts.set_device_list(other.contact, b"list", [entry])
    assert refused.value.code is ErrorCode.NOT_ALLOWED


@pytest.mark.parametrize("trust", [Trust.FIRST_USE, Trust.VERIFIED])
def test_a_claimed_identity_waits_beside_the_one_in_force_and_can_be_put_away(unit: UnitOfWork, trust: Trust) -> None:
    contact = add_contact(unit)
    unit.contacts.set_trust(contact.contact, trust)
    known = present(unit, contact)
    for pending in (a_claim(b"claimed"), a_claim(b"claimed again")):
        unit.contacts.set_pending(contact.contact, pending)
        assert present(unit, contact) == replace(known, pending=pending)
        assert unit.contacts.by_identity(pending.identity_key) is None
    unit.contacts.set_pending(contact.contact, None)
    assert present(unit, contact) == known


def test_an_approved_identity_keeps_row_name_and_history(unit: UnitOfWork) -> None:
    old_entry, new_entry = an_entry(), an_entry()
    contact = add_contact(unit, account="bob", entries=(old_entry,))
    message = add_incoming(unit, contact.contact)
    unit.contacts.set_trust(contact.contact, Trust.VERIFIED)
    unit.contacts.set_pending(contact.contact, a_claim(b"changed"))

    identity, conversation = an_identity(), a_conversation()
    left = unit.contacts.adopt_pending(contact.contact, identity, conversation, b"changed", [new_entry])

    now = present(unit, contact)
    assert left == [old_entry.device]
    assert (now.name, now.account) == ("bob", "bob")
    assert (now.identity_key, now.device_list) == (identity, b"changed")
    assert (now.trust, now.pending) == (Trust.FIRST_USE, None)
    assert [one.device for one in unit.contacts.devices(contact.contact)] == [new_entry.device]
    assert unit.messages.is_known(message, contact.contact)
    assert unit.contacts.by_identity(contact.identity_key) is None


def test_an_identity_that_is_another_contact_is_not_adopted(unit: UnitOfWork) -> None:
    contact, other = add_contact(unit), add_contact(unit, "carol")
    with pytest.raises(BabiluError) as refused:
        unit.contacts.adopt_pending(contact.contact, other.identity_key, a_conversation(), b"list", [])
    assert refused.value.code is ErrorCode.CONFLICT


def test_trust_in_the_identity_in_force_leaves_a_claim_where_it_is(unit: UnitOfWork) -> None:
    contact, claim = add_contact(unit), a_claim(b"changed")
    unit.contacts.set_pending(contact.contact, claim)
    unit.contacts.set_trust(contact.contact, Trust.VERIFIED)
    assert (present(unit, contact).trust, present(unit, contact).pending) == (Trust.VERIFIED, claim)


def test_what_the_user_decides_about_a_contact_is_kept(unit: UnitOfWork) -> None:
    contact = add_contact(unit)
    number = contact.contact
    unit.contacts.set_blocked(number, True)
    unit.contacts.set_direct_allowed(number, True)
    unit.contacts.set_address(number, ("::1", 5051))
    now = present(unit, contact)
    assert (now.blocked, now.direct_allowed, now.address) == (True, True, ("::1", 5051))
    unit.contacts.set_address(number, None)
    assert present(unit, contact).address is None


def test_acceptance_owes_receipts_for_what_was_read_to_the_devices_that_are_still_listed(unit: UnitOfWork) -> None:
    entry = an_entry()
    device = DeviceId(entry.device)
    bob = unit.contacts.add(
        an_identity(), "bob", "", a_conversation(), some_bytes(9), [entry], NOW, accepted=False
    ).contact
    message = add_incoming(unit, bob, device=device)
    add_incoming(unit, bob, device=a_device())
    unit.messages.mark_read(bob)
    unit.contacts.accept(bob)
    assert unit.receipts.devices() == [(bob, device)]
    assert unit.receipts.take(device, 9) == {ReceiptKind.READ: [message]}


def test_contacts_are_listed_by_name(unit: UnitOfWork) -> None:
    for name in ("carol", "Alan", "bob"):
        add_contact(unit, name)
    assert [contact.name for contact in unit.contacts.all()] == ["Alan", "bob", "carol"]


def test_a_known_identity_is_not_added_twice(unit: UnitOfWork) -> None:
    contact = add_contact(unit)
    with pytest.raises(Exception, match="UNIQUE"):
        unit.contacts.add(
            IdentityKey(contact.identity_key), "eve", "", a_conversation(), some_bytes(9), [], NOW, accepted=True
        )


def test_lists_do_not_print(unit: UnitOfWork) -> None:
    assert "device_list" not in repr(add_contact(unit))


def test_nobody_is_given_a_name_by_which_somebody_elses_account_is_called(unit: UnitOfWork) -> None:
    robert = add_contact(unit, "robert")
    unit.contacts.set_account(robert.contact, "bob")
    assert unit.contacts.free_name("Bob") == "Bob~2"
    newcomer = add_contact(unit, "bob")
    assert newcomer.name == "bob~2"
    called = unit.contacts.called("bob")
    assert called is not None
    assert called.contact == robert.contact

"""Names that people have on all own devices: of several who are given one that looks the same, the first keeps it.

A register holds what somebody is called without the number that tells them apart. Who was named first, by the times of
the registers, has the bare name on all devices, and the others have it with a number, in the same order. Those of whom
no register says a name, such as strangers, come last. What somebody is called from the beginning nobody has decided:
each device comes to it by itself, as late as it may hear of them, and what was decided on another one before counts.
"""

from collections.abc import Iterable
from typing import Final

from babilu.api import events
from babilu.engine.conversation.own_values import unpack
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.identity.names import normalise_name, skeleton
from babilu.kernel.errors import AccountError, DeliveryError
from babilu.kernel.ids import IdentityKey
from babilu.store.contact_records import ContactRecord
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.sync_entries import RegisterKind, SyncWrite

_UNDECIDED_UNIT: Final = 1_000
"""Milliseconds of a second, the unit in which the times of writes are that nobody decided."""

_UNDECIDED_MAX: Final = 10**11
"""Greatest time in seconds; it comes in the year 5138, and this many milliseconds were over in 1973."""


def undecided_at(now: int) -> int:
    """Return the time of a write that nobody decided: in seconds, and so below all that somebody did decide."""
    return now // _UNDECIDED_UNIT


def moment_of(write: SyncWrite) -> int:
    """Return when a register was written, Unix milliseconds; to a second where nobody decided it."""
    return write.at * _UNDECIDED_UNIT if write.at < _UNDECIDED_MAX else write.at


def bare(name: str) -> str:
    """Return a local name without its number; names have a tilde in no other way."""
    return name.partition("~")[0]


def number_of(name: str) -> int:
    """Return the number that tells a name apart; 0 for the one who has it bare."""
    number = name.partition("~")[2]
    return int(number) if number.isdecimal() and len(number) < 9 else 0


def settle_names(turn: ConversationTransaction, names: Iterable[str]) -> None:
    """Give people the names that the registers say, all those whose names look like one of some."""
    looks = {skeleton(bare(name)) for name in names}
    claims, others = _families(turn.unit, looks)
    wanted: list[tuple[ContactRecord, str]] = []
    for look in sorted(looks):
        family = [(contact, said) for _, contact, said in sorted(claims.get(look, []), key=lambda claim: claim[0])]
        family += [(contact, bare(contact.name)) for contact in others.get(look, [])]
        wanted += [
            (contact, said if place == 0 else f"{said}~{place + 1}") for place, (contact, said) in enumerate(family)
        ]
    changed = [(contact, name) for contact, name in wanted if contact.name != name]
    for contact, _ in changed:
        turn.unit.contacts.rename(contact.contact, contact.identity_key.hex())
    for contact, name in changed:
        _rename(turn, contact, name)


Claim = tuple[tuple[int, bytes, bytes], ContactRecord, str]


def _families(unit: UnitOfWork, looks: set[str]) -> tuple[dict[str, list[Claim]], dict[str, list[ContactRecord]]]:
    """Find who is to have a name of some looks, and who has one although no register says so."""
    claims: dict[str, list[Claim]] = {}
    named = set()
    for write in unit.sync.of_kind(RegisterKind.NAME):
        said = unpack(write.value)
        contact = unit.contacts.by_identity(IdentityKey(write.subject)) if _is_name(said) else None
        if contact is None:
            continue
        named.add(contact.contact)
        if (look := skeleton(said)) in looks:
            claims.setdefault(look, []).append(((moment_of(write), write.device, write.subject), contact, said))
    others: dict[str, list[ContactRecord]] = {}
    for contact in sorted(unit.contacts.all(), key=lambda each: each.contact):
        if contact.contact not in named and (look := skeleton(bare(contact.name))) in looks:
            others.setdefault(look, []).append(contact)
    return claims, others


def _is_name(said: object) -> bool:
    try:
        return isinstance(said, str) and normalise_name(said) == said
    except AccountError:
        return False


def _rename(turn: ConversationTransaction, contact: ContactRecord, name: str) -> None:
    contacts = turn.unit.contacts
    try:
        contacts.rename(contact.contact, name)
    except DeliveryError:
        # It is the account of somebody else, who is called by it.
        contacts.rename(contact.contact, contacts.free_name(bare(name)))
    after = contacts.by_contact(contact.contact)
    if after is not None and after.name != contact.name:
        view = turn.show.contact(after)
        conversation = turn.unit.conversations.of_contact(after.contact).id
        turn.tell(events.ContactRenamed(contact.name, conversation, view), events.ContactChanged(view))

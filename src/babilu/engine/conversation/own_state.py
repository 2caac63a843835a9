"""Rows that own devices agree on: what registers say of a person, a conversation, a group or a setting, and back.

Whatever is told is also taken. A value that is as it is from the beginning is told of only where it was another one.
"""

from collections.abc import Mapping
from typing import Any, Final

from babilu.api import events
from babilu.api.views import ReceiptsView
from babilu.engine.conversation.effects import CallOwnDevices, GiveHint, WatchAnew
from babilu.engine.conversation.groups.fellow import FellowTransaction
from babilu.engine.conversation.groups.growth import invitation_accepted, was_accepted_elsewhere
from babilu.engine.conversation.own_names import bare
from babilu.engine.conversation.own_values import pack, unpack
from babilu.engine.conversation.switches import switches_everywhere
from babilu.engine.conversation.transaction import ConversationTransaction
from babilu.engine.conversation.wakeups import Wake
from babilu.engine.runtime.own_devices import DEVICE_ADDRESS, DEVICE_NAME, name_follows
from babilu.engine.runtime.places import label_of, place_with
from babilu.identity.device_list import decode_device_list, encode_device_list, serves, verify_device_list
from babilu.identity.names import normalise_name
from babilu.kernel.errors import BabiluError, ErrorCode
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId, conversation_id
from babilu.kernel.limits import INTEGER_MAX, PROFILE_PICTURE_BYTES, TEXT_BYTES
from babilu.kernel.states import GroupAdders, MessageState, Trust
from babilu.store.contact_records import ContactRecord, ConversationRecord, PendingIdentity
from babilu.store.inbox import HELD_FOR_GROUP
from babilu.store.profile_pictures import picture_digest
from babilu.store.sync_state import DirtyKind
from babilu.store.unit_of_work import UnitOfWork
from babilu.wire.sync_entries import RegisterKind

Values = dict[RegisterKind, bytes]

_ABOUT_PERSON: Final = frozenset(
    {
        RegisterKind.KNOWN,
        RegisterKind.DEVICE_LIST,
        RegisterKind.NAME,
        RegisterKind.VERIFIED,
        RegisterKind.ACCEPTED,
        RegisterKind.BLOCKED,
        RegisterKind.DIRECT_ALLOWED,
        RegisterKind.APPROVED,
    }
)
LINES_NAMED: Final = 12
"""Newest lines about own devices that are told of anew where one of them is called otherwise."""

_SWITCH: Final = "switched_off."
_WHO_MAY_ADD: Final = "groups.who_may_add"


FROM_THE_BEGINNING: Final[Mapping[int, bytes]] = {
    RegisterKind.VERIFIED: pack(False),
    RegisterKind.ACCEPTED: pack(False),
    RegisterKind.BLOCKED: pack(False),
    RegisterKind.DIRECT_ALLOWED: pack(False),
    RegisterKind.PINNED: pack(False),
    RegisterKind.MUTED_UNTIL: pack(None),
    RegisterKind.ARCHIVED: pack(False),
    RegisterKind.DRAFT: pack(["", None]),
    RegisterKind.MARKED_UNREAD: pack(False),
    RegisterKind.CHOICES: pack([None, None, None]),
    RegisterKind.FAILED: pack(None),
    RegisterKind.SETTING: pack(None),
}
"""Values that need no write as long as nobody has written another one."""


def subject_kind(kind: int) -> DirtyKind | None:
    """Tell whose rows a register is about; None for what has none here."""
    if kind in _ABOUT_PERSON:
        return DirtyKind.PERSON
    if RegisterKind.PINNED <= kind <= RegisterKind.CHOICES:
        return DirtyKind.CONVERSATION
    match kind:
        case RegisterKind.GROUP_ACCEPTED:
            return DirtyKind.GROUP
        case RegisterKind.FAILED:
            return DirtyKind.MESSAGE
        case RegisterKind.SETTING:
            return DirtyKind.SETTING
        case RegisterKind.OWN_PICTURE:
            return DirtyKind.PICTURE
        case _:
            return None


# From rows to registers.


def values_of(unit: UnitOfWork, kind: DirtyKind, subject: bytes) -> Values:
    """Read what registers about a subject have to say by its rows; nothing of what concerns this device alone."""
    match kind:
        case DirtyKind.PERSON:
            contact = unit.contacts.by_identity(IdentityKey(subject))
            return {} if contact is None else _of_person(unit, contact)
        case DirtyKind.CONVERSATION:
            record = unit.conversations.by_id(ConversationId(subject))
            group = None if record is None else unit.groups.of_conversation(record.conversation)
            waits = group is not None and not group.accepted
            return {} if record is None or waits else _of_conversation(record)
        case DirtyKind.GROUP:
            group = unit.groups.by_id(ConversationId(subject))
            if group is None or not group.accepted or group.own_grant is None:
                return {}
            return {RegisterKind.GROUP_ACCEPTED: pack(bytes(group.own_grant))}
        case DirtyKind.SETTING:
            return {RegisterKind.SETTING: pack(unit.settings.get(subject.decode()))}
        case DirtyKind.MESSAGE:
            said = unit.messages.by_id(MessageId(subject))
            if said is None or not said.is_from_here:
                return {}
            return {RegisterKind.FAILED: pack(said.error if said.state is MessageState.FAILED else None)}
        case DirtyKind.PICTURE:
            own = unit.pictures.own()
            return {} if own is None else {RegisterKind.OWN_PICTURE: pack([own.said_at, own.picture])}


def _of_person(unit: UnitOfWork, contact: ContactRecord) -> Values:
    known = unit.sync.get(RegisterKind.KNOWN, contact.identity_key)
    if known is None and not (contact.accepted or contact.blocked or contact.trust is Trust.VERIFIED):
        # A stranger writes to each device.
        return {}
    host, port = contact.address or (None, None)
    values: Values = {
        RegisterKind.KNOWN: pack([contact.account, contact.given_name, host, port]),
        RegisterKind.NAME: pack(bare(contact.name)),
        RegisterKind.VERIFIED: pack(contact.trust is Trust.VERIFIED),
        RegisterKind.ACCEPTED: pack(contact.accepted),
        RegisterKind.BLOCKED: pack(contact.blocked),
        RegisterKind.DIRECT_ALLOWED: pack(contact.direct_allowed),
    }
    if unit.sync.get(RegisterKind.DEVICE_LIST, contact.identity_key) is None:
        # Whoever has it learns newer ones as this device does.
        values[RegisterKind.DEVICE_LIST] = contact.device_list
    return values


def undecided(unit: UnitOfWork, kind: DirtyKind, subject: bytes) -> frozenset[RegisterKind]:
    """Name the registers of which the rows say what each device comes to by itself, and not what somebody decided."""
    contact = unit.contacts.by_identity(IdentityKey(subject)) if kind is DirtyKind.PERSON else None
    if contact is None:
        return frozenset()
    by_itself = {
        RegisterKind.NAME: bare(contact.name) == contact.given_name,
        RegisterKind.KNOWN: contact.address is None,
    }
    return frozenset(register for register, is_so in by_itself.items() if is_so)


def _of_conversation(record: ConversationRecord) -> Values:
    return {
        RegisterKind.PINNED: pack(record.pinned),
        RegisterKind.MUTED_UNTIL: pack(record.muted_until),
        RegisterKind.ARCHIVED: pack(record.archived),
        RegisterKind.DRAFT: pack([record.draft, record.draft_reply]),
        RegisterKind.MARKED_UNREAD: pack(record.marked_unread),
        RegisterKind.CHOICES: pack([record.receipts, record.typing, record.presence]),
    }


def everything(unit: UnitOfWork) -> list[tuple[DirtyKind, bytes]]:
    """Name all that registers can be about, for a person who has more than one device for the first time."""
    people = unit.contacts.all()
    conversations = [unit.conversations.of_contact(each.contact).id for each in people]
    notes = unit.conversations.notes()
    groups = unit.groups.all()
    kinds = (_SWITCH, _WHO_MAY_ADD, DEVICE_NAME, DEVICE_ADDRESS)
    names = [name for kind in kinds for name in unit.settings.names(kind)]
    return [
        *((DirtyKind.PERSON, bytes(each.identity_key)) for each in people),
        *((DirtyKind.CONVERSATION, bytes(each)) for each in conversations),
        *((DirtyKind.CONVERSATION, bytes(each.id)) for each in (notes,) if each is not None),
        *((DirtyKind.CONVERSATION, bytes(each.id)) for each in groups),
        *((DirtyKind.GROUP, bytes(each.id)) for each in groups),
        *((DirtyKind.SETTING, name.encode()) for name in names),
        (DirtyKind.PICTURE, b""),
    ]


# From registers to rows.


def follow_registers(turn: ConversationTransaction, kind: DirtyKind, subject: bytes) -> None:
    """Have the rows of a subject say what its registers say; what makes no sense here is passed over."""
    said = {each: unpack(write.value) for each, write in turn.unit.sync.of(subject).items()}
    match kind:
        case DirtyKind.PERSON:
            _follow_person(turn, IdentityKey(subject), said)
        case DirtyKind.CONVERSATION:
            _follow_conversation(turn, ConversationId(subject), said)
        case DirtyKind.GROUP:
            follow_group(turn, ConversationId(subject))
        case DirtyKind.SETTING:
            _follow_setting(turn, subject, said)
        case DirtyKind.PICTURE:
            _follow_picture(turn, said)
        case DirtyKind.MESSAGE:
            _follow_message(turn, MessageId(subject), said)


def _follow_person(turn: ConversationTransaction, identity: IdentityKey, said: dict[int, Any]) -> None:
    unit = turn.unit
    contact = unit.contacts.by_identity(identity) or _made_known(turn, identity, said)
    if contact is None:
        return
    _follow_approval(turn, contact, said)
    number, before = contact.contact, contact
    blocked, direct = said.get(RegisterKind.BLOCKED), said.get(RegisterKind.DIRECT_ALLOWED)
    verified = said.get(RegisterKind.VERIFIED)
    if isinstance(blocked, bool):
        unit.contacts.set_blocked(number, blocked)
    if isinstance(direct, bool):
        unit.contacts.set_direct_allowed(number, direct)
    if isinstance(verified, bool):
        unit.contacts.set_trust(number, Trust.VERIFIED if verified else Trust.FIRST_USE)
    if said.get(RegisterKind.ACCEPTED) is True:
        unit.contacts.accept(number)
    _follow_address(unit, contact, said.get(RegisterKind.KNOWN))
    after = unit.contacts.by_contact(number) or contact
    if (after.accepted, after.blocked) != (before.accepted, before.blocked):
        turn.then(WatchAnew())
    if after != before:
        turn.tell(events.ContactChanged(turn.show.contact(after)))


def _follow_approval(turn: ConversationTransaction, contact: ContactRecord, said: dict[int, Any]) -> None:
    """Have the identity claimed here that was approved elsewhere; a turn with them goes by it (`take_approval`)."""
    match said.get(RegisterKind.APPROVED):
        case [bytes(key), bytes(encoded)]:
            approved = _approved_identity(key, encoded, turn.now)
        case _:
            return
    if approved is None or turn.unit.contacts.by_identity(approved.identity_key) is not None:
        return
    turn.unit.contacts.set_pending(contact.contact, approved)
    turn.then(GiveHint(contact, Wake()))


def _approved_identity(key: bytes, encoded: bytes, now: int) -> PendingIdentity | None:
    """Read the identity that was approved on another own device; None where its list does not hold."""
    try:
        body = verify_device_list(decode_device_list(encoded))
    except BabiluError:
        return None
    return PendingIdentity(IdentityKey(key), encoded, now) if body.identity_key == key else None


def approved_for(unit: UnitOfWork, former: IdentityKey) -> IdentityKey | None:
    """Return the identity that was approved on some own device in the place of another one."""
    write = unit.sync.get(RegisterKind.APPROVED, former)
    match None if write is None else unpack(write.value):
        case [bytes(key), *_]:
            return IdentityKey(key)
    return None


def _is_approved(unit: UnitOfWork, identity: IdentityKey) -> bool:
    """Tell whether an identity was approved for somebody whom one knows by another one."""
    for write in unit.sync.of_kind(RegisterKind.APPROVED):
        match unpack(write.value):
            case [bytes(key), *_] if key == identity:
                return unit.contacts.by_identity(IdentityKey(write.subject)) is not None
    return False


def _made_known(turn: ConversationTransaction, identity: IdentityKey, said: dict[int, Any]) -> ContactRecord | None:
    """Make somebody known whom another own device knows, and all that is set for the conversation with them."""
    unit, own = turn.unit, turn.encryption.own
    known, listed = said.get(RegisterKind.KNOWN), unit.sync.get(RegisterKind.DEVICE_LIST, identity)
    if listed is None or not isinstance(known, list) or not said.get(RegisterKind.ACCEPTED, False):
        return None
    if _is_approved(unit, identity):
        # Their conversation is about to go on with it.
        return None
    try:
        signed = decode_device_list(listed.value)
        body = verify_device_list(signed)
        account = known[0] if isinstance(known[0], str) and serves(body, own.relay, known[0]) else ""
        if account and unit.contacts.by_account(account) is not None:
            # Another identity has it here: the user decides between the two.
            return None
        given = normalise_name(known[1]) if known[1] else account
        with turn.part():
            made = unit.contacts.add(
                identity,
                given or account,
                account,
                conversation_id(own.identity_key, identity),
                encode_device_list(signed),
                body.devices,
                turn.now,
                accepted=True,
            )
    except (BabiluError, IndexError, TypeError, AttributeError):
        return None
    if body.identity_key != identity:
        return None
    # What was said to them on other own devices has waited for this.
    unit.inbox.release_all(turn.contact.contact, HELD_FOR_GROUP)
    turn.then(GiveHint(turn.contact, Wake()))
    turn.tell(events.ContactChanged(turn.show.contact(made)))
    follow_registers(turn, DirtyKind.CONVERSATION, unit.conversations.of_contact(made.contact).id)
    return made


def _follow_address(unit: UnitOfWork, contact: ContactRecord, known: object) -> None:
    match known:
        case [str(account), _, str(host), int(port), *_] if 0 < port < 65_536 and len(host) <= 255:
            unit.contacts.set_address(contact.contact, (host, port))
        case [str(account), *_]:
            pass
        case _:
            return
    if account and not contact.account and unit.contacts.by_account(account) is None:
        unit.contacts.set_account(contact.contact, account)


def _follow_conversation(turn: ConversationTransaction, conversation: ConversationId, said: dict[int, Any]) -> None:
    table = turn.unit.conversations
    before = table.by_id(conversation)
    if before is None:
        return
    number = before.conversation
    for kind, apply in (
        (RegisterKind.PINNED, table.set_pinned),
        (RegisterKind.ARCHIVED, table.set_archived),
        (RegisterKind.MARKED_UNREAD, table.set_marked_unread),
    ):
        if isinstance(said.get(kind), bool):
            apply(number, said[kind])
    if RegisterKind.MUTED_UNTIL in said:
        until = said[RegisterKind.MUTED_UNTIL]
        if until is None or (isinstance(until, int) and 0 <= until <= INTEGER_MAX):
            table.set_muted_until(number, until)
    match said.get(RegisterKind.DRAFT):
        case [str(text), None | bytes() as reply] if len(text.encode()) <= TEXT_BYTES:
            table.set_draft(number, text, MessageId(reply) if reply is not None and len(reply) == 16 else None)
    match said.get(RegisterKind.CHOICES):
        case [None | bool() as receipts, None | bool() as typing, None | bool() as presence]:
            table.set_choices(number, receipts, typing, presence)
    after = table.by_number(number)
    if after is not None and after != before:
        contact = None if after.contact is None else turn.unit.contacts.by_contact(after.contact)
        turn.tell(events.ConversationChanged(label_of(after, contact), after.id))


def follow_group(turn: ConversationTransaction, group: ConversationId) -> None:
    """Be in a group that one has accepted on another own device."""
    found = turn.unit.groups.by_id(group)
    if found is None or found.accepted or found.own_role is None:
        return
    fellow = FellowTransaction(turn, found, turn.logs)
    if was_accepted_elsewhere(fellow):
        invitation_accepted(fellow)


def _follow_setting(turn: ConversationTransaction, subject: bytes, said: dict[int, Any]) -> None:
    name, value = subject.decode("utf-8", "replace"), said.get(RegisterKind.SETTING)
    if name.startswith(DEVICE_ADDRESS):
        # It is read where it lies: the row of that name says where this device has found it itself.
        turn.then(CallOwnDevices())
        return
    if name.startswith(DEVICE_NAME):
        if isinstance(value, bytes):
            # The name of one that was removed goes by the list that says so, in a line that names it.
            name_follows(turn.unit, name, value)
            _show_name(turn, name.removeprefix(DEVICE_NAME))
        return
    adders = {each.value.encode() for each in GroupAdders}
    if not (name.startswith(_SWITCH) or (name == _WHO_MAY_ADD and (value is None or value in adders))):
        return
    if value is None:
        turn.unit.settings.delete(name)
    elif isinstance(value, bytes):
        turn.unit.settings.set(name, value)
    if name.startswith(_SWITCH):
        held = switches_everywhere(turn.unit)
        view = ReceiptsView(None, bool(held.read), bool(held.typing), bool(held.presence), ())
        turn.tell(events.ReceiptsChanged(view))
        turn.then(WatchAnew())


def _follow_message(turn: ConversationTransaction, message: MessageId, said: dict[int, Any]) -> None:
    """Show whether an own message goes to nobody, as the device says that has sent it."""
    table, record = turn.unit.messages, turn.unit.messages.by_id(message)
    if record is None or not record.outgoing or record.is_from_here:
        return
    error = said.get(RegisterKind.FAILED)
    if isinstance(error, str) and error in {each.value for each in ErrorCode}:
        changed = table.advance_state(message, MessageState.FAILED, error=error)
    elif error is None and record.state is MessageState.FAILED:
        table.advance_state(message, MessageState.QUEUED)
        changed = table.advance_state(message, MessageState.HELD)
    else:
        return
    where = turn.unit.conversations.by_number(record.conversation)
    if changed is None or changed.state is None or where is None:
        return
    contact = None if where.contact is None else turn.unit.contacts.by_contact(where.contact)
    told = events.MessageStateChanged(
        message, label_of(where, contact), changed.state, changed.held_until, changed.error, where.id
    )
    turn.tell(told)


def _show_name(turn: ConversationTransaction, device: str) -> None:
    """Tell of lines that name an own device, which may have had no name when they were written."""
    notes = turn.unit.conversations.notes()
    if notes is None:
        return
    for record in turn.unit.lines.about_devices(notes.conversation, LINES_NAMED):
        view = turn.show.message(record, place_with(turn.unit, notes, None))
        if any(each.device == device for each in view.devices):
            turn.tell(events.LineChanged(view))


def _follow_picture(turn: ConversationTransaction, said: dict[int, Any]) -> None:
    match said.get(RegisterKind.OWN_PICTURE):
        case [int(said_at), None | bytes() as picture] if 0 <= said_at <= INTEGER_MAX:
            if picture is not None and not 0 < len(picture) <= PROFILE_PICTURE_BYTES:
                return
            if turn.unit.pictures.follow_own(picture, said_at):
                turn.tell(events.OwnPictureChanged(None if picture is None else picture_digest(picture)))
